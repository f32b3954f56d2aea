//! The case's evidence leaves as a package that anybody verifies without us.
use std::collections::BTreeSet;

use attest::archive::read_zip;
use attest::hash::Hash;
use attest::trust::Trust;
use attest::verify::{Redaction, Valid, Verdict, verify};
use axum::http::StatusCode;
use jiff::SignedDuration;
use policy::Role;
use reencuentro::log;
use serde_json::{Value, json};
use story::World;
use story::interview::{
    Interview, asks_for_export, exports, files, package_of, picture, read_export, sequences, sha256,
};
use story::office::{Office, id, takes_in};

/// The keys as the server publishes them.
async fn trust_of(world: &World) -> Trust {
    Trust::from_json(&world.somebody().get("/api/trust").await.unwrap().bytes).expect("a trust file")
}

/// The verdict of somebody who has the package and the trust file, and nothing else.
async fn judges(world: &World, archive: &[u8]) -> Valid {
    match verify(&read_zip(archive).expect("a zip"), &trust_of(world).await) {
        Verdict::Valid(valid) => valid,
        Verdict::NotValid { message, .. } => panic!("not valid: {message}"),
    }
}

#[tokio::test]
async fn a_package_verifies_with_the_published_keys_and_not_with_one_byte_flipped() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let receipt = call.shows(&picture(b"Pasaporte de muestra")).await;
    call.describes(&receipt).await;
    call.notes("Coincide.", true).await.ok().unwrap();
    world.work().await;
    let export = exports(&world, &mut call.staff, &call.ready.case).await;
    assert_eq!(export["state"], "ready");
    let answer = package_of(&mut call.staff, &export).await;
    assert_eq!((answer.status, &answer.headers["content-type"]), (StatusCode::OK, &"application/zip".parse().unwrap()));
    assert_eq!(export["sha256"], json!(sha256(&answer.bytes)));
    let trust = trust_of(&world).await;
    let files = read_zip(&answer.bytes).expect("a package");
    let verdict = verify(&files, &trust);
    assert!(verdict.is_valid(), "{verdict:?}");

    let still = files.values().filter(|bytes| **bytes == picture(b"Pasaporte de muestra")).count();
    assert_eq!(still, 1, "the still itself is in it");
    for name in files.keys() {
        let mut forged = files.clone();
        let bytes = forged.get_mut(name).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        assert!(!verify(&forged, &trust).is_valid(), "one bit of {name} may change unnoticed");
    }
    let mut without = files.clone();
    without.pop_first();
    assert!(!verify(&without, &trust).is_valid());

    let stranger = World::seeded(9).await;
    Interview::of(&stranger).await;
    sequences(&stranger).await;
    let other = trust_of(&stranger).await;
    assert!(!verify(&files, &other).is_valid(), "another server's keys do not vouch for it");
}

#[tokio::test]
async fn a_package_waits_for_the_log_and_does_not_tell_where_the_person_is() {
    let world = World::new().await;
    let mut call = Interview::by_a_colleague(&world).await;
    let receipt = call.shows(&picture(b"")).await;
    call.describes(&receipt).await;
    let export = asks_for_export(&mut call.staff, &call.ready.case).await;
    world.work().await;
    assert_eq!(package_of(&mut call.staff, &export).await.code(), "not_ready", "the log has not placed the entries");
    sequences(&world).await;
    world.passes(SignedDuration::from_secs(1));
    world.work().await;
    let package = package_of(&mut call.staff, &export).await;
    assert_eq!(package.status, StatusCode::OK);
    let valid = judges(&world, &package.bytes).await;
    assert_eq!((valid.objects, valid.log), (1, log::origin(&world.app)));
    let hidden = |redaction: &Redaction| match redaction {
        Redaction::Field { name, .. } => name.clone(),
        Redaction::Object { .. } => "a file".to_owned(),
    };
    let hidden: BTreeSet<String> = valid.redactions.iter().map(hidden).collect();
    assert_eq!(hidden, BTreeSet::from(["device".to_owned(), "place".to_owned(), "site".to_owned()]));
    let tells = |word: &[u8]| package.bytes.windows(word.len()).any(|part| part == word);
    assert!(tells(b"Juzgado de prueba") && !tells(b"Sitio de prueba"));
    let view = read_export(&mut call.staff, &export).await;
    assert_eq!((&view["state"], &view["sha256"]), (&json!("ready"), &json!(Hash::of(&package.bytes).to_string())));
}

