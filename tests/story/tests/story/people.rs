//! Somebody is taken in; who may see it; what a fear and a consent change.
use axum::http::StatusCode;
use policy::Role;
use reencuentro::demo::Actor;
use serde_json::{Value, json};
use sqlx::Row;
use story::World;
use story::office::{Office, answered, consent, contact, fears, id, intake, names, takes_in, vetting};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

async fn ministry(staff: &mut Actor) -> Value {
    let institutions = staff.get("/api/institutions").await.unwrap().ok().unwrap();
    institutions.as_array().unwrap().iter().find(|one| one["kind"] == "foreign_ministry").unwrap()["id"].clone()
}

async fn agrees_to_share(staff: &mut Actor, case: &Value, outcome: &str) {
    let share = json!({ "purpose": "share_with_institution", "recipient_institution": ministry(staff).await, "outcome": outcome });
    staff.post(&format!("/api/cases/{}/consents", id(case)), consent(share)).await.unwrap().ok().unwrap();
}

async fn grants(staff: &mut Actor, case: &Value) -> reencuentro::demo::Answer {
    let body = json!({ "institution": ministry(staff).await, "purpose": "verification", "valid_until": "2027-06-01T00:00:00Z" });
    staff.post(&format!("/api/cases/{}/grants", id(case)), body).await.unwrap()
}

pub async fn case_admitting_the_ministry(staff: &mut Actor, with: Value) -> Value {
    let case = takes_in(staff, with).await;
    agrees_to_share(staff, &case, "given").await;
    grants(staff, &case).await.ok().unwrap();
    case
}

async fn file(actor: &mut Actor, case: &Value) -> reencuentro::demo::Answer {
    actor.get(&format!("/api/cases/{}", id(case))).await.unwrap()
}

#[tokio::test]
async fn somebody_taken_in_has_a_case_with_everything_that_was_asked() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    assert_eq!(case["spoken_id"].as_str().unwrap().len(), 8);
    assert_eq!(case["person"]["names_as_given"], "Persona de prueba 14");
    assert_eq!(case["person"]["age_class"], "adult");
    assert_eq!(case["person"]["language_variant"], "Todos Santos");
    assert_eq!(case["answers"].as_array().unwrap().len(), 2);
    assert_eq!(case["owner_institution"]["name"], "Casa de prueba");
    assert_eq!((&case["may"]["book"], &case["may"]["decide"]), (&json!(true), &json!(false)));
    let list = staff.get("/api/cases").await.unwrap().ok().unwrap();
    assert_eq!((&list[0]["id"], &list[0]["link_level"]), (&case["id"], &Value::Null));
    assert_eq!(list[0]["site"]["name"], "Sitio de prueba");
}

#[tokio::test]
async fn who_may_not_be_eighteen_is_a_child_whatever_was_typed() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    for (birth, class) in [
        (json!({ "kind": "unknown" }), "child"),
        (json!({ "kind": "approximate", "year_earliest": 1990, "year_latest": 2009 }), "child"),
        (json!({ "kind": "approximate", "year_earliest": 1990, "year_latest": 2008 }), "adult"),
        (json!({ "kind": "exact", "date": "2009-03-16" }), "child"),
    ] {
        let case = takes_in(&mut staff, json!({ "birth": birth, "age_class": "adult" })).await;
        assert_eq!(case["person"]["age_class"], class, "{birth}");
    }
}

#[tokio::test]
async fn an_intake_says_every_fault_at_its_field() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let faulty = json!({ "names_as_given": " ", "language": "Mam!", "probable_nationalities": ["Guatemala"],
        "birth": { "kind": "exact", "date": "2040-01-01" } });
    let body = intake(&mut staff, faulty).await;
    let answer = staff.post("/api/cases", body).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = json!({ "names_as_given": "required", "language": "unknown", "probable_nationalities": "unknown", "birth": "out_of_range" });
    assert_eq!((answer.code().as_str(), &answer.json()["fields"]), ("invalid", &fields));
    let body = intake(&mut staff, json!({ "site": NOBODY })).await;
    assert_eq!(staff.post("/api/cases", body).await.unwrap().json()["fields"]["site"], "unknown");
    assert_eq!(staff.get("/api/cases").await.unwrap().json(), json!([]), "nothing of it was kept");
}

