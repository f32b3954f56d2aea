//! What the call shows becomes evidence, and leaves as a package that a stranger verifies.
use std::collections::BTreeSet;

use attest::hash::Hash;
use attest::trust::Trust;
use attest::verify::{Redaction, Valid, Verdict, verify};
use axum::http::StatusCode;
use policy::Role;
use reencuentro::demo::{Actor, Answer};
use reencuentro::log::{self, Sequencer};
use reencuentro::objects;
use serde_json::{Value, json};
use story::World;
use story::office::{Office, consent, id, names, takes_in, vetting};

/// Ten minutes after the beginning of the world, on the site's wall clock.
const SOON: &str = "2027-03-15T10:10:00";

/// A PNG of 3840 by 2160 as far as anybody looks into it; `salt` makes another file of it.
fn still(salt: u8) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(3840u32.to_be_bytes());
    bytes.extend(2160u32.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0, salt]);
    bytes
}

/// A verification call that is on: the relative's phone, the verifier's desk, the site's staff.
struct Call {
    world: World,
    office: Office,
    staff: Actor,
    verifier: Actor,
    phone: Actor,
    case: Value,
    visit: Value,
}

impl Call {
    async fn live() -> Call {
        let call = Call::booked().await;
        let pool = call.world.behind().await;
        let started = "insert into calls (id, visit_id, case_id, opened_at, live_at)
            select gen_random_uuid(), id, case_id, created_at, created_at from visits where public_id = $1::uuid";
        sqlx::query(started).bind(id(&call.visit)).execute(&pool).await.expect("a call that is on");
        call
    }

    async fn booked() -> Call {
        let world = World::new().await;
        let office = Office::of(&world).await;
        let mut staff = office.staff(&world).await;
        let verifier = office.official(&world, office.shelter, &[Role::Verifier]).await;
        let case = takes_in(&mut staff, json!({})).await;
        let contact = names(&mut staff, &case, json!({})).await;
        staff
            .post(&format!("/api/contacts/{}/approve", id(&contact)), vetting())
            .await
            .unwrap()
            .ok()
            .expect("approved");
        staff.post(&format!("/api/cases/{}/consents", id(&case)), consent(json!({}))).await.unwrap().ok().expect("yes");
        let official =
            staff.get("/api/officials?role=verifier").await.unwrap().ok().expect("verifiers")[0]["id"].clone();
        let body = json!({ "case": case["id"], "type": "verification", "contact": contact["id"], "kiosk": null,
            "official": official, "local_start": SOON, "duration_min": 30 });
        let visit = staff.post("/api/visits", body).await.unwrap().ok().expect("a visit");
        world.work().await;
        let phone = redeems(&world, &mut staff).await;
        Call { world, office, staff, verifier, phone, case, visit }
    }

    async fn asks(&mut self) -> Answer {
        let path = format!("/api/visits/{}/document-requests", id(&self.visit));
        self.verifier.post(&path, json!({ "document": "passport", "side": "front" })).await.unwrap()
    }

    async fn answers(&mut self, request: &Value, accepted: bool) -> Answer {
        let body = json!({ "accepted": accepted, "text_version": "still/1", "language": "mam" });
        self.phone.post(&format!("/api/join/document-requests/{}/answer", id(request)), body).await.unwrap()
    }

    async fn sends(&mut self, request: &Value, bytes: &[u8]) -> Answer {
        let hash = Hash::of(bytes).to_string();
        self.sends_as(request, bytes, &hash).await
    }

    async fn sends_as(&mut self, request: &Value, bytes: &[u8], hash: &str) -> Answer {
        let headers = [
            ("content-type", "image/png"),
            ("x-content-sha256", hash),
            ("x-captured-at", "2027-03-15T16:02:00Z"),
            ("x-image-size", "3840x2160"),
        ];
        let path = format!("/api/join/document-requests/{}/still", id(request));
        self.phone.put(&path, bytes.to_vec(), &headers).await.unwrap()
    }

    /// A request that the relative agreed to.
    async fn agreed(&mut self) -> Value {
        let request = self.asks().await.ok().expect("a request");
        self.answers(&request, true).await.ok().expect("agreed")
    }

    /// The public id of a still that is kept.
    async fn kept(&mut self) -> String {
        let request = self.agreed().await;
        let receipt = self.sends(&request, &still(1)).await.ok().expect("a receipt");
        receipt["evidence"].as_str().unwrap().to_owned()
    }

    async fn exports(&mut self) -> Value {
        self.staff.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().expect("stepped up");
        let body =
            json!({ "recipient": "Juzgado de prueba", "purpose": "reunificación", "basis": "artículo de prueba" });
        let path = format!("/api/cases/{}/exports", id(&self.case));
        self.staff.post(&path, body).await.unwrap().ok().expect("an export")
    }