#[tokio::test]
async fn an_export_that_cannot_be_built_says_so_and_can_be_asked_for_again() {
    let world = World::new().await;
    let mut call = Interview::by_a_colleague(&world).await;
    call.shows(&picture(b"")).await;
    let file = files(&world).pop().expect("the still");
    let aside = world.folder.join("aside");
    std::fs::rename(&file, &aside).unwrap();
    let export = asks_for_export(&mut call.staff, &call.ready.case).await;
    sequences(&world).await;
    for _ in 0..8 {
        let view = read_export(&mut call.staff, &export).await;
        assert_eq!((&view["state"], &view["reason"]), (&json!("preparing"), &Value::Null));
        world.passes(SignedDuration::from_mins(20));
        world.work().await;
    }
    let mut staff = call.office.staff(&world).await;
    let view = read_export(&mut staff, &export).await;
    assert_eq!((&view["state"], &view["reason"]), (&json!("failed"), &json!("not_readable")));
    std::fs::rename(&aside, &file).unwrap();
    let again = exports(&world, &mut staff, &call.ready.case).await;
    assert_eq!(again["state"], "ready");
    assert_eq!(package_of(&mut staff, &again).await.status, StatusCode::OK);
    assert_eq!(package_of(&mut staff, &export).await.code(), "not_ready");
}

#[tokio::test]
async fn before_anything_is_asked_for_the_list_of_exports_is_empty_and_a_stranger_finds_none() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    let path = format!("/api/cases/{}/exports", id(&takes_in(&mut staff, json!({})).await));
    let body = json!({ "recipient": "Juzgado de prueba", "purpose": "", "basis": "x".repeat(301) });
    assert_eq!(staff.post(&path, body.clone()).await.unwrap().code(), "step_up_needed");
    staff.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().unwrap();
    let fields = staff.post(&path, body.clone()).await.unwrap().json()["fields"].clone();
    assert_eq!(fields, json!({ "purpose": "required", "basis": "too_long" }));
    let mut stranger = office.official(&world, office.stranger, &[Role::Decider]).await;
    assert_eq!(stranger.post(&path, body).await.unwrap().code(), "not_found");
    assert_eq!(staff.get(&path).await.unwrap().json(), json!([]));
}

#[tokio::test]
async fn a_package_is_fetched_with_presence_shown_and_its_state_read_without() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let export = exports(&world, &mut call.staff, &call.ready.case).await;
    assert_eq!(package_of(&mut call.staff, &export).await.status, StatusCode::OK, "shown for the asking");
    world.passes(SignedDuration::from_mins(6));
    assert_eq!(package_of(&mut call.staff, &export).await.code(), "step_up_needed");
    assert_eq!(read_export(&mut call.staff, &export).await["state"], "ready");
    call.staff.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().unwrap();
    assert_eq!(package_of(&mut call.staff, &export).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_export_names_recipient_purpose_and_basis_and_needs_presence() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let path = format!("/api/cases/{}/exports", id(&call.ready.case));
    let body = json!({ "recipient": "Juzgado de prueba", "purpose": "Reunificación", "basis": "Ley de muestra" });
    assert_eq!(call.staff.post(&path, body.clone()).await.unwrap().code(), "step_up_needed");
    call.staff.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().unwrap();
    for field in ["recipient", "purpose", "basis"] {
        let mut faulty = body.clone();
        faulty[field] = json!("  ");
        assert_eq!(call.staff.post(&path, faulty).await.unwrap().json()["fields"][field], "required");
    }
    let mut scheduler = call.office.official(&world, call.office.shelter, &[Role::Scheduler]).await;
    scheduler.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().unwrap();
    assert_eq!(scheduler.post(&path, body.clone()).await.unwrap().code(), "not_allowed");
    call.verifier.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().unwrap();
    assert_eq!(call.verifier.post(&path, body).await.unwrap().code(), "not_allowed", "a grant opens no export");
}
