//! They see and hear each other: who gets into the room, what its websocket takes and what it refuses.
use axum::http::StatusCode;
use serde_json::{Value, json};
use story::interview::Interview;
use story::office::{Office, id};
use story::room::{Server, Socket, room_token};
use story::visit::{Kiosk, Ready, admits, books, entry, participant, redeems, token_and_code};
use story::{Actor, World};

/// A family visit whose two sides wait at the door.
struct Lobby {
    office: Office,
    staff: Actor,
    phone: Actor,
    kiosk: Kiosk,
    visit: Value,
    server: Server,
}

impl Lobby {
    async fn of(world: &World) -> Lobby {
        let office = Office::of(world).await;
        let mut staff = office.staff(world).await;
        let ready = Ready::of(&mut staff).await;
        let visit = books(&mut staff, ready.family(json!({}))).await.ok().unwrap();
        world.work().await;
        let (token, code) = token_and_code(&mut staff, &visit).await;
        let mut phone = world.somebody();
        redeems(&mut phone, &token, &code).await.ok().unwrap();
        let mut kiosk = Kiosk::with_session(world, &office).await;
        let digits = entry(&mut staff, &visit).await["kiosk_digits"].as_str().unwrap().to_owned();
        kiosk.starts(&digits).await.ok().unwrap();
        Lobby { office, staff, phone, kiosk, visit, server: Server::of(world).await }
    }

    async fn admits(&mut self, kind: &str) {
        let board = entry(&mut self.staff, &self.visit).await;
        admits(&mut self.staff, participant(&board, kind)).await.ok().unwrap();
    }
}

/// How long the others wait for whom they lost (PROTOCOL.md).
const GRACE: jiff::SignedDuration = jiff::SignedDuration::from_secs(20);

