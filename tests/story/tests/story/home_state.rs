//! The home State's officials can not tell a world with a protected case from one without it (rules N4, N5; invariant 1).
use reencuentro::demo::{Actor, Answer};
use serde_json::{Value, json};
use story::World;
use story::office::{Office, answered, id, takes_in};
use story::visit::{Ready, books, listens};

/// What the protected case leaves in its own shelter, by kind; in the other world these ids are nobody's.
type Hidden = Vec<(&'static str, String)>;

/// A town with one open case, to which the ministry of the home State is admitted, and its consul.
struct Town {
    world: World,
    staff: Actor,
    consul: Actor,
    visit: Value,
    ready: Ready,
    me: Value,
}

impl Town {
    async fn of() -> Town {
        let world = World::seeded(5).await;
        let office = Office::of(&world).await;
        let mut staff = office.official(&world, office.shelter, policy::Role::ALL).await;
        let mut consul = office.official(&world, office.ministry, policy::Role::ALL).await;
        let me = consul.get("/api/me").await.unwrap().ok().expect("signed in");
        let ready = Ready::of(&mut staff).await;
        ready.admits(&mut staff, &me["institution"]["id"]).await;
        let visit = books(&mut staff, ready.verification(&me["official"]["id"], json!({}))).await.ok().expect("booked");
        world.work().await;
        Town { world, staff, consul, visit, ready, me }
    }

    /// Somebody is taken in who fears that State from the first word; and somebody who says so only after the ministry
    /// was admitted, with a visit of that consul booked.
    async fn protects(&mut self) -> Hidden {
        let feared = takes_in(&mut self.staff, json!({ "protection": answered("yes") })).await;
        let told_later = Ready::with(&mut self.staff, json!({}), json!({ "phone": "+502 0000 0009" })).await;
        let grant = told_later.admits(&mut self.staff, &self.me["institution"]["id"]).await;
        let at = json!({ "local_start": "2027-03-15T14:00:00" });
        let booking = told_later.verification(&self.me["official"]["id"], at);
        let visit = books(&mut self.staff, booking).await.ok().expect("booked");
        self.world.work().await;
        let answer = json!({ "question": "protection", "answer": answered("yes"), "language": "mam" });
        let path = format!("/api/cases/{}", id(&told_later.case));
        self.staff.post(&format!("{path}/answers"), answer).await.unwrap().ok().expect("answered");
        self.world.work().await;
        let file = self.staff.get(&path).await.unwrap().ok().expect("a file");
        assert!(file["claims"].as_array().is_some_and(|claims| !claims.is_empty()), "there is something to hide");
        [
            ("cases", &feared),
            ("cases", &told_later.case),
            ("contacts", &told_later.contact),
            ("grants", &grant),
            ("visits", &visit),
            ("claims", &file["claims"][0]),
        ]
        .map(|(kind, thing)| (kind, id(thing).to_owned()))
        .to_vec()
    }

    /// Everything that the consul can read, in order: status, body, headers.
    async fn reads(&mut self, hidden: &Hidden) -> Vec<(String, Seen)> {
        let mut paths: Vec<String> = LISTS.map(str::to_owned).to_vec();
        paths.push(format!("/api/cases/{}", id(&self.ready.case)));
        paths.push(format!("/api/visits/{}", id(&self.visit)));
        for (kind, thing) in hidden {
            let below: &[&str] = match *kind {
                "cases" => &["", "/access", "/exports"],
                "visits" => &["", "/document-requests"],
                "claims" => &[""],
                _ => &[],
            };
            paths.extend(below.iter().map(|rest| format!("/api/{kind}/{thing}{rest}")));
        }
        let mut read = vec![];
        for path in paths {
            let answer = self.consul.get(&path).await.unwrap();
            read.push((path, seen(&answer)));
        }
        read
    }

    /// What the consul tries to change, on what may be there: the slot of the hidden visit with them.
    async fn tries(&mut self, hidden: &Hidden) -> Vec<(String, Seen)> {
        let mut tried = vec![];
        for (kind, thing) in hidden {
            let (path, body) = match *kind {
                "cases" => ("/api/visits".to_owned(), self.booking(thing)),
                "visits" => (format!("/api/visits/{thing}/end"), json!({})),
                "claims" => (format!("/api/claims/{thing}/notes"), json!({ "text": "x", "account_compatible": true })),
                "grants" => (format!("/api/grants/{thing}/withdraw"), json!({})),
                "contacts" => (format!("/api/contacts/{thing}/unmask-phone"), json!({})),
                other => panic!("{other} has no request"),
            };
            let answer = self.consul.post(&path, body).await.unwrap();
            tried.push((path, seen(&answer)));
        }
        tried
    }

    fn booking(&self, case: &str) -> Value {
        let at = json!({ "case": case, "local_start": "2027-03-15T14:00:00" });
        self.ready.verification(&self.me["official"]["id"], at)
    }
}

const LISTS: [&str; 9] = [
    "/api/me",
    "/api/sites",
    "/api/institutions",
    "/api/officials",
    "/api/cases",
    "/api/visits?from=2027-03-14&to=2027-03-20",
    "/api/today",
    "/api/messages",
    "/api/trust",
];

type Seen = (u16, String, String);

fn seen(answer: &Answer) -> Seen {
    let body = String::from_utf8(answer.bytes.clone()).expect("text");
    (answer.status.as_u16(), body, format!("{:?}", answer.headers))
}

#[tokio::test]
async fn a_consul_of_the_home_state_reads_the_same_bytes_whether_or_not_somebody_is_protected_from_them() {
    let (mut with, mut without) = (Town::of().await, Town::of().await);
    let hidden = with.protects().await;
    let (read, expected) = (with.reads(&hidden).await, without.reads(&hidden).await);
    let (tried, failed) = (with.tries(&hidden).await, without.tries(&hidden).await);
    for (one, other) in read.iter().chain(&tried).zip(expected.iter().chain(&failed)) {
        assert_eq!(one, other);
    }
    let full = read.iter().filter(|(_, (status, body, _))| *status == 200 && body.len() > 2).count();
    assert_eq!(full, 10, "lists and files are really read; only the outbox of a ministry is empty");
}

#[tokio::test]
async fn a_consul_of_the_home_state_hears_nothing_on_the_board_when_somebody_is_protected() {
    let mut town = Town::of().await;
    let mut ear = listens(&mut town.consul).await;
    takes_in(&mut town.staff, json!({ "protection": answered("yes") })).await;
    let feared = Ready::with(&mut town.staff, json!({ "protection": answered("yes") }), json!({})).await;
    let family = feared.family(json!({ "local_start": "2027-03-15T14:00:00" }));
    books(&mut town.staff, family).await.ok().expect("booked");
    town.world.work().await;
    assert_eq!(ear.next().await, None);
    let cancel = json!({ "reason": "technical", "text": null });
    let path = format!("/api/visits/{}/cancel", id(&town.visit));
    town.staff.post(&path, cancel).await.unwrap().ok().expect("cancelled");
    assert!(ear.next().await.is_some_and(|event| event.contains(r#"{"visit":null}"#)), "of their own visit they hear");
}

/// How a visit of the consul ends: what of it they can still read or try, and what their board heard.
async fn released(by: impl AsyncFnOnce(&mut Town, &Ready, &Value)) -> (Vec<(String, Seen)>, Vec<Option<String>>) {
    let mut town = Town::of().await;
    let ready = Ready::with(&mut town.staff, json!({}), json!({ "phone": "+502 0000 0009" })).await;
    ready.admits(&mut town.staff, &town.me["institution"]["id"]).await;
    let at = json!({ "local_start": "2027-03-15T14:00:00" });
    let booking = ready.verification(&town.me["official"]["id"], at);
    let visit = books(&mut town.staff, booking).await.ok().expect("booked");
    town.world.work().await;
    let mut ear = listens(&mut town.consul).await;
    by(&mut town, &ready, &visit).await;
    town.world.work().await;
    let heard = vec![ear.next().await, ear.next().await];
    let visit = id(&visit);
    let mut answers = vec![];
    for path in [
        "/api/visits?from=2027-03-14&to=2027-03-20".to_owned(),
        "/api/today".to_owned(),
        format!("/api/visits/{visit}"),
        format!("/api/visits/{visit}/document-requests"),
    ] {
        answers.push((path.clone(), seen(&town.consul.get(&path).await.unwrap())));
    }
    let path = |verb: &str| format!("/api/visits/{visit}/{verb}");
    for (path, body) in [
        (path("end"), json!({})),
        (path("cancel"), json!({ "reason": "technical", "text": null })),
        (path("document-requests"), json!({ "document": "passport", "side": "front" })),
        ("/api/room-token".to_owned(), json!({ "visit": visit })),
    ] {
        answers.push((path.clone(), seen(&town.consul.post(&path, body).await.unwrap())));
    }
    (answers, heard)
}

#[tokio::test]
async fn a_consul_can_not_tell_a_visit_that_a_fear_ended_from_one_that_the_site_released() {
    let by_fear = released(async |town, ready, _| {
        let answer = json!({ "question": "protection", "answer": answered("yes"), "language": "mam" });
        let path = format!("/api/cases/{}/answers", id(&ready.case));
        town.staff.post(&path, answer).await.unwrap().ok().expect("answered");
    });
    let by_site = released(async |town, _, visit| {
        let path = format!("/api/visits/{}/cancel", id(visit));
        let cancel = json!({ "reason": "site_not_available", "text": null });
        town.staff.post(&path, cancel).await.unwrap().ok().expect("cancelled");
    });
    let ((feared, heard_of_fear), (released, heard_of_site)) = (by_fear.await, by_site.await);
    for (one, other) in feared.iter().zip(&released) {
        assert_eq!(one, other);
    }
    assert_eq!(heard_of_fear, heard_of_site);
    assert!(heard_of_site[0].is_some(), "their board is told to look again");
}