#[tokio::test]
async fn a_scheduler_takes_nobody_in_and_an_admin_reads_no_case() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let mut scheduler = office.official(&world, office.shelter, &[Role::Scheduler]).await;
    let body = intake(&mut scheduler, json!({})).await;
    assert_eq!(scheduler.post("/api/cases", body).await.unwrap().code(), "not_allowed");
    let mut admin =
        office.official(&world, office.shelter, &[Role::InstitutionAdmin, Role::Monitor, Role::Operator]).await;
    assert_eq!(admin.get("/api/cases").await.unwrap().code(), "not_allowed");
    assert_eq!(file(&mut admin, &case).await.code(), "not_allowed");
}

/// Every route of a case, a contact or a grant, as an official of another house meets it.
#[tokio::test]
async fn a_foreign_case_is_byte_for_byte_like_one_that_does_not_exist() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = case_admitting_the_ministry(&mut staff, json!({})).await;
    let named = names(&mut staff, &case, json!({})).await;
    let grant = file(&mut staff, &case).await.json()["grants"][0].clone();
    let mut stranger = office.official(&world, office.stranger, Role::ALL).await;
    let answer = json!({ "question": "protection", "answer": answered("yes"), "language": "es" });
    let admission = json!({ "institution": ministry(&mut staff).await, "purpose": "verification", "valid_until": "2027-06-01T00:00:00Z" });
    for (prefix, real, rest, body) in [
        ("/api/cases/", id(&case), "", None),
        ("/api/cases/", id(&case), "/access", None),
        ("/api/cases/", id(&case), "/answers", Some(answer)),
        ("/api/cases/", id(&case), "/consents", Some(consent(json!({})))),
        ("/api/cases/", id(&case), "/grants", Some(admission)),
        ("/api/cases/", id(&case), "/contacts", Some(contact(json!({})))),
        ("/api/contacts/", id(&named), "/approve", Some(vetting())),
        ("/api/contacts/", id(&named), "/refuse", Some(json!({ "reason": "contact_unsafe", "text": null }))),
        ("/api/contacts/", id(&named), "/unmask-phone", Some(json!({}))),
        ("/api/grants/", id(&grant), "/withdraw", Some(json!({}))),
    ] {
        let mut answers = vec![];
        for id in [real, NOBODY, "not-an-id"] {
            let path = format!("{prefix}{id}{rest}");
            answers.push(match &body {
                None => stranger.get(&path).await.unwrap(),
                Some(body) => stranger.post(&path, body.clone()).await.unwrap(),
            });
        }
        assert_eq!(answers[0].status, StatusCode::NOT_FOUND, "{prefix}…{rest}");
        for other in &answers[1..] {
            assert_eq!(
                (other.status, &other.bytes, &other.headers),
                (answers[0].status, &answers[0].bytes, &answers[0].headers),
                "{prefix}…{rest}"
            );
        }
    }
    assert_eq!(stranger.get("/api/cases").await.unwrap().json(), json!([]));
}

#[tokio::test]
async fn a_ministry_sees_a_case_by_grant_and_consent_and_only_what_concerns_it() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let case = takes_in(&mut staff, json!({})).await;
    assert_eq!(file(&mut consul, &case).await.status, StatusCode::NOT_FOUND);
    assert_eq!(grants(&mut staff, &case).await.code(), "consent_missing");
    agrees_to_share(&mut staff, &case, "refused").await;
    assert_eq!(grants(&mut staff, &case).await.code(), "consent_missing");
    agrees_to_share(&mut staff, &case, "given").await;
    names(&mut staff, &case, json!({})).await;
    grants(&mut staff, &case).await.ok().unwrap();

    let seen = file(&mut consul, &case).await.ok().unwrap();
    assert_eq!(seen["person"]["names_as_given"], "Persona de prueba 14");
    assert_eq!(seen["answers"], json!([]));
    let purposes: Vec<&Value> = seen["consents"].as_array().unwrap().iter().map(|event| &event["purpose"]).collect();
    assert_eq!(purposes, ["share_with_institution", "share_with_institution"]);
    assert_eq!(seen["may"]["name_contact"], false);
    assert_eq!(consul.get("/api/cases").await.unwrap().json()[0]["id"], case["id"]);
    assert_eq!(consul.get(&format!("/api/cases/{}/access", id(&case))).await.unwrap().code(), "not_allowed");
}

