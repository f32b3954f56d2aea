//! Both sides arrive, wait, are admitted or turned away.
use axum::http::StatusCode;
use jiff::SignedDuration;
use policy::Role;
use serde_json::{Value, json};
use story::office::{Office, id};
use story::visit::{
    Ear, Kiosk, Ready, admits, books, entry, family_visit, listens, participant, redeems, token_and_code,
};
use story::{Actor, World};

#[tokio::test]
async fn a_relative_comes_by_link_and_code_waits_and_is_admitted_by_site_staff() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let mut phone = world.somebody();
    let joined = redeems(&mut phone, &token, &code).await.ok().unwrap();
    assert_eq!((&joined["state"], &joined["code_phrase"]), (&json!("waiting"), &visit["code_phrase"]));
    assert_eq!((&joined["recorded"], &joined["locale"]), (&json!(false), &json!("es")));
    let board = entry(&mut staff, &visit).await;
    let relative = participant(&board, "contact");
    assert_eq!((&relative["state"], &board["may"]["admit"]), (&json!("waiting"), &json!(true)));
    assert_eq!(admits(&mut staff, relative).await.status, StatusCode::OK);
    assert_eq!(admits(&mut staff, relative).await.status, StatusCode::CONFLICT, "admitted once");
    let seen = phone.get("/api/join/visit").await.unwrap().ok().unwrap();
    assert_eq!(seen["state"], "admitted");
}

#[tokio::test]
async fn a_code_has_five_tries_and_after_them_the_right_one_opens_nothing() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut phone = world.somebody();
    assert_eq!(redeems(&mut phone, &token, "12345").await.json()["fields"]["code"], "six_digits");
    for left in (0..5).rev() {
        let answer = redeems(&mut phone, &token, wrong).await;
        assert_eq!((answer.code().as_str(), &answer.json()["tries_left"]), ("wrong_code", &json!(left)));
    }
    assert_eq!(redeems(&mut phone, &token, &code).await.code(), "not_available");
}

#[tokio::test]
async fn why_a_link_does_not_open_is_one_answer_whatever_the_reason() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let mut answers = vec![];
    // A link that nobody gave.
    let nobody = "A".repeat(43);
    answers.push(redeems(&mut world.somebody(), &nobody, "123456").await);
    // Redeemed on another device.
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    redeems(&mut world.somebody(), &token, &code).await.ok().unwrap();
    answers.push(redeems(&mut world.somebody(), &token, &code).await);
    // Revoked by a new one.
    staff.post(&format!("/api/visits/{}/send-code-again", id(&visit)), json!({})).await.unwrap().ok().unwrap();
    world.passes(SignedDuration::from_secs(1));
    world.work().await;
    answers.push(redeems(&mut world.somebody(), &token, &code).await);
    // Cancelled: before the job that ends the link, and after it.
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let body = json!({ "reason": "moved", "text": null });
    staff.post(&format!("/api/visits/{}/cancel", id(&visit)), body).await.unwrap().ok().unwrap();
    answers.push(redeems(&mut world.somebody(), &token, &code).await);
    world.work().await;
    answers.push(redeems(&mut world.somebody(), &token, &code).await);
    // Past its end.
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    world.passes(SignedDuration::from_mins(41));
    answers.push(redeems(&mut world.somebody(), &token, &code).await);
    for answer in &answers {
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::FORBIDDEN, "not_available"));
        assert_eq!(answer.bytes, answers[0].bytes);
    }
}

#[tokio::test]
async fn a_link_opened_too_early_says_when_it_opens_and_costs_no_try() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let ready = Ready::of(&mut staff).await;
    let visit = books(&mut staff, ready.family(json!({ "local_start": "2027-03-15T12:00:00" }))).await.ok().unwrap();
    world.work().await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let mut phone = world.somebody();
    for _ in 0..6 {
        let answer = redeems(&mut phone, &token, "000000").await;
        assert_eq!((answer.code().as_str(), &answer.json()["opens_at"]), ("too_early", &json!("2027-03-15T17:45:00Z")));
    }
    world.passes(SignedDuration::from_mins(105));
    assert_eq!(redeems(&mut phone, &token, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_device_that_redeemed_is_let_in_again_by_its_cookie_or_its_link() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let mut phone = world.somebody();
    redeems(&mut phone, &token, &code).await.ok().unwrap();
    assert_eq!(phone.get("/api/join/visit").await.unwrap().ok().unwrap()["state"], "waiting");
    assert_eq!(redeems(&mut phone, &token, &code).await.status, StatusCode::OK, "the answer was lost on the way");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(redeems(&mut phone, &token, wrong).await.code(), "not_available");
}

#[tokio::test]
async fn a_fact_heard_twice_makes_one_invitation() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    family_visit(&world, &mut staff).await;
    let behind = world.behind().await;
    sqlx::query("update jobs set done_at = null, lease_until = null where kind = 'visit.booked'")
        .execute(&behind)
        .await
        .unwrap();
    world.work().await;
    let row: (i64, i64, i64, i64) = sqlx::query_as(
        "select (select count(*) from invitations), (select count(*) from kiosk_starts), (select count(*) from messages),
            (select count(*) from jobs where done_at is null)",
    )
    .fetch_one(&behind)
    .await
    .unwrap();
    assert_eq!(row, (1, 1, 2, 0));
}

