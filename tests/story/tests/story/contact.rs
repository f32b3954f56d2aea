//! A relative is named, spoken to, approved or refused.
use axum::http::StatusCode;
use policy::Role;
use reencuentro::demo::{Actor, Answer};
use serde_json::{Value, json};
use story::World;
use story::office::{Office, consent, contact, id, names, takes_in, vetting};

async fn approves(staff: &mut Actor, contact: &Value) -> Answer {
    staff.post(&format!("/api/contacts/{}/approve", id(contact)), vetting()).await.unwrap()
}

async fn refuses(staff: &mut Actor, contact: &Value, reason: &str, text: Value) -> Answer {
    let body = json!({ "reason": reason, "text": text });
    staff.post(&format!("/api/contacts/{}/refuse", id(contact)), body).await.unwrap()
}

#[tokio::test]
async fn a_contact_is_named_together_with_the_persons_consent_to_it() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let named = names(&mut staff, &case, json!({})).await;
    assert_eq!((&named["state"]["kind"], &named["case"]), (&json!("named"), &case["id"]));
    assert_eq!(named["phone_masked"], "+•••••••••03");
    let file = staff.get(&format!("/api/cases/{}", id(&case))).await.unwrap().ok().unwrap();
    assert_eq!(file["contacts"][0]["id"], named["id"]);
    let event = &file["consents"][0];
    assert_eq!(
        (&event["purpose"], &event["contact"], &event["outcome"]),
        (&json!("contact_relative"), &named["id"], &json!("given"))
    );
}

#[tokio::test]
async fn what_is_no_phone_no_zone_no_country_or_no_consent_names_nobody() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let path = format!("/api/cases/{}/contacts", id(&case));
    for (field, value, code) in [
        ("phone", json!("55550101"), "not_a_phone"),
        ("zone", json!("America/Macondo"), "unknown"),
        ("country", json!("Guatemala"), "unknown"),
        ("relation", json!("friend"), "unknown"),
        ("names_as_given", json!(""), "required"),
        (
            "consent",
            json!({ "language": "mam", "mode": "spoken", "text_version": "Lo que dijo Familiar 3" }),
            "unknown",
        ),
        ("consent", json!({ "language": "mam", "mode": "on_screen", "text_version": "contact-relative-1" }), "unknown"),
    ] {
        let answer = staff.post(&path, contact(json!({ field: value }))).await.unwrap();
        assert_eq!((answer.code().as_str(), &answer.json()["fields"][field]), ("invalid", &json!(code)), "{field}");
    }
    assert_eq!(staff.get(&format!("/api/cases/{}", id(&case))).await.unwrap().json()["contacts"], json!([]));
}

#[tokio::test]
async fn a_contact_is_approved_once_and_can_still_be_refused_when_they_prove_unsafe() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let named = names(&mut staff, &case, json!({})).await;
    assert_eq!(approves(&mut staff, &named).await.ok().unwrap()["state"]["kind"], "approved");
    assert_eq!(approves(&mut staff, &named).await.status, StatusCode::CONFLICT);
    let refused = refuses(&mut staff, &named, "contact_unsafe", Value::Null).await.ok().unwrap();
    assert_eq!((&refused["state"]["kind"], &refused["state"]["reason"]), (&json!("refused"), &json!("contact_unsafe")));
    assert_eq!(approves(&mut staff, &named).await.status, StatusCode::CONFLICT);
    assert_eq!(refuses(&mut staff, &named, "contact_unsafe", Value::Null).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn nobody_is_approved_who_was_not_spoken_to_or_tells_something_else() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let named = names(&mut staff, &case, json!({})).await;
    for field in ["spoken_to", "account_compatible"] {
        let mut body = vetting();
        body[field] = json!(false);
        let answer = staff.post(&format!("/api/contacts/{}/approve", id(&named)), body).await.unwrap();
        assert_eq!(answer.json()["fields"][field], "required");
    }
}

#[tokio::test]
async fn a_childs_contact_is_approved_by_another_official_than_who_named_it() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut one, mut other) = (office.staff(&world).await, office.staff(&world).await);
    let case = takes_in(&mut one, json!({ "birth": { "kind": "unknown" } })).await;
    let named = names(&mut one, &case, json!({})).await;
    let answer = approves(&mut one, &named).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::CONFLICT, "four_eyes"));
    approves(&mut other, &named).await.ok().unwrap();
}

#[tokio::test]
async fn a_consent_that_was_withdrawn_approves_nobody() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let named = names(&mut staff, &case, json!({})).await;
    let no_longer = json!({ "purpose": "contact_relative", "contact": named["id"], "outcome": "withdrawn" });
    staff.post(&format!("/api/cases/{}/consents", id(&case)), consent(no_longer)).await.unwrap().ok().unwrap();
    assert_eq!(approves(&mut staff, &named).await.code(), "consent_missing");
}

#[tokio::test]
async fn a_refusal_has_words_of_its_own_only_for_other() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let named = names(&mut staff, &case, json!({})).await;
    assert_eq!(refuses(&mut staff, &named, "other", Value::Null).await.json()["fields"]["text"], "required");
    assert_eq!(
        refuses(&mut staff, &named, "person_withdrew", json!("Ya no")).await.json()["fields"]["text"],
        "unknown"
    );
    let refused = refuses(&mut staff, &named, "other", json!("Pidió otro día")).await.ok().unwrap();
    assert_eq!(refused["state"]["text"], "Pidió otro día");
}

#[tokio::test]
async fn a_phone_is_shown_to_who_just_proved_presence_and_the_owner_can_see_who_did() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let case = takes_in(&mut staff, json!({})).await;
    let named = names(&mut staff, &case, json!({})).await;
    let path = format!("/api/contacts/{}/unmask-phone", id(&named));
    assert_eq!(staff.post(&path, json!({})).await.unwrap().code(), "step_up_needed");
    staff.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().unwrap();
    assert_eq!(staff.post(&path, json!({})).await.unwrap().ok().unwrap(), json!({ "phone": "+50200000003" }));
    world.passes(jiff::SignedDuration::from_mins(6));
    assert_eq!(staff.post(&path, json!({})).await.unwrap().code(), "step_up_needed");
    let access = staff.get(&format!("/api/cases/{}/access", id(&case))).await.unwrap().json();
    let unmasked = access.as_array().unwrap().iter().filter(|entry| entry["action"] == "unmask_phone").count();
    assert_eq!(unmasked, 1, "refused tries show nothing and are no access");
}

#[tokio::test]
async fn intake_names_a_contact_and_does_not_approve_it() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut intake = office.official(&world, office.shelter, &[Role::Intake]).await;
    let case = takes_in(&mut intake, json!({})).await;
    let named = names(&mut intake, &case, json!({})).await;
    assert_eq!(approves(&mut intake, &named).await.code(), "not_allowed");
    assert_eq!(refuses(&mut intake, &named, "contact_unsafe", Value::Null).await.code(), "not_allowed");
}
