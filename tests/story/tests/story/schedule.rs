//! A visit is booked: no resource twice, nothing without its reasons, nothing for whom it does not concern.
use axum::http::StatusCode;
use jiff::SignedDuration;
use policy::Role;
use serde_json::{Value, json};
use story::office::{Office, answered, consent, id, names, override_with, takes_in};
use story::visit::{Ready, SOON, books, family_visit, redeems, token_and_code};
use story::{Actor, World};

#[tokio::test]
async fn a_family_visit_has_its_two_sides_and_two_pictures() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let ready = Ready::of(&mut staff).await;
    let visit = books(&mut staff, ready.family(json!({}))).await.ok().unwrap();
    assert_eq!((&visit["state"], &visit["starts_at"]), (&json!("booked"), &json!("2027-03-15T16:10:00Z")));
    assert_eq!(visit["ends_at"], json!("2027-03-15T16:40:00Z"));
    assert_eq!(visit["other_zone"], json!({ "zone": "America/Guatemala", "local_start": SOON }));
    let sides: Vec<_> = visit["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["kind"], &one["seat"], &one["label"]))
        .collect();
    assert_eq!(
        sides,
        [
            (&json!("person"), &json!("kiosk"), &json!("Persona de prueba 14")),
            (&json!("contact"), &json!("link"), &json!("Familiar de prueba 3")),
        ]
    );
    let pictures = visit["code_phrase"].as_array().unwrap();
    assert!(pictures.len() == 2 && pictures[0] != pictures[1]);
    let read = staff.get(&format!("/api/visits/{}", id(&visit))).await.unwrap().ok().unwrap();
    assert_eq!(read, visit);
}

#[tokio::test]
async fn a_taken_slot_says_what_is_taken_and_which_starts_are_free() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let (one, other) = (Ready::of(&mut staff).await, Ready::of(&mut staff).await);
    books(&mut staff, one.family(json!({}))).await.ok().unwrap();
    // Ends at 10:40; the turnaround holds the kiosk until 10:45.
    let answer = books(&mut staff, other.family(json!({ "local_start": "2027-03-15T10:40:00" }))).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, "slot_not_available"));
    assert_eq!(answer.json()["taken"], json!(["kiosk"]));
    assert_eq!(answer.json()["next"], json!(["2027-03-15T10:45:00", "2027-03-15T11:00:00", "2027-03-15T11:15:00"]));
    let again = books(&mut staff, one.family(json!({}))).await;
    assert_eq!(again.json()["taken"], json!(["kiosk", "person", "contact"]));
    let next = other.family(json!({ "local_start": "2027-03-15T10:45:00" }));
    assert_eq!(books(&mut staff, next).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_book_one_kiosk_at_once_one_gets_it() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (mut own, ready) = (staff.clone(), Ready::of(&mut staff).await);
        tasks.spawn(async move { books(&mut own, ready.family(json!({}))).await.status });
    }
    let statuses = tasks.join_all().await;
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert_eq!((count(StatusCode::OK), count(StatusCode::CONFLICT)), (1, 11), "{statuses:?}");
}

