//! Sites and kiosks: whose they are, and how a device becomes one.
use axum::http::StatusCode;
use jiff::SignedDuration;
use policy::Role;
use reencuentro::db::Scope;
use reencuentro::directory;
use serde_json::json;
use story::World;
use story::office::{Office, id};

const KEY: [u8; 65] = [4; 65];

async fn enrols(world: &World, code: &str) -> bool {
    let mut tx = world.app.db.begin(Scope::Auth).await.unwrap();
    let kiosk = directory::enrol_kiosk(&world.app, &mut tx, code, &KEY).await.unwrap();
    tx.commit().await.unwrap();
    kiosk.is_some()
}

#[tokio::test]
async fn a_kiosk_is_enrolled_once_by_its_code_and_never_after_it_was_revoked() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut admin = office.official(&world, office.shelter, &[Role::InstitutionAdmin]).await;
    let site = admin.get("/api/sites").await.unwrap().ok().unwrap()[0].clone();
    let path = format!("/api/sites/{}/kiosks", id(&site));
    let kiosk = admin.get(&path).await.unwrap().ok().unwrap()[0].clone();
    assert_eq!(kiosk["state"], "not_enrolled");
    let make_code = format!("/api/kiosks/{}/enrolment-code", id(&kiosk));

    let old = admin.post(&make_code, json!({})).await.unwrap().ok().unwrap();
    let code = admin.post(&make_code, json!({})).await.unwrap().ok().unwrap();
    assert_eq!(code["code"].as_str().unwrap().len(), 8);
    assert!(!enrols(&world, old["code"].as_str().unwrap()).await, "a newer code ends the older");
    let typed = code["code"].as_str().unwrap().to_lowercase();
    assert!(enrols(&world, &format!("{}-{}", &typed[..4], &typed[4..])).await, "as people type it");
    assert!(!enrols(&world, &typed).await, "a code is used once");
    assert_eq!(admin.get(&path).await.unwrap().ok().unwrap()[0]["state"], "enrolled");

    let late = admin.post(&make_code, json!({})).await.unwrap().ok().unwrap();
    world.passes(SignedDuration::from_mins(31));
    assert!(!enrols(&world, late["code"].as_str().unwrap()).await, "a code ends after half an hour");

    let revoke = format!("/api/kiosks/{}/revoke", id(&kiosk));
    assert_eq!(admin.post(&revoke, json!({})).await.unwrap().ok().unwrap()["state"], "revoked");
    assert_eq!(admin.post(&revoke, json!({})).await.unwrap().status, StatusCode::CONFLICT);
    assert_eq!(admin.post(&make_code, json!({})).await.unwrap().status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_kiosks_of_another_institution_are_like_kiosks_that_do_not_exist() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut own = office.official(&world, office.shelter, &[Role::InstitutionAdmin]).await;
    let mut other = office.official(&world, office.stranger, &[Role::InstitutionAdmin]).await;
    let site = own.get("/api/sites").await.unwrap().ok().unwrap()[0].clone();
    let kiosk = own.get(&format!("/api/sites/{}/kiosks", id(&site))).await.unwrap().ok().unwrap()[0].clone();
    let nobody = "00000000-0000-4000-8000-000000000000";
    for (theirs, none) in [
        (format!("/api/kiosks/{}/enrolment-code", id(&kiosk)), format!("/api/kiosks/{nobody}/enrolment-code")),
        (format!("/api/kiosks/{}/revoke", id(&kiosk)), format!("/api/kiosks/{nobody}/revoke")),
        (format!("/api/sites/{}/kiosks", id(&site)), format!("/api/sites/{nobody}/kiosks")),
        (format!("/api/sites/{}/kiosks", id(&site)), "/api/sites/no-id-at-all/kiosks".to_owned()),
    ] {
        let foreign = other.post(&theirs, json!({ "name": "Quiosco ajeno" })).await.unwrap();
        let missing = other.post(&none, json!({ "name": "Quiosco ajeno" })).await.unwrap();
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{theirs}");
        assert_eq!((foreign.status, &foreign.bytes), (missing.status, &missing.bytes), "{theirs}");
    }
    assert_eq!(other.get("/api/sites").await.unwrap().json(), json!([]));
}

#[tokio::test]
async fn only_who_administers_makes_kiosks_and_a_kiosk_needs_a_name() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let site = staff.get("/api/sites").await.unwrap().ok().unwrap()[0].clone();
    let path = format!("/api/sites/{}/kiosks", id(&site));
    assert_eq!(staff.post(&path, json!({ "name": "Quiosco 2" })).await.unwrap().code(), "not_allowed");
    let mut admin = office.official(&world, office.shelter, &[Role::InstitutionAdmin]).await;
    let refused = admin.post(&path, json!({ "name": "  " })).await.unwrap();
    assert_eq!(
        (refused.status, &refused.json()["fields"]["name"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("required"))
    );
    assert_eq!(admin.post(&path, json!({ "name": 7 })).await.unwrap().json()["fields"]["name"], "unknown");
}

#[tokio::test]
async fn officials_of_another_institution_are_booked_only_once_it_was_admitted_to_a_case() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let _consul = office.consul(&world).await;
    let path = "/api/officials?role=verifier";
    assert_eq!(staff.get(path).await.unwrap().json(), json!([]));
    super::people::case_admitting_the_ministry(&mut staff, json!({})).await;
    let bookable = staff.get(path).await.unwrap().json();
    assert_eq!(bookable[0]["institution"]["name"], "Cancillería de prueba");
    assert_eq!(bookable[0]["roles"], json!(["consul", "verifier"]));
}
