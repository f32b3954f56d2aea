//! Hundreds at once want the same thing: one gets it, and the others are told so in the documented words.
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use policy::Role;
use reencuentro::db::Scope;
use reencuentro::demo::Answer;
use reencuentro::directory::seed;
use serde_json::{Value, json};
use sqlx::PgPool;
use story::office::{Office, consent, consents, id, takes_in};
use story::visit::{Ready, entry, family_visit, participant, redeems, token_and_code};
use story::{Actor, World};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// In flight at one moment; the server's pool is as large, and more would only wait for a connection.
const AT_ONCE: usize = 32;

/// All of them, as many at once as the pool takes, in no order.
async fn at_once<T, F>(all: impl IntoIterator<Item = F>) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for one in all {
        let gate = gate.clone();
        running.spawn(async move {
            let _turn = gate.acquire().await.expect("never closed");
            one.await
        });
    }
    running.join_all().await
}

async fn posts(mut actor: Actor, path: String, body: Value) -> Answer {
    actor.post(&path, body).await.expect("an answer")
}

/// How often each status came, with its code.
fn tally(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        *tally.entry((answer.status.as_u16(), answer.code())).or_default() += 1;
    }
    tally
}

fn expected(all: [(u16, &str, usize); 2]) -> BTreeMap<(u16, String), usize> {
    all.into_iter().map(|(status, code, times)| ((status, code.to_owned()), times)).collect()
}

async fn count(behind: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(behind).await.expect("counted")
}

/// Pairs of bookings that hold the same kiosk, person or contact at the same time.
const OVERLAPS: &str = "select count(*) from bookings a join bookings b on a.id < b.id and a.busy && b.busy
    and (a.kiosk_id = b.kiosk_id or a.person_id = b.person_id or a.contact_id = b.contact_id)
    where a.released_at is null and b.released_at is null";

/// Slots an hour apart; in each, starts that all overlap with each other and with nothing of the next hour: one booking
/// in each is the most that fits.
const SLOTS: usize = 10;
const STARTS_IN_SLOT: usize = 5;
const IN_SLOT: usize = 50;

fn start(slot: usize, number: usize) -> String {
    format!("2027-03-16T{:02}:{:02}:00", 8 + slot, number % STARTS_IN_SLOT * 5)
}

