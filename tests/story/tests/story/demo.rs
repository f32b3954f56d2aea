//! The demo starts again after whatever people did in it.
use std::os::unix::fs::PermissionsExt;

use reencuentro::demo::{Actor, prepare};
use serde_json::{Value, json};
use story::World;
use story::office::{answered, id};
use story::visit::redeems;

async fn starts(world: &World) -> Value {
    prepare(&world.app).await.expect("the demo starts");
    let path = world.folder.join("demo.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

async fn signs_in(world: &World, told: &Value, number: usize) -> Actor {
    let link = told["officials"][number]["sign_in_url"].as_str().unwrap();
    let token = link.split_once("#demo=").expect("a token").1;
    let mut actor = world.somebody();
    actor.post("/api/auth/demo", json!({ "token": token })).await.unwrap().ok().expect("signed in");
    actor
}

async fn file_of(staff: &mut Actor, name: &str) -> Value {
    let cases = staff.get("/api/cases").await.unwrap().ok().unwrap();
    let case = cases.as_array().unwrap().iter().find(|case| case["names_as_given"] == name).expect("the case").clone();
    staff.get(&format!("/api/cases/{}", id(&case))).await.unwrap().ok().unwrap()
}

#[tokio::test]
async fn a_second_start_keeps_what_is_there_and_gives_new_links_to_sign_in() {
    let world = World::new().await;
    let first = starts(&world).await;
    let second = starts(&world).await;
    for visit in ["family_visit", "verification_visit"] {
        assert!(first[visit]["link"].is_string() && first[visit]["code"].is_string(), "{first}");
        assert_eq!(first[visit], second[visit]);
    }
    assert_ne!(first["officials"][0]["sign_in_url"], second["officials"][0]["sign_in_url"]);
    signs_in(&world, &second, 0).await;
}

#[tokio::test]
async fn what_people_did_in_the_demo_does_not_keep_it_from_starting() {
    let world = World::new().await;
    let told = starts(&world).await;
    let mut staff = signs_in(&world, &told, 0).await;
    let link = told["family_visit"]["link"].as_str().unwrap();
    let token = link.rsplit('/').next().unwrap().rsplit('#').next().unwrap();
    let mut relative = world.somebody();
    redeems(&mut relative, token, told["family_visit"]["code"].as_str().unwrap()).await.ok().expect("opened");
    let again = starts(&world).await;
    assert_eq!(again["family_visit"]["is_opened"], true);

    let protected = file_of(&mut staff, "Persona de prueba 9").await;
    let fear = json!({ "question": "protection", "answer": answered("yes"), "language": "es" });
    staff.post(&format!("/api/cases/{}/answers", id(&protected)), fear).await.unwrap().ok().expect("told");
    let family = file_of(&mut staff, "Persona de prueba 14").await;
    let refuse = json!({ "reason": "contact_unsafe", "text": null });
    let path = format!("/api/contacts/{}/refuse", id(&family["contacts"][0]));
    staff.post(&path, refuse).await.unwrap().ok().expect("refused");
    let mut admin = signs_in(&world, &again, 3).await;
    let site = admin.get("/api/sites").await.unwrap().ok().unwrap()[0].clone();
    let kiosks = format!("/api/sites/{}/kiosks", id(&site));
    let kiosk = admin.get(&kiosks).await.unwrap().ok().unwrap()[0].clone();
    admin.post(&format!("/api/kiosks/{}/revoke", id(&kiosk)), json!({})).await.unwrap().ok().expect("revoked");
    world.work().await;

    let after = starts(&world).await;
    assert_eq!(after["family_visit"]["missing"], json!(["contact_refused"]));
    assert_eq!(after["verification_visit"]["missing"], json!(["grant_missing"]));
    assert_eq!(after["kiosk"]["name"], "Quiosco 2");
    let answers = file_of(&mut staff, "Persona de prueba 9").await["grants"].clone();
    assert!(answers[0]["withdrawn_at"].is_string(), "no start gives back what a fear took");
}