#[tokio::test]
async fn what_is_missing_is_named_by_its_reason() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let ready = Ready::of(&mut staff).await;
    let unvetted = names(&mut staff, &ready.case, json!({ "phone": "+502 0000 0004" })).await;
    let child = Ready {
        case: takes_in(&mut staff, json!({ "birth": { "kind": "unknown" } })).await,
        ..Ready::of(&mut staff).await
    };
    let childs = names(&mut staff, &child.case, json!({ "phone": "+502 0000 0005" })).await;
    let mut verifier = office.consul(&world).await;
    let me = verifier.get("/api/me").await.unwrap().ok().unwrap();
    let verifier = me["official"]["id"].clone();
    let table: Vec<(Value, &[&str])> = vec![
        (ready.family(json!({ "contact": unvetted["id"] })), &["contact_not_approved"]),
        (child.family(json!({ "contact": childs["id"] })), &["child_needs_supervised_visit", "contact_not_approved"]),
        (ready.verification(&verifier, json!({})), &["consent_missing", "grant_missing"]),
        (ready.family(json!({ "type": "family_supervised" })), &["supervisor_missing"]),
        (ready.family(json!({ "type": "recognition" })), &["supervisor_missing"]),
        (ready.family(json!({ "type": "legal" })), &["type_needs_end_to_end_encryption"]),
        (ready.family(json!({ "type": "consular" })), &["type_needs_end_to_end_encryption"]),
    ];
    for (body, missing) in table {
        let answer = books(&mut staff, body.clone()).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "not_possible"),
            "{body}"
        );
        assert_eq!(answer.json()["missing"], json!(missing), "{body}");
    }
    let withdrawn =
        consent(json!({ "purpose": "contact_relative", "contact": ready.contact["id"], "outcome": "withdrawn" }));
    world.passes(SignedDuration::from_secs(1));
    staff.post(&format!("/api/cases/{}/consents", id(&ready.case)), withdrawn).await.unwrap().ok().unwrap();
    let answer = books(&mut staff, ready.family(json!({}))).await;
    assert_eq!(answer.json()["missing"], json!(["consent_missing"]));
}

#[tokio::test]
async fn what_does_not_fit_the_type_or_the_clock_names_the_field() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let (ready, other) = (Ready::of(&mut staff).await, Ready::of(&mut staff).await);
    let table = [
        (json!({ "kiosk": null }), "kiosk", "required"),
        (json!({ "contact": null }), "contact", "required"),
        (json!({ "contact": other.contact["id"] }), "contact", "unknown"),
        (json!({ "kiosk": other.contact["id"] }), "kiosk", "unknown"),
        (json!({ "official": other.contact["id"] }), "official", "not_for_this_type"),
        (json!({ "duration_min": 4 }), "duration_min", "out_of_range"),
        (json!({ "local_start": "2027-03-15T09:00:00" }), "local_start", "in_the_past"),
        (json!({ "local_start": "2028-03-15T09:00:00" }), "local_start", "too_far_ahead"),
        (json!({ "local_start": "tomorrow" }), "local_start", "unknown"),
    ];
    for (with, field, code) in table {
        let answer = books(&mut staff, ready.family(with.clone())).await;
        assert_eq!(
            (answer.status, &answer.json()["fields"][field]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code)),
            "{with}"
        );
    }
}

