//! The case's evidence leaves as a package that anybody verifies without us.
use attest::{archive::read_zip, trust::Trust, verify::verify};
use axum::http::StatusCode;
use policy::Role;
use serde_json::json;
use story::World;
use story::interview::{Interview, exports, picture, sequences, sha256};
use story::office::id;

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
    let answer = call.staff.get(&format!("/api/exports/{}/package", id(&export))).await.unwrap();
    assert_eq!((answer.status, &answer.headers["content-type"]), (StatusCode::OK, &"application/zip".parse().unwrap()));
    assert_eq!(export["sha256"], json!(sha256(&answer.bytes)));
    let trust = world.somebody().get("/api/trust").await.unwrap();
    let trust = Trust::from_json(&trust.bytes).expect("a trust file");
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
    let other = Trust::from_json(&stranger.somebody().get("/api/trust").await.unwrap().bytes).unwrap();
    assert!(!verify(&files, &other).is_valid(), "another server's keys do not vouch for it");
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
    call.consul.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().unwrap();
    assert_eq!(call.consul.post(&path, body).await.unwrap().code(), "not_allowed", "a grant opens no export");
}