#[tokio::test]
async fn a_consent_that_is_withdrawn_ends_the_grant_in_the_same_moment() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let case = case_admitting_the_ministry(&mut staff, json!({})).await;
    assert!(file(&mut consul, &case).await.status.is_success());
    agrees_to_share(&mut staff, &case, "withdrawn").await;
    assert_eq!(file(&mut consul, &case).await.status, StatusCode::NOT_FOUND);
    assert_eq!(grants(&mut staff, &case).await.code(), "consent_missing");
    assert!(file(&mut staff, &case).await.json()["grants"][0]["withdrawn_at"].is_string());
}

#[tokio::test]
async fn a_grant_ends_by_withdrawal_and_by_its_date() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let withdrawn = case_admitting_the_ministry(&mut staff, json!({})).await;
    let grant = file(&mut staff, &withdrawn).await.json()["grants"][0].clone();
    let path = format!("/api/grants/{}/withdraw", id(&grant));
    staff.post(&path, json!({})).await.unwrap().ok().unwrap();
    assert_eq!(staff.post(&path, json!({})).await.unwrap().status, StatusCode::CONFLICT);
    assert_eq!(file(&mut consul, &withdrawn).await.status, StatusCode::NOT_FOUND);

    let running_out = case_admitting_the_ministry(&mut staff, json!({})).await;
    assert!(file(&mut consul, &running_out).await.status.is_success());
    world.passes(jiff::SignedDuration::from_hours(24 * 80));
    let mut consul = office.consul(&world).await;
    assert_eq!(file(&mut consul, &running_out).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_fear_hides_the_case_from_the_home_state_at_once_and_for_every_later_grant() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let before = consul.get("/api/cases").await.unwrap().bytes;
    let sites_before = consul.get("/api/sites").await.unwrap().bytes;
    let case = case_admitting_the_ministry(&mut staff, json!({})).await;
    assert!(file(&mut consul, &case).await.status.is_success());

    let fear = json!({ "question": "protection", "answer": answered("yes"), "language": "mam" });
    let path = format!("/api/cases/{}/answers", id(&case));
    let told = staff.post(&path, fear).await.unwrap().ok().unwrap();
    assert!(told["grants"][0]["withdrawn_at"].is_string());
    let history: Vec<(&Value, &Value)> = told["answers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|answer| answer["question"] == "protection")
        .map(|answer| (&answer["answer"]["value"], &answer["superseded"]))
        .collect();
    assert_eq!(history, [(&json!("yes"), &json!(false)), (&json!("no"), &json!(true))]);

    let shielded = file(&mut consul, &case).await;
    let missing = consul.get(&format!("/api/cases/{NOBODY}")).await.unwrap();
    assert_eq!((shielded.status, &shielded.bytes), (missing.status, &missing.bytes));
    assert_eq!(consul.get("/api/cases").await.unwrap().bytes, before);
    assert_eq!(consul.get("/api/sites").await.unwrap().bytes, sites_before);
    agrees_to_share(&mut staff, &case, "given").await;
    assert_eq!(grants(&mut staff, &case).await.code(), "shielded");

    let calm = json!({ "question": "protection", "answer": answered("no"), "language": "mam" });
    staff.post(&path, calm).await.unwrap().ok().unwrap();
    assert_eq!(grants(&mut staff, &case).await.code(), "shielded", "another answer later does not lift it");
}

#[tokio::test]
async fn a_grant_row_alone_does_not_pass_a_shield() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let case = case_admitting_the_ministry(&mut staff, json!({})).await;
    let behind = world.behind().await;
    let shield = "insert into protection_shields select g.case_id, g.owner_institution_id, 'GT', 'named_as_feared', g.valid_from from case_grants g where g.basis = 'grant'";
    assert_eq!(sqlx::query(shield).execute(&behind).await.unwrap().rows_affected(), 1);
    assert_eq!(file(&mut consul, &case).await.status, StatusCode::NOT_FOUND);
    assert_eq!(consul.get("/api/cases").await.unwrap().json(), json!([]));
    assert_eq!(consul.get("/api/sites").await.unwrap().json(), json!([]));
}