#[tokio::test]
async fn a_verifier_of_an_admitted_institution_sees_the_visit_that_he_takes_part_in_and_no_other() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let mut consul = office.consul(&world).await;
    let me = consul.get("/api/me").await.unwrap().ok().unwrap();
    let ready = Ready::of(&mut staff).await;
    ready.admits(&mut staff, &me["institution"]["id"]).await;
    let family = books(&mut staff, ready.family(json!({ "local_start": "2027-03-15T13:00:00" }))).await.ok().unwrap();
    let own = books(&mut staff, ready.verification(&me["official"]["id"], json!({}))).await.ok().unwrap();
    assert_eq!(own["kiosk"], Value::Null);
    let list = consul.get("/api/visits?from=2027-03-15&to=2027-03-15").await.unwrap().ok().unwrap();
    let seen: Vec<_> = list.as_array().unwrap().iter().map(|visit| &visit["id"]).collect();
    assert_eq!(seen, [&own["id"]]);
    assert_eq!(consul.get(&format!("/api/visits/{}", id(&own))).await.unwrap().status, StatusCode::OK);
    assert_eq!(consul.get(&format!("/api/visits/{}", id(&family))).await.unwrap().status, StatusCode::NOT_FOUND);
    let body = json!({ "reason": "technical", "text": null });
    let cancel = consul.post(&format!("/api/visits/{}/cancel", id(&own)), body).await.unwrap();
    assert_eq!(cancel.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_visit_of_somebody_else_is_like_one_that_does_not_exist() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    let mut stranger = office.official(&world, office.stranger, Role::ALL).await;
    let nobody = "00000000-0000-4000-8000-000000000000";
    for verb in ["cancel", "send-code-again"] {
        let body = json!({ "reason": "technical", "text": null });
        let foreign = stranger.post(&format!("/api/visits/{}/{verb}", id(&visit)), body.clone()).await.unwrap();
        let missing = stranger.post(&format!("/api/visits/{nobody}/{verb}"), body).await.unwrap();
        assert_eq!((foreign.status, &foreign.bytes), (StatusCode::NOT_FOUND, &missing.bytes), "{verb}");
    }
    let foreign = stranger.get(&format!("/api/visits/{}", id(&visit))).await.unwrap();
    let missing = stranger.get(&format!("/api/visits/{nobody}")).await.unwrap();
    assert_eq!((foreign.status, &foreign.bytes), (StatusCode::NOT_FOUND, &missing.bytes));
    let list = stranger.get("/api/visits?from=2027-03-15&to=2027-03-15").await.unwrap().ok().unwrap();
    assert_eq!(list, json!([]));
    for site in [visit["site"]["id"].as_str().unwrap(), nobody] {
        let at = stranger.get(&format!("/api/visits?from=2027-03-15&to=2027-03-15&site={site}")).await.unwrap();
        assert_eq!((at.status, &at.bytes), (StatusCode::NOT_FOUND, &missing.bytes), "{site}");
    }
    assert_eq!(stranger.get("/api/today").await.unwrap().ok().unwrap()["visits"], json!([]));
}