#[tokio::test]
async fn who_waits_in_the_lobby_learns_of_nobody_until_admitted() {
    let world = World::new().await;
    let mut lobby = Lobby::of(&world).await;
    let mut home = Socket::enters(&lobby.server, &room_token(&mut lobby.phone, None).await).await;
    let mut chair = Socket::enters(&lobby.server, &room_token(&mut lobby.kiosk.browser, None).await).await;
    assert_eq!(home.hears_state("waiting").await["participants"], json!([]));
    lobby.admits("person").await;
    let alone = chair.hears_state("alone").await;
    let seen: Vec<&Value> = alone["participants"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert_eq!(seen, ["person"], "who waits outside is not shown inside either");
    let heard = home.settles().await;
    let shown: Vec<&Value> = heard.iter().filter(|frame| frame["participants"] != json!([])).collect();
    assert_eq!(shown, Vec::<&Value>::new(), "the one in the lobby hears nothing of the other");
    lobby.admits("contact").await;
    let live = home.hears_state("live").await;
    assert_eq!(live["participants"].as_array().unwrap().len(), 2);
    chair.hears_state("live").await;
}

#[tokio::test]
async fn a_room_token_opens_one_websocket_and_no_second() {
    let world = World::new().await;
    let mut lobby = Lobby::of(&world).await;
    let token = room_token(&mut lobby.phone, None).await;
    Socket::enters(&lobby.server, &token).await;
    let mut second = Socket::connects(&lobby.server).await;
    second.says(json!({ "type": "hello", "token": token })).await;
    let refused = second.hears("error").await;
    assert_eq!((&refused["code"], &refused["fatal"]), (&json!("token_refused"), &json!(true)));
    assert!(second.is_closed().await);
}

#[tokio::test]
async fn a_room_token_is_good_for_five_minutes() {
    let world = World::new().await;
    let mut lobby = Lobby::of(&world).await;
    let token = room_token(&mut lobby.phone, None).await;
    world.passes(jiff::SignedDuration::from_secs(301));
    let mut late = Socket::connects(&lobby.server).await;
    late.says(json!({ "type": "hello", "token": token })).await;
    assert_eq!(late.hears_error().await, "token_refused");
}

#[tokio::test]
async fn whoever_does_not_say_hello_first_is_sent_away() {
    let world = World::new().await;
    let lobby = Lobby::of(&world).await;
    let large = format!(r#"{{"type":"hello","token":"{}"}}"#, "x".repeat(70 * 1024));
    for (first, code) in [
        (r#"{"type":"ping","n":1}"#, "hello_expected"),
        ("hello", "hello_expected"),
        (r#"{"type":"hello"}"#, "hello_expected"),
        (large.as_str(), "too_large"),
    ] {
        let mut socket = Socket::connects(&lobby.server).await;
        socket.sends(first).await;
        assert_eq!(socket.hears_error().await, code, "{first:.60}");
        assert!(socket.is_closed().await);
    }
}

#[tokio::test]
async fn from_the_lobby_nothing_is_published_and_nobody_is_written_to() {
    let world = World::new().await;
    let mut lobby = Lobby::of(&world).await;
    let mut chair = Socket::enters(&lobby.server, &room_token(&mut lobby.kiosk.browser, None).await).await;
    lobby.admits("person").await;
    chair.hears_state("alone").await;
    let mut home = Socket::enters(&lobby.server, &room_token(&mut lobby.phone, None).await).await;
    home.hears_state("waiting").await;
    for frame in [
        json!({ "type": "publish", "offer": "v=0\r\n" }),
        json!({ "type": "subscribe" }),
        json!({ "type": "chat", "text": "hola" }),
        json!({ "type": "mute", "kind": "audio", "muted": true }),
        json!({ "type": "answer", "version": 1, "answer": "v=0\r\n" }),
    ] {
        home.says(frame.clone()).await;
        assert_eq!(home.hears_error().await, "not_now", "{frame}");
    }
    let heard = chair.settles().await;
    assert!(heard.iter().all(|frame| frame["type"] != "chat"), "{heard:?}");
}

#[tokio::test]
async fn a_faulty_frame_gets_its_error_and_the_call_goes_on() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    for (frame, code) in [
        ("{", "malformed"),
        ("[]", "malformed"),
        (r#"{"type":"admit_me"}"#, "malformed"),
        (r#"{"type":"mute","kind":"soul","muted":true}"#, "malformed"),
        (r#"{"type":"answer","version":7,"answer":"v=0"}"#, "stale_answer"),
        (r#"{"type":"publish","offer":"this is no description"}"#, "description_refused"),
        (r#"{"type":"hello","token":"again"}"#, "hello_twice"),
        (r#"{"type":"end"}"#, "not_allowed"),
    ] {
        call.home.sends(frame).await;
        let error = call.home.hears("error").await;
        assert_eq!((&error["code"], &error["fatal"]), (&json!(code), &json!(false)), "{frame}");
    }
    let long = json!({ "type": "chat", "text": "a".repeat(501) });
    call.home.says(long).await;
    assert_eq!(call.home.hears_error().await, "text_too_long");
    call.home.says(json!({ "type": "chat", "text": "¿Me oye?" })).await;
    assert_eq!(call.desk.hears("chat").await["text"], "¿Me oye?");
}

#[tokio::test]
async fn a_frame_that_is_too_large_closes_its_own_websocket_only() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    call.home.says(json!({ "type": "publish", "offer": "a".repeat(65 * 1024) })).await;
    assert_eq!(call.home.hears_error().await, "too_large");
    assert!(call.home.is_closed().await);
    world.passes(GRACE + jiff::SignedDuration::from_secs(1));
    call.desk.hears_state("paused").await;
    call.desk.says(json!({ "type": "ping", "n": 1 })).await;
    assert_eq!(call.desk.hears("pong").await["n"], 1);
    let again = room_token(&mut call.phone, None).await;
    Socket::enters(&call.server, &again).await;
}

#[tokio::test]
async fn what_is_written_in_a_call_is_kept_nowhere() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let secret = "Sandíasalada";
    call.home.says(json!({ "type": "chat", "text": secret })).await;
    assert_eq!(call.desk.hears("chat").await["text"], secret);
    let behind = world.behind().await;
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(&behind)
        .await
        .unwrap();
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table} t where t::text like '%{secret}%'"));
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&behind).await.unwrap();
        assert_eq!(found, 0, "{table}");
    }
}

#[tokio::test]
async fn a_second_page_of_a_participant_replaces_the_first_which_is_told_and_nobody_else_notices() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    call.desk.settles().await;
    let mut second = Socket::enters(&call.server, &room_token(&mut call.phone, None).await).await;
    let told = call.home.hears("error").await;
    assert_eq!((&told["code"], &told["fatal"]), (&json!("replaced"), &json!(true)));
    assert_eq!(call.home.close_code().await, Some(4001));
    second.hears_state("live").await;
    for frame in call.desk.settles().await {
        assert!(frame["type"] != "left" && frame["state"] != "paused" && frame["state"] != "alone", "{frame}");
        assert!(frame["participants"].as_array().is_none_or(|all| all.len() == 2), "nobody twice: {frame}");
    }
    second.says(json!({ "type": "chat", "text": "Soy la segunda página" })).await;
    assert_eq!(call.desk.hears("chat").await["text"], "Soy la segunda página");
    world.passes(GRACE + jiff::SignedDuration::from_secs(1));
    second.says(json!({ "type": "chat", "text": "Sigo aquí" })).await;
    let mut told = call.desk.next().await.expect("an open websocket");
    while told["type"] != "chat" {
        assert!(told["state"] != "paused", "that the first one left ends nothing later either: {told}");
        told = call.desk.next().await.expect("an open websocket");
    }
    assert_eq!(told["text"], "Sigo aquí");
    let seats: i64 = sqlx::query_scalar("select count(*) from seats").fetch_one(&world.behind().await).await.unwrap();
    assert_eq!(seats, 1);
}

#[tokio::test]
async fn in_the_lobby_too_the_newer_page_is_the_one_that_is_let_in() {
    let world = World::new().await;
    let mut lobby = Lobby::of(&world).await;
    let mut first = Socket::enters(&lobby.server, &room_token(&mut lobby.phone, None).await).await;
    first.hears_state("waiting").await;
    let mut second = Socket::enters(&lobby.server, &room_token(&mut lobby.phone, None).await).await;
    second.hears_state("waiting").await;
    assert_eq!(first.hears_error().await, "replaced");
    assert_eq!(first.close_code().await, Some(4001));
    lobby.admits("contact").await;
    second.hears_state("alone").await;
}

#[tokio::test]
async fn who_has_no_seat_and_takes_no_part_gets_no_token() {
    let world = World::new().await;
    let mut lobby = Lobby::of(&world).await;
    let nobody = world.somebody().post("/api/room-token", json!({ "visit": null })).await.unwrap();
    assert_eq!((nobody.status, nobody.code().as_str()), (StatusCode::UNAUTHORIZED, "sign_in_needed"));
    let body = json!({ "visit": id(&lobby.visit) });
    let staff = lobby.staff.post("/api/room-token", body).await.unwrap();
    assert_eq!((staff.status, staff.code().as_str()), (StatusCode::FORBIDDEN, "not_allowed"));
}

#[tokio::test]
async fn the_official_who_takes_part_ends_the_call_for_everybody() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    call.desk.says(json!({ "type": "end" })).await;
    call.home.hears("ended").await;
    // Told at once, written down right after.
    let mut seen = call.phone.get("/api/join/visit").await.unwrap();
    while seen.status.is_success() && seen.json()["state"] != "over" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        seen = call.phone.get("/api/join/visit").await.unwrap();
    }
    let late = call.phone.post("/api/room-token", json!({ "visit": null })).await.unwrap();
    assert!(late.status.is_client_error(), "{}", late.status);
}

#[tokio::test]
async fn from_a_desk_a_visit_is_ended_by_who_keeps_its_door_and_by_nobody_else() {
    let world = World::new().await;
    let mut lobby = Lobby::of(&world).await;
    let mut home = Socket::enters(&lobby.server, &room_token(&mut lobby.phone, None).await).await;
    let mut chair = Socket::enters(&lobby.server, &room_token(&mut lobby.kiosk.browser, None).await).await;
    lobby.admits("person").await;
    lobby.admits("contact").await;
    home.hears_state("live").await;
    chair.hears_state("live").await;
    let path = format!("/api/visits/{}/end", id(&lobby.visit));
    for role in [policy::Role::Verifier, policy::Role::Supervisor, policy::Role::Scheduler] {
        let mut colleague = lobby.office.official(&world, lobby.office.shelter, &[role]).await;
        let refused = colleague.post(&path, json!({})).await.unwrap();
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::FORBIDDEN, "not_allowed"), "{role:?}");
    }
    lobby.staff.post(&path, json!({})).await.unwrap().ok().expect("site staff end it");
    home.hears("ended").await;
    chair.hears("ended").await;
}