    async fn package_of(&mut self, export: &Value) -> Answer {
        self.staff.get(&format!("/api/exports/{}/package", id(export))).await.unwrap()
    }

    /// The verdict of somebody who has the package and the trust file, and nothing else.
    async fn judges(&mut self, archive: &[u8]) -> Valid {
        let trust = self.world.somebody().get("/api/trust").await.unwrap();
        let trust = Trust::from_json(&trust.bytes).expect("a trust file");
        let files = attest::archive::read_zip(archive).expect("a zip");
        match verify(&files, &trust) {
            Verdict::Valid(valid) => valid,
            Verdict::NotValid { message, .. } => panic!("not valid: {message}"),
        }
    }
}

/// A relative's phone that opened the link and typed the code.
async fn redeems(world: &World, staff: &mut Actor) -> Actor {
    let messages = staff.get("/api/messages").await.unwrap().ok().expect("the outbox");
    let on = |channel: &str| messages.as_array().unwrap().iter().find(|one| one["channel"] == channel).expect("sent");
    let token = on("sms")["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let code: String = on("voice")["text"].as_str().unwrap().chars().filter(char::is_ascii_digit).collect();
    let mut phone = world.somebody();
    phone.post("/api/join/redeem", json!({ "token": token, "code": code })).await.unwrap().ok().expect("a seat");
    phone
}

#[tokio::test]
async fn a_document_is_asked_for_only_in_a_live_call_by_who_takes_part_in_it() {
    let mut call = Call::booked().await;
    assert_eq!(call.asks().await.code(), "call_not_live");
    let mut call = Call::live().await;
    let mut other = call.office.official(&call.world, call.office.shelter, &[Role::Verifier]).await;
    let path = format!("/api/visits/{}/document-requests", id(&call.visit));
    let body = json!({ "document": "passport", "side": "front" });
    assert_eq!(other.post(&path, body.clone()).await.unwrap().code(), "not_allowed");
    let mut stranger = call.office.official(&call.world, call.office.stranger, &[Role::Verifier]).await;
    assert_eq!(stranger.post(&path, body).await.unwrap().code(), "not_found");
    assert_eq!(call.asks().await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_person_who_withdrew_the_consent_is_not_verified_any_more() {
    let mut call = Call::live().await;
    let withdrawn = consent(json!({ "outcome": "withdrawn" }));
    call.world.passes(jiff::SignedDuration::from_secs(1));
    let path = format!("/api/cases/{}/consents", id(&call.case));
    call.staff.post(&path, withdrawn).await.unwrap().ok().expect("withdrawn");
    assert_eq!(call.asks().await.code(), "consent_missing");
}

#[tokio::test]
async fn a_document_that_was_asked_for_is_not_taken_after_the_consent_was_withdrawn() {
    let mut call = Call::live().await;
    let (agreed, asked) = (call.agreed().await, call.asks().await.ok().expect("a request"));
    let path = format!("/api/cases/{}/consents", id(&call.case));
    let no = consent(json!({ "outcome": "withdrawn" }));
    call.staff.post(&path, no).await.unwrap().ok().expect("withdrawn");
    call.world.work().await;
    let sent = call.sends(&agreed, &still(1)).await;
    assert!(!sent.status.is_success(), "{}", sent.status);
    assert!(!call.answers(&asked, true).await.status.is_success());
    let sql = "select count(*) from document_requests where state <> 'refused'";
    let open: i64 = sqlx::query_scalar(sql).fetch_one(&call.world.behind().await).await.unwrap();
    assert_eq!(open, 0);
}

#[tokio::test]
async fn a_still_is_taken_only_after_a_yes_and_a_no_stays_a_no() {
    let mut call = Call::live().await;
    let request = call.asks().await.ok().unwrap();
    assert_eq!(call.sends(&request, &still(1)).await.code(), "not_accepted");
    assert_eq!(call.answers(&request, false).await.ok().unwrap()["state"], "refused");
    assert_eq!(call.answers(&request, true).await.code(), "answered_otherwise");
    assert_eq!(call.sends(&request, &still(1)).await.code(), "not_accepted");
    let path = format!("/api/visits/{}/document-requests", id(&call.visit));
    assert_eq!(call.verifier.get(&path).await.unwrap().json()[0]["state"], "refused");
}

#[tokio::test]
async fn the_same_upload_twice_is_one_item_and_other_bytes_are_a_conflict() {
    let mut call = Call::live().await;
    let request = call.agreed().await;
    let first = call.sends(&request, &still(1)).await.ok().expect("a receipt");
    assert_eq!(call.sends(&request, &still(1)).await.ok().expect("the same receipt"), first);
    assert_eq!(call.sends(&request, &still(2)).await.code(), "stored_otherwise");
    assert_eq!(first["sha256"], Hash::of(&still(1)).to_string());
    let objects = std::fs::read_dir(call.world.folder.join("objects")).expect("the object folder").count();
    assert_eq!(objects, 1);
}

#[tokio::test]
async fn what_is_no_picture_or_arrived_changed_is_refused() {
    let mut call = Call::live().await;
    let request = call.agreed().await;
    assert_eq!(call.sends(&request, b"%PDF-1.7 prueba").await.code(), "not_an_image");
    let hash = Hash::of(&still(2)).to_string();
    assert_eq!(call.sends_as(&request, &still(1), &hash).await.code(), "hash_differs");
    assert_eq!(call.sends_as(&request, &still(1), "no").await.code(), "invalid");
    let mut large = still(1);
    large.resize(12 * 1024 * 1024 + 1, 0);
    assert_eq!(call.sends(&request, &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(call.sends(&request, &still(1)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_still_lies_sealed_and_whoever_opens_it_is_written_down() {
    let mut call = Call::live().await;
    let item = call.kept().await;
    for file in std::fs::read_dir(call.world.folder.join("objects")).expect("the object folder") {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(4).any(|four| four == b"IHDR"), "a still lies in clear");
    }
    let path = format!("/api/evidence/{item}/content");
    let opened = call.verifier.get(&path).await.unwrap();
    assert_eq!(opened.bytes, still(1));
    assert_eq!(
        (&opened.headers["content-type"], &opened.headers["content-disposition"]),
        (&"image/png".parse().unwrap(), &"inline".parse().unwrap())
    );
    let access = call.staff.get(&format!("/api/cases/{}/access", id(&call.case))).await.unwrap().ok().unwrap();
    assert!(access.as_array().unwrap().iter().any(|row| row["action"] == "read_evidence"));
    let mut stranger = call.office.official(&call.world, call.office.stranger, &[Role::Verifier]).await;
    assert_eq!(stranger.get(&path).await.unwrap().code(), "not_found");
    let intake = &[Role::Intake];
    let mut intake = call.office.official(&call.world, call.office.shelter, intake).await;
    assert_eq!(intake.get(&path).await.unwrap().code(), "not_allowed");
}

#[tokio::test]
async fn a_package_of_the_case_verifies_and_does_not_tell_where_the_person_is() {
    let mut call = Call::live().await;
    let item = call.kept().await;
    let seen = json!({ "how": "original_held_to_camera" });
    let described = call.verifier.post(&format!("/api/evidence/{item}/seen"), seen).await.unwrap().ok().expect("seen");
    assert_eq!(described["how_seen"], "original_held_to_camera");
    let export = call.exports().await;
    call.world.work().await;
    assert_eq!(call.package_of(&export).await.code(), "not_ready", "the log has not placed the entries");
    Sequencer::new(&call.world.app).run_once().await.expect("sequenced");
    call.world.passes(jiff::SignedDuration::from_secs(1));
    call.world.work().await;
    let package = call.package_of(&export).await;
    assert_eq!(
        (package.status, &package.headers["content-type"]),
        (StatusCode::OK, &"application/zip".parse().unwrap())
    );
    let valid = call.judges(&package.bytes).await;
    assert_eq!((valid.objects, valid.log), (1, log::origin(&call.world.app)));
    let hidden = |redaction: &Redaction| match redaction {
        Redaction::Field { name, .. } => name.clone(),
        Redaction::Object { .. } => "a file".to_owned(),
    };
    let hidden: BTreeSet<String> = valid.redactions.iter().map(hidden).collect();
    assert_eq!(hidden, BTreeSet::from(["device".to_owned(), "place".to_owned(), "site".to_owned()]));
    assert!(!package.bytes.windows(15).any(|part| part == b"Sitio de prueba"));
    assert!(package.bytes.windows(17).any(|part| part == b"Juzgado de prueba"));
    let view = call.staff.get(&format!("/api/exports/{}", id(&export))).await.unwrap().ok().unwrap();
    assert_eq!((&view["state"], &view["sha256"]), (&json!("ready"), &json!(Hash::of(&package.bytes).to_string())));
}

#[tokio::test]
async fn an_export_needs_a_fresh_passkey_a_recipient_a_purpose_and_a_basis() {
    let mut call = Call::booked().await;
    let path = format!("/api/cases/{}/exports", id(&call.case));
    let body = json!({ "recipient": " ", "purpose": "", "basis": "x".repeat(301) });
    assert_eq!(call.staff.post(&path, body.clone()).await.unwrap().code(), "step_up_needed");
    call.staff.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().expect("stepped up");
    let fields = call.staff.post(&path, body.clone()).await.unwrap().json()["fields"].clone();
    assert_eq!(fields, json!({ "recipient": "required", "purpose": "required", "basis": "too_long" }));
    let mut stranger = call.office.official(&call.world, call.office.stranger, &[Role::Decider]).await;
    assert_eq!(stranger.post(&path, body).await.unwrap().code(), "not_found");
    assert_eq!(call.staff.get(&path).await.unwrap().json(), json!([]));
}

#[tokio::test]
async fn a_second_sequencer_continues_the_log_and_a_restored_old_database_signs_no_fork() {
    let mut call = Call::live().await;
    let app = call.world.app.clone();
    let mut first = Sequencer::new(&app);
    assert!(first.run_once().await.expect("sequenced") > 0);
    call.kept().await;
    let mut second = Sequencer::new(&app);
    assert!(second.run_once().await.expect("continued") > 0);
    assert_eq!(first.run_once().await.expect("nothing waits"), 0);
    let pool = call.world.behind().await;
    // What a restore of an older backup amounts to: the newest checkpoint and all that came with it is gone.
    for sql in [
        "delete from checkpoints where size = (select max(size) from checkpoints)",
        "delete from log_leaves where index >= (select max(size) from checkpoints)",
        "delete from log_nodes where level = 0 and index >= (select max(size) from checkpoints)",
    ] {
        let mut behind = pool.acquire().await.unwrap();
        sqlx::query("set session_replication_role = replica").execute(&mut *behind).await.unwrap();
        sqlx::query(sql).execute(&mut *behind).await.expect("behind the server's back");
    }
    for mut sequencer in [first, Sequencer::new(&app)] {
        assert!(matches!(sequencer.run_once().await, Err(log::Error::Fork(_))));
    }
}

/// The files that lie in the object store.
fn files(world: &World) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(world.folder.join("objects")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test]
async fn a_file_that_no_row_names_is_swept_after_a_day_and_one_that_a_row_names_never() {
    let mut call = Call::live().await;
    let item = call.kept().await;
    let case: uuid::Uuid = sqlx::query_scalar("select case_id from evidence_items limit 1")
        .fetch_one(&call.world.behind().await)
        .await
        .expect("the case");
    let app = call.world.app.clone();
    let lost = objects::put(&app, case.into(), "evidence_items.object", b"bytes of a crash").await.expect("stored");
    assert_eq!(files(&call.world).len(), 2);
    call.world.passes(jiff::SignedDuration::from_hours(23));
    call.world.work().await;
    assert_eq!(files(&call.world).len(), 2, "too young");
    call.world.passes(jiff::SignedDuration::from_hours(1));
    call.world.work().await;
    let left = files(&call.world);
    assert!(left.len() == 1 && !left[0].ends_with(&lost.key), "{left:?}");
    let mut tx = app.db.begin(reencuentro::db::Scope::Runner).await.unwrap();
    assert!(matches!(objects::name(&mut tx, &lost).await, Err(objects::Error::Swept)), "nothing names it any more");
    let mut verifier = call.office.official(&call.world, call.office.shelter, &[Role::Verifier]).await;
    let kept = verifier.get(&format!("/api/evidence/{item}/content")).await.unwrap();
    assert_eq!((kept.status, kept.bytes), (StatusCode::OK, still(1)));
}

#[tokio::test]
async fn an_export_that_cannot_be_built_says_so_and_can_be_asked_for_again() {
    let mut call = Call::live().await;
    call.kept().await;
    let file = files(&call.world).pop().expect("the still");
    let aside = call.world.folder.join("aside");
    std::fs::rename(&file, &aside).unwrap();
    let export = call.exports().await;
    Sequencer::new(&call.world.app).run_once().await.expect("sequenced");
    for _ in 0..8 {
        let view = call.staff.get(&format!("/api/exports/{}", id(&export))).await.unwrap().ok().unwrap();
        assert_eq!((&view["state"], &view["reason"]), (&json!("preparing"), &Value::Null));
        call.world.passes(jiff::SignedDuration::from_mins(20));
        call.world.work().await;
    }
    let mut staff = call.office.staff(&call.world).await;
    let view = staff.get(&format!("/api/exports/{}", id(&export))).await.unwrap().ok().unwrap();
    assert_eq!((&view["state"], &view["reason"]), (&json!("failed"), &json!("not_readable")));
    std::fs::rename(&aside, &file).unwrap();
    call.staff = staff;
    let again = call.exports().await;
    Sequencer::new(&call.world.app).run_once().await.expect("sequenced");
    call.world.passes(jiff::SignedDuration::from_secs(1));
    call.world.work().await;
    assert_eq!(call.package_of(&again).await.status, StatusCode::OK);
    assert_eq!(call.package_of(&export).await.code(), "not_ready");
}