#[tokio::test]
async fn a_new_code_puts_out_who_came_by_the_old_one() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let (mut stolen, mut phone) = (world.somebody(), world.somebody());
    redeems(&mut stolen, &token, &code).await.ok().unwrap();
    let board = entry(&mut staff, &visit).await;
    admits(&mut staff, participant(&board, "contact")).await.ok().unwrap();
    staff.post(&format!("/api/visits/{}/send-code-again", id(&visit)), json!({})).await.unwrap().ok().unwrap();
    world.passes(SignedDuration::from_secs(1));
    world.work().await;
    assert_eq!(stolen.get("/api/join/visit").await.unwrap().status, StatusCode::UNAUTHORIZED);
    let board = entry(&mut staff, &visit).await;
    assert_eq!(participant(&board, "contact")["state"], "expected");
    let (again, code) = token_and_code(&mut staff, &visit).await;
    assert_ne!(again, token);
    assert_eq!(redeems(&mut phone, &again, &code).await.ok().unwrap()["state"], "waiting");
}

#[tokio::test]
async fn who_was_turned_away_hears_not_available_and_gets_no_new_link() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let mut phone = world.somebody();
    redeems(&mut phone, &token, &code).await.ok().unwrap();
    let board = entry(&mut staff, &visit).await;
    let relative = participant(&board, "contact");
    let path = format!("/api/participants/{}/turn-away", id(relative));
    staff.post(&path, json!({ "reason": "not_the_expected_person", "text": null })).await.unwrap().ok().unwrap();
    let seen = phone.get("/api/join/visit").await.unwrap().ok().unwrap();
    assert_eq!((&seen["state"], &seen["code_phrase"]), (&json!("not_available"), &Value::Null));
    assert_eq!(admits(&mut staff, relative).await.status, StatusCode::CONFLICT);
    let again = staff.post(&format!("/api/visits/{}/send-code-again", id(&visit)), json!({})).await.unwrap();
    assert_eq!(again.status, StatusCode::CONFLICT);
    let why: (String, String) =
        sqlx::query_as("select from_state, reason from participant_transitions where to_state = 'turned_away'")
            .fetch_one(&world.behind().await)
            .await
            .unwrap();
    assert_eq!(why, ("waiting".into(), "not_the_expected_person".into()));
}

#[tokio::test]
async fn a_refused_contact_loses_the_link_that_was_sent() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let ready = Ready::of(&mut staff).await;
    let visit = books(&mut staff, ready.family(json!({}))).await.ok().unwrap();
    world.work().await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let body = json!({ "reason": "contact_unsafe", "text": null });
    staff.post(&format!("/api/contacts/{}/refuse", id(&ready.contact)), body).await.unwrap().ok().unwrap();
    world.work().await;
    assert_eq!(redeems(&mut world.somebody(), &token, &code).await.code(), "not_available");
}

#[tokio::test]
async fn the_hosted_person_comes_by_six_digits_at_the_kiosk_of_the_visit() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let mut kiosk = Kiosk::with_session(&world, &office).await;
    let board = entry(&mut staff, &visit).await;
    let digits = board["kiosk_digits"].as_str().expect("digits for the attendant").to_owned();
    let joined = kiosk.starts(&digits).await.ok().unwrap();
    assert_eq!(joined["state"], "waiting");
    let board = entry(&mut staff, &visit).await;
    admits(&mut staff, participant(&board, "person")).await.ok().unwrap();
    assert_eq!(kiosk.browser.get("/api/join/visit").await.unwrap().ok().unwrap()["state"], "admitted");
    kiosk.browser.post("/api/kiosk/leave", json!({})).await.unwrap().ok().unwrap();
    assert_eq!(kiosk.browser.get("/api/join/visit").await.unwrap().status, StatusCode::UNAUTHORIZED);
    let board = entry(&mut staff, &visit).await;
    assert_eq!(participant(&board, "person")["state"], "left");
    assert_eq!(kiosk.starts(&digits).await.ok().unwrap()["state"], "waiting", "who comes back waits again");
}