#[tokio::test]
async fn who_is_of_another_state_is_admitted_although_the_person_fears_their_own() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let case = case_admitting_the_ministry(
        &mut staff,
        json!({ "probable_nationalities": ["HN"], "protection": answered("yes") }),
    )
    .await;
    assert!(file(&mut consul, &case).await.status.is_success());
}

#[tokio::test]
async fn every_state_that_was_named_as_feared_is_kept_out_and_without_a_nationality_every_state() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let admitted = case_admitting_the_ministry(&mut staff, json!({ "probable_nationalities": ["HN"] })).await;
    assert!(file(&mut consul, &admitted).await.status.is_success());
    let fear = json!({ "question": "protection", "answer": fears(&["GT"]), "language": "mam" });
    let told = staff.post(&format!("/api/cases/{}/answers", id(&admitted)), fear).await.unwrap().ok().unwrap();
    assert!(told["grants"][0]["withdrawn_at"].is_string());
    assert_eq!(file(&mut consul, &admitted).await.status, StatusCode::NOT_FOUND);

    for person in [
        json!({ "probable_nationalities": ["HN"], "protection": fears(&["SV", "GT"]) }),
        json!({ "probable_nationalities": [], "protection": answered("yes") }),
    ] {
        let case = takes_in(&mut staff, person.clone()).await;
        agrees_to_share(&mut staff, &case, "given").await;
        assert_eq!(grants(&mut staff, &case).await.code(), "shielded", "{person}");
    }
}

#[tokio::test]
async fn the_home_state_is_admitted_only_after_the_person_said_that_they_fear_nothing_there() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    for nationalities in [json!(["GT"]), json!(["HN", "GT"]), json!([])] {
        for state in ["not_asked", "unknown", "declined"] {
            let open = json!({ "probable_nationalities": nationalities, "protection": { "state": state } });
            let case = takes_in(&mut staff, open).await;
            agrees_to_share(&mut staff, &case, "given").await;
            assert_eq!(grants(&mut staff, &case).await.code(), "fear_not_asked", "{state} of {nationalities}");
        }
    }
    let elsewhere = json!({ "probable_nationalities": ["HN"], "protection": { "state": "declined" } });
    case_admitting_the_ministry(&mut staff, elsewhere).await;

    let case = case_admitting_the_ministry(&mut staff, json!({})).await;
    let second_thoughts = json!({ "question": "protection", "answer": { "state": "declined" }, "language": "mam" });
    let path = format!("/api/cases/{}/answers", id(&case));
    let told = staff.post(&path, second_thoughts).await.unwrap().ok().unwrap();
    assert!(told["grants"][0]["withdrawn_at"].is_string());
    assert_eq!(file(&mut consul, &case).await.status, StatusCode::NOT_FOUND);
    let calm = json!({ "question": "protection", "answer": answered("no"), "language": "mam" });
    staff.post(&path, calm).await.unwrap().ok().unwrap();
    assert!(grants(&mut staff, &case).await.status.is_success(), "nothing was feared, and now it is said");
}

#[tokio::test]
async fn states_are_named_with_a_fear_and_with_no_other_answer() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let no = json!({ "state": "answered", "value": "no", "note": null, "feared_states": ["GT"] });
    for (with, field, code) in [
        (json!({ "protection": no }), "protection", "only_for_yes"),
        (json!({ "child_in_care": fears(&["GT"]) }), "child_in_care", "only_for_yes"),
        (json!({ "protection": fears(&["Guatemala"]) }), "protection", "unknown"),
        (json!({ "protection": fears(&["GT"; 9]) }), "protection", "too_long"),
    ] {
        let refused = intake(&mut staff, with.clone()).await;
        let refused = staff.post("/api/cases", refused).await.unwrap();
        assert_eq!(refused.json()["fields"][field], code, "{with}");
    }
}