/// Five hundred bookings of everything in `wanted`, at once: one in each slot, whoever and wherever it is.
async fn are_booked_at_once(world: &World, staff: &Actor, wanted: &[Value]) {
    let bodies = (0..SLOTS * IN_SLOT).map(|number| {
        let mut body = wanted[number / STARTS_IN_SLOT % wanted.len()].clone();
        body["local_start"] = json!(start(number % SLOTS, number / SLOTS));
        body
    });
    let answers = at_once(bodies.map(|body| posts(staff.clone(), "/api/visits".to_owned(), body))).await;
    let losers = SLOTS * IN_SLOT - SLOTS;
    assert_eq!(tally(&answers), expected([(200, "", SLOTS), (409, "slot_not_available", losers)]));
    let behind = world.behind().await;
    assert_eq!(count(&behind, "select count(*) from bookings where released_at is null").await, 10);
    assert_eq!(count(&behind, "select count(distinct date_trunc('hour', starts_at)) from bookings").await, 10);
    assert_eq!(count(&behind, OVERLAPS).await, 0);
    assert_eq!(count(&behind, "select count(*) from visits").await, 10, "who got no slot left nothing behind");
    assert_eq!(count(&behind, "select count(*) from audit_rows where action = 'book_visit'").await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_five_hundred_people_at_once_for_one_kiosk_each_slot_is_one_persons() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let mut wanted = vec![];
    for number in 0..4 {
        let phone = json!({ "phone": format!("+502 0000 {number:04}") });
        wanted.push(Ready::with(&mut staff, json!({}), phone).await.family(json!({})));
    }
    are_booked_at_once(&world, &staff, &wanted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_five_hundred_kiosks_at_once_for_one_person_each_slot_is_one_kiosks() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let mut tx = world.app.db.begin(Scope::Auth).await.expect("a transaction");
    for number in 2..5 {
        seed::kiosk(&world.app, &mut tx, office.site, &format!("Quiosco {number}")).await.expect("a kiosk");
    }
    tx.commit().await.expect("committed");
    let ready = Ready::of(&mut staff).await;
    let sites = staff.get("/api/sites").await.unwrap().ok().expect("sites");
    let kiosks = staff.get(&format!("/api/sites/{}/kiosks", id(&sites[0]))).await.unwrap().ok().expect("kiosks");
    let wanted: Vec<Value> =
        kiosks.as_array().unwrap().iter().map(|kiosk| ready.family(json!({ "kiosk": kiosk["id"] }))).collect();
    assert_eq!(wanted.len(), 4);
    are_booked_at_once(&world, &staff, &wanted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_redeemed_at_once_from_five_hundred_devices_has_one_winner() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let device = |number: u16| {
        // Each from an address of its own: the limit on tries per address is another test's.
        let [high, low] = number.to_be_bytes();
        let peer = ConnectInfo(SocketAddr::new(IpAddr::from([10, 0, high, low]), 4000));
        let body = json!({ "token": token, "code": code }).to_string();
        let request = Request::post("/api/join/redeem").header("content-type", "application/json").extension(peer);
        let (request, router) = (request.body(Body::from(body)).unwrap(), world.router());
        async move {
            let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
            let bytes = axum::body::to_bytes(body, 65536).await.unwrap().to_vec();
            Answer { status: parts.status, headers: parts.headers, bytes }
        }
    };
    let answers = at_once((0..500).map(device)).await;
    assert_eq!(tally(&answers), expected([(200, "", 1), (403, "not_available", 499)]));
    let (winners, losers): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|one| one.status.is_success());
    assert!(winners[0].headers.contains_key(header::SET_COOKIE));
    for loser in &losers {
        assert_eq!((&loser.bytes, loser.headers.get(header::SET_COOKIE)), (&losers[0].bytes, None));
    }
    let behind = world.behind().await;
    assert_eq!(count(&behind, "select count(*) from seats").await, 1);
    assert_eq!(count(&behind, "select count(*) from participant_transitions where to_state = 'waiting'").await, 1);
    assert_eq!(count(&behind, "select count(*) from audit_rows where action = 'arrive_at_visit'").await, 1);
    assert_eq!(redeems(&mut world.somebody(), &token, &code).await.code(), "not_available");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waits_is_admitted_once_however_many_open_the_door_at_once() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let (token, code) = token_and_code(&mut staff, &visit).await;
    let mut phone = world.somebody();
    redeems(&mut phone, &token, &code).await.ok().expect("let in");
    let board = entry(&mut staff, &visit).await;
    let path = format!("/api/participants/{}/admit", id(participant(&board, "contact")));
    let mut attendants = vec![];
    for _ in 0..8 {
        attendants.push(office.official(&world, office.shelter, &[Role::Attendant]).await);
    }
    let all = (0..200).map(|number| posts(attendants[number % 8].clone(), path.clone(), json!({})));
    let answers = at_once(all).await;
    assert_eq!(tally(&answers), expected([(200, "", 1), (409, "conflict", 199)]));
    let behind = world.behind().await;
    assert_eq!(count(&behind, "select count(*) from participant_transitions where to_state = 'admitted'").await, 1);
    assert_eq!(count(&behind, "select count(*) from audit_rows where action = 'admit'").await, 1);
    assert_eq!(phone.get("/api/join/visit").await.unwrap().ok().unwrap()["state"], "admitted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_stays_admitted_who_was_let_in_while_the_person_took_back_their_word() {
    const CASES: usize = 40;
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let ministry = office.consul(&world).await.get("/api/me").await.unwrap().ok().unwrap()["institution"]["id"].clone();
    let share = json!({ "purpose": "share_with_institution", "recipient_institution": ministry });
    let mut acts = vec![];
    for number in 0..CASES {
        let case = takes_in(&mut staff, json!({})).await;
        consents(&mut staff, &case, share.clone()).await;
        let path = format!("/api/cases/{}", id(&case));
        let grant =
            json!({ "institution": ministry, "purpose": "verification", "valid_until": "2027-06-01T00:00:00Z" });
        acts.push(posts(staff.clone(), format!("{path}/grants"), grant));
        let mut back = consent(share.clone());
        back["outcome"] = json!("withdrawn");
        let open = json!({ "question": "protection", "answer": { "state": "declined" }, "language": "mam" });
        acts.push(match number % 2 {
            0 => posts(staff.clone(), format!("{path}/answers"), open),
            _ => posts(staff.clone(), format!("{path}/consents"), back),
        });
    }
    let answers = at_once(acts).await;
    let taken_back = answers.iter().filter(|one| one.status.is_success()).count();
    assert!(taken_back >= CASES, "every word was written down");
    let behind = world.behind().await;
    let live = "select count(*) from case_grants where basis = 'grant' and withdrawn_at is null";
    assert_eq!(count(&behind, live).await, 0);
}