#[tokio::test]
async fn digits_are_on_the_board_of_attendants_only() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let mut scheduler = office.official(&world, office.shelter, &[Role::Scheduler]).await;
    let board = entry(&mut scheduler, &visit).await;
    assert_eq!((&board["kiosk_digits"], &board["may"]["admit"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn guessing_digits_at_a_kiosk_ends_in_a_wait() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let mut kiosk = Kiosk::with_session(&world, &office).await;
    let board = entry(&mut staff, &visit).await;
    let digits = board["kiosk_digits"].as_str().unwrap().to_owned();
    let wrong = if digits == "000000" { "000001" } else { "000000" };
    for _ in 0..10 {
        assert_eq!(kiosk.starts(wrong).await.code(), "wrong_code");
        // Past the limit in memory, which a restart forgets: this is about the one in the database.
        world.passes(SignedDuration::from_secs(7));
    }
    let answer = kiosk.starts(&digits).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "slow_down"));
    world.passes(SignedDuration::from_mins(10));
    assert_eq!(kiosk.starts(&digits).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_kiosk_session_needs_the_devices_signature_over_a_fresh_nonce() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut kiosk = Kiosk::enrolled(&world, &office).await;
    assert_eq!(kiosk.starts("123456").await.status, StatusCode::UNAUTHORIZED);
    let nonce = kiosk.nonce().await;
    let right = kiosk.sign(&format!("reencuentro-kiosk:{nonce}"));
    let other = kiosk.nonce().await;
    assert_eq!(kiosk.opens_session(&other, &right).await.code(), "not_enrolled", "a signature over another nonce");
    let stale = kiosk.nonce().await;
    let signed = kiosk.sign(&format!("reencuentro-kiosk:{stale}"));
    assert_eq!(kiosk.opens_session(&nonce, &right).await.status, StatusCode::OK);
    assert_eq!(kiosk.opens_session(&nonce, &right).await.code(), "not_enrolled", "a nonce is used once");
    world.passes(SignedDuration::from_secs(121));
    assert_eq!(kiosk.opens_session(&stale, &signed).await.code(), "not_enrolled", "a nonce lives two minutes");
}

#[tokio::test]
async fn in_a_verification_the_verifier_admits_and_site_staff_do_not() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let mut consul = office.consul(&world).await;
    let mut colleague = office.consul(&world).await;
    let me = consul.get("/api/me").await.unwrap().ok().unwrap();
    let ready = Ready::of(&mut staff).await;
    ready.admits(&mut staff, &me["institution"]["id"]).await;
    let visit = books(&mut staff, ready.verification(&me["official"]["id"], json!({}))).await.ok().unwrap();
    world.work().await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    redeems(&mut world.somebody(), &token, &code).await.ok().unwrap();
    let board = entry(&mut consul, &visit).await;
    let relative = participant(&board, "contact");
    assert_eq!((&board["may"]["admit"], &board["may"]["join"]), (&json!(true), &json!(true)));
    assert_eq!(admits(&mut staff, relative).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admits(&mut colleague, relative).await.status, StatusCode::FORBIDDEN);
    assert_eq!(admits(&mut consul, relative).await.status, StatusCode::OK);
}

/// The world's ear connects beside the test; what was announced before that is heard by nobody.
async fn hears_a_change(world: &World, staff: &mut Actor, visit: &Value, ear: &mut Ear) -> Option<String> {
    for _ in 0..5 {
        staff.post(&format!("/api/visits/{}/send-code-again", id(visit)), json!({})).await.unwrap().ok().unwrap();
        world.work().await;
        let heard = ear.next().await;
        if heard.is_some() {
            return heard;
        }
    }
    None
}

#[tokio::test]
async fn a_board_hears_that_something_changed_and_never_of_another_institution() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let mut stranger = office.official(&world, office.stranger, &[Role::Attendant]).await;
    let visit = family_visit(&world, &mut staff).await;
    let (mut own, mut foreign) = (listens(&mut staff).await, listens(&mut stranger).await);
    let heard = hears_a_change(&world, &mut staff, &visit, &mut own).await;
    assert_eq!(heard, Some(format!("event: changed\ndata: {{\"visit\":\"{}\"}}\n\n", id(&visit))));
    assert_eq!(foreign.next().await, None);
}

#[tokio::test]
async fn who_signed_out_hears_nothing_more_on_a_board_that_stayed_open() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut leaves, mut stays) = (office.staff(&world).await, office.staff(&world).await);
    let visit = family_visit(&world, &mut stays).await;
    let mut left = listens(&mut leaves).await;
    let mut kept = listens(&mut stays).await;
    leaves.post("/api/auth/sign-out", json!({})).await.unwrap().ok().expect("signed out");
    let heard = hears_a_change(&world, &mut stays, &visit, &mut kept).await;
    assert!(heard.is_some(), "a colleague hears of the visit");
    assert!(left.is_over().await, "the stream ended without a word");
}
