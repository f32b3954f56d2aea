//! Sites and kiosks: whose they are, and how a device becomes one.
use axum::http::StatusCode;
use jiff::SignedDuration;
use policy::Role;
use reencuentro::auth::{self, LinkPurpose};
use reencuentro::db::Scope;
use reencuentro::directory::{self, SiteKind, seed};
use reencuentro::id::SiteId;
use serde_json::json;
use story::office::{Office, id, names, takes_in};
use story::visit::{Ready, books};
use story::{Actor, World};

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

/// A second site of the shelter, and somebody who does everything, but there only.
async fn at_another_site(world: &World, office: &Office) -> (Actor, SiteId) {
    let app = &world.app;
    let mut tx = app.db.begin(Scope::Auth).await.unwrap();
    let place = (SiteKind::Shelter, "MX", "America/Mexico_City");
    let site = seed::site(app, &mut tx, office.shelter, "Sitio de prueba Sur", place).await.expect("a site");
    let id = seed::official(app, &mut tx, office.shelter, "Oficial del Sur", "es").await.expect("an official");
    let roles =
        [Role::Intake, Role::Attendant, Role::Scheduler, Role::ProtectionOfficer, Role::Verifier, Role::Decider];
    for role in roles {
        seed::role_at(app, &mut tx, id, role, site).await.expect("a role");
    }
    // In the whole institution, and of no case.
    seed::role(app, &mut tx, id, Role::InstitutionAdmin).await.expect("a role");
    let token = auth::issue_sign_in_link(app, &mut tx, id, LinkPurpose::Demo).await.expect("a link");
    tx.commit().await.unwrap();
    let mut actor = world.somebody();
    actor.post("/api/auth/demo", json!({ "token": token.expose() })).await.unwrap().ok().expect("signed in");
    (actor, site)
}

#[tokio::test]
async fn a_role_at_one_site_reaches_no_case_of_another() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut north = office.staff(&world).await;
    let (mut south, _) = at_another_site(&world, &office).await;
    let nothing = ["/api/cases", "/api/today", "/api/messages", "/api/visits?from=2027-03-15&to=2027-03-15"];
    let mut empty = vec![];
    for path in nothing {
        empty.push(south.get(path).await.unwrap().bytes);
    }
    let ready = Ready::of(&mut north).await;
    let visit = books(&mut north, ready.family(json!({}))).await.ok().expect("a visit");
    world.work().await;
    for (path, before) in nothing.iter().zip(empty) {
        assert_eq!(south.get(path).await.unwrap().bytes, before, "{path}");
    }
    let case = id(&ready.case);
    for path in
        [format!("/api/cases/{case}"), format!("/api/visits/{}", id(&visit)), format!("/api/cases/{case}/access")]
    {
        assert_eq!(south.get(&path).await.unwrap().code(), "not_found", "{path}");
    }
    let names = story::office::contact(json!({}));
    let refused = south.post(&format!("/api/cases/{case}/contacts"), names).await.unwrap();
    assert_eq!(refused.code(), "not_found");
    assert_eq!(books(&mut south, ready.family(json!({}))).await.code(), "not_found");
    let person = &visit["participants"][0];
    let admitted = south.post(&format!("/api/participants/{}/admit", id(person)), json!({})).await.unwrap();
    assert_eq!(admitted.code(), "not_found");
    let sites = north.get("/api/sites").await.unwrap().json();
    let other = sites.as_array().unwrap().iter().find(|site| site["name"] == "Sitio de prueba").unwrap();
    let intake = story::office::intake(&mut south, json!({ "site": other["id"] })).await;
    assert_eq!(south.post("/api/cases", intake).await.unwrap().code(), "not_allowed");
}

#[tokio::test]
async fn a_role_at_one_site_does_there_what_it_does_elsewhere_in_the_whole_institution() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut south, site) = at_another_site(&world, &office).await;
    let mut tx = world.app.db.begin(Scope::Auth).await.unwrap();
    seed::kiosk(&world.app, &mut tx, site, "Quiosco del Sur").await.expect("a kiosk");
    tx.commit().await.unwrap();
    let me = south.get("/api/me").await.unwrap().ok().unwrap();
    assert_eq!(me["sites"].as_array().unwrap().len(), 2, "an admin's page is about the whole institution");
    let at = me["sites"].as_array().unwrap().iter().find(|site| site["name"] == "Sitio de prueba Sur").unwrap();
    let case = takes_in(&mut south, json!({ "site": at["id"] })).await;
    names(&mut south, &case, json!({})).await;
    assert_eq!(south.get("/api/cases").await.unwrap().json()[0]["id"], case["id"]);
    let mut north = office.staff(&world).await;
    assert_eq!(north.get(&format!("/api/cases/{}", id(&case))).await.unwrap().json()["id"], case["id"]);
}