#[tokio::test]
async fn only_who_may_ask_about_fear_reads_the_answer() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({ "protection": answered("yes") })).await;
    for role in [Role::Scheduler, Role::Attendant, Role::Decider, Role::Supervisor] {
        let mut colleague = office.official(&world, office.shelter, &[role]).await;
        let answers = file(&mut colleague, &case).await.ok().unwrap()["answers"].clone();
        assert_eq!(answers.as_array().unwrap().len(), 1, "{role:?}");
        assert_eq!(answers[0]["question"], "child_in_care", "{role:?}");
    }
}

#[tokio::test]
async fn the_owner_sees_who_looked_and_looking_is_written_down_once_per_read() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let case = case_admitting_the_ministry(&mut staff, json!({})).await;
    file(&mut consul, &case).await.ok().unwrap();
    let access = staff.get(&format!("/api/cases/{}/access", id(&case))).await.unwrap().ok().unwrap();
    let by_the_ministry: Vec<(&Value, &Value)> = access
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["by"]["institution"] == "Cancillería de prueba")
        .map(|entry| (&entry["action"], &entry["purpose"]))
        .collect();
    assert_eq!(by_the_ministry, [(&json!("read_case"), &json!("verification"))]);
    assert!(access.as_array().unwrap().iter().any(|entry| entry["action"] == "open_case"));
}

#[tokio::test]
async fn no_name_no_phone_and_no_note_stands_in_clear_in_any_table() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let secret = json!({ "state": "answered", "value": "yes", "note": "Zanahoria secreta" });
    let case = takes_in(&mut staff, json!({ "names_as_given": "Quetzalcanario", "protection": secret })).await;
    let named = names(&mut staff, &case, json!({ "names_as_given": "Guacamayaverde", "phone": "+50298765432" })).await;
    staff.post(&format!("/api/contacts/{}/approve", id(&named)), vetting()).await.unwrap().ok().unwrap();
    let witness = consent(json!({ "witness": "Testigomorado" }));
    staff.post(&format!("/api/cases/{}/consents", id(&case)), witness).await.unwrap().ok().unwrap();
    world.work().await;
    let behind = world.behind().await;
    let tables: Vec<String> = sqlx::query_scalar("select tablename::text from pg_tables where schemaname = 'public'")
        .fetch_all(&behind)
        .await
        .unwrap();
    assert!(tables.len() > 30);
    for table in tables {
        let sql =
            sqlx::AssertSqlSafe(format!("select convert_to(t::text, 'UTF8') as line, t::text as text from {table} t"));
        for row in sqlx::query(sql).fetch_all(&behind).await.unwrap() {
            let (line, text): (Vec<u8>, String) = (row.get("line"), row.get("text"));
            for secret in ["Quetzalcanario", "Guacamayaverde", "98765432", "Zanahoria", "Testigomorado", "Coincide"] {
                let in_hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
                let found = line.windows(secret.len()).any(|part| part == secret.as_bytes()) || text.contains(&in_hex);
                assert!(!found, "{secret} in {table}");
            }
        }
    }
}

#[tokio::test]
async fn the_file_shows_the_claimed_link_to_all_and_its_evidence_to_who_may_read_evidence() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    names(&mut staff, &case, json!({})).await;
    world.work().await;
    let claim = file(&mut staff, &case).await.json()["contacts"][0]["link_claim"].clone();
    let note = json!({ "text": "Nombró a dos vecinos sin que se le preguntara.", "account_compatible": true });
    let path = format!("/api/claims/{}/notes", claim.as_str().expect("the link is claimed"));
    staff.post(&path, note).await.unwrap().ok().unwrap();
    let seen = file(&mut staff, &case).await.ok().unwrap();
    let link = seen["claims"].as_array().unwrap().iter().find(|each| each["id"] == claim).unwrap();
    assert_eq!(
        (&link["subject_label"], &link["object_label"]),
        (&json!("Persona de prueba 14"), &json!("Familiar de prueba 3"))
    );
    assert_eq!(seen["evidence"][0]["kind"], "case_note");
    let mut scheduler = office.official(&world, office.shelter, &[Role::Scheduler]).await;
    let seen = file(&mut scheduler, &case).await.ok().unwrap();
    assert!(!seen["claims"].as_array().unwrap().is_empty());
    assert_eq!(seen["evidence"], json!([]));
}