#[tokio::test]
async fn a_cancelled_visit_frees_its_slot_and_is_cancelled_once() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let ready = Ready::of(&mut staff).await;
    let visit = books(&mut staff, ready.family(json!({}))).await.ok().unwrap();
    let path = format!("/api/visits/{}/cancel", id(&visit));
    for (body, code) in [
        (json!({ "reason": "other", "text": null }), "required"),
        (json!({ "reason": "moved", "text": "x" }), "only_for_other"),
    ] {
        assert_eq!(staff.post(&path, body).await.unwrap().json()["fields"]["text"], json!(code));
    }
    let reason = json!({ "reason": "other", "text": "Se fue a otra casa de prueba." });
    assert_eq!(staff.post(&path, reason.clone()).await.unwrap().status, StatusCode::OK);
    assert_eq!(staff.post(&path, reason).await.unwrap().status, StatusCode::CONFLICT);
    let read = staff.get(&format!("/api/visits/{}", id(&visit))).await.unwrap().ok().unwrap();
    assert_eq!(read["state"], "cancelled");
    assert_eq!(books(&mut staff, ready.family(json!({}))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_visit_that_nobody_came_to_was_missed() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let visit = family_visit(&world, &mut staff).await;
    world.passes(SignedDuration::from_mins(40));
    let read = staff.get(&format!("/api/visits/{}", id(&visit))).await.unwrap().ok().unwrap();
    assert_eq!(read["state"], "missed");
}

/// What of a visit can end: who ends it, and the word that the case's own staff find.
const ENDINGS: [(&str, &str, &str); 6] = [
    ("family", "consent", "consent_ended"),
    ("family", "contact", "contact_refused"),
    ("verification", "consent", "consent_ended"),
    ("verification", "share", "grant_ended"),
    ("verification", "grant", "grant_ended"),
    ("verification", "fear", "grant_ended"),
];

async fn ends(staff: &mut Actor, ready: &Ready, what: (&str, &str), ministry: &Value, grant: &Value) {
    let case = format!("/api/cases/{}", id(&ready.case));
    let withdrawn = |with: Value| {
        let mut body = consent(json!({ "outcome": "withdrawn" }));
        override_with(&mut body, with);
        body
    };
    let (path, body) = match what {
        ("family", "consent") => {
            let about = json!({ "purpose": "contact_relative", "contact": ready.contact["id"] });
            (format!("{case}/consents"), withdrawn(about))
        }
        (_, "consent") => (format!("{case}/consents"), withdrawn(json!({ "contact": ready.contact["id"] }))),
        (_, "share") => {
            let about = json!({ "purpose": "share_with_institution", "recipient_institution": ministry });
            (format!("{case}/consents"), withdrawn(about))
        }
        (_, "contact") => {
            let path = format!("/api/contacts/{}/refuse", id(&ready.contact));
            (path, json!({ "reason": "contact_unsafe", "text": null }))
        }
        (_, "grant") => (format!("/api/grants/{}/withdraw", id(grant)), json!({})),
        _ => (
            format!("{case}/answers"),
            json!({ "question": "protection", "answer": answered("yes"), "language": "mam" }),
        ),
    };
    staff.post(&path, body).await.unwrap().ok().expect("it ended");
}

#[tokio::test]
async fn when_what_a_visit_rests_on_ends_so_does_the_visit_and_the_relative_hears_no_reason() {
    let mut told = std::collections::BTreeSet::new();
    for (kind, what, reason) in ENDINGS {
        let world = World::new().await;
        let office = Office::of(&world).await;
        let mut staff = office.staff(&world).await;
        let consul = office.consul(&world).await.get("/api/me").await.unwrap().ok().unwrap();
        let ready = Ready::of(&mut staff).await;
        let ministry = &consul["institution"]["id"];
        let grant = ready.admits(&mut staff, ministry).await;
        let visit = match kind {
            "family" => ready.family(json!({})),
            _ => ready.verification(&consul["official"]["id"], json!({})),
        };
        let visit = books(&mut staff, visit).await.ok().expect("a visit");
        world.work().await;
        let (token, code) = token_and_code(&mut staff, &visit).await;
        world.passes(SignedDuration::from_mins(1));
        ends(&mut staff, &ready, (kind, what), ministry, &grant).await;
        world.work().await;
        let now = staff.get(&format!("/api/visits/{}", id(&visit))).await.unwrap().ok().unwrap();
        assert_eq!(now["state"], "cancelled", "{kind} {what}");
        let outside = redeems(&mut world.somebody(), &token, &code).await;
        assert_eq!(outside.code(), "not_available", "{kind} {what}");
        let sql = "select cancel_reason from visits where public_id = $1::uuid";
        let stored: String =
            sqlx::query_scalar(sql).bind(id(&visit)).fetch_one(&world.behind().await).await.expect("a reason");
        assert_eq!(stored, reason, "{kind} {what}");
        let messages = staff.get("/api/messages").await.unwrap().ok().unwrap();
        let sms = messages.as_array().unwrap().iter().filter(|one| one["channel"] == "sms").collect::<Vec<_>>();
        assert_eq!(sms.len(), 2, "the link, and that it is off, once: {kind} {what}");
        told.insert(sms[0]["text"].as_str().unwrap().to_owned());
    }
    assert_eq!(told.len(), 1, "the same words whatever the reason: {told:?}");
}

#[tokio::test]
async fn a_visit_goes_on_when_what_ended_is_not_what_it_rests_on() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let consul = office.consul(&world).await.get("/api/me").await.unwrap().ok().unwrap();
    let ready = Ready::of(&mut staff).await;
    let grant = ready.admits(&mut staff, &consul["institution"]["id"]).await;
    let visit = books(&mut staff, ready.family(json!({}))).await.ok().expect("a visit");
    world.work().await;
    ends(&mut staff, &ready, ("verification", "consent"), &consul["institution"]["id"], &grant).await;
    world.work().await;
    let now = staff.get(&format!("/api/visits/{}", id(&visit))).await.unwrap().ok().unwrap();
    assert_eq!(now["state"], "booked");
    let again = books(&mut staff, ready.verification(&consul["official"]["id"], json!({}))).await;
    let missing = again.json()["missing"].clone();
    assert_eq!(missing, json!(["consent_missing"]), "no to this relative outweighs the yes to all");
}
