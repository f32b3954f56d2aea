//! What a call shows becomes evidence: asked for, agreed to, hashed by the sender, sealed, in the log.
use axum::http::StatusCode;
use policy::Role;
use serde_json::{Value, json};
use sqlx::{PgPool, Row};
use story::World;
use story::interview::{Interview, files, picture, sha256};
use story::office::{Office, id};
use story::visit::{Ready, books};

async fn count(behind: &PgPool, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(sql).fetch_one(behind).await.unwrap()
}

#[tokio::test]
async fn a_document_is_asked_for_in_the_live_call_by_who_takes_part_with_the_persons_consent() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let path = format!("/api/visits/{}/document-requests", id(&call.visit));
    let body = json!({ "document": "passport", "side": "front" });
    let mut colleague = call.office.consul(&world).await;
    assert_eq!(colleague.post(&path, body.clone()).await.unwrap().code(), "not_allowed");
    assert_eq!(call.staff.post(&path, body.clone()).await.unwrap().code(), "not_allowed");
    let mut stranger = call.office.official(&world, call.office.stranger, &[Role::Verifier]).await;
    assert_eq!(stranger.post(&path, body).await.unwrap().code(), "not_found");
    let asked = call.asks().await.ok().unwrap();
    assert_eq!(asked["state"], "asked");
    let told = call.home.hears("document_asked").await;
    assert_eq!((&told["request"], &told["document"]), (&asked["id"], &json!("passport")));
    call.withdraws_consent().await;
    // The grant stood on the consent: to the consul the visit is now like one that does not exist.
    assert_eq!(call.asks().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_person_who_withdrew_the_consent_is_not_verified_any_more_in_the_own_house_either() {
    let world = World::new().await;
    let mut call = Interview::by_a_colleague(&world).await;
    call.asks().await.ok().expect("with the consent");
    call.withdraws_consent().await;
    assert_eq!(call.asks().await.code(), "consent_missing");
}

#[tokio::test]
async fn a_document_that_was_asked_for_is_not_taken_after_the_consent_was_withdrawn() {
    let world = World::new().await;
    let mut call = Interview::by_a_colleague(&world).await;
    let (agreed, asked) = (call.agreed().await, call.asks().await.ok().expect("a request"));
    call.withdraws_consent().await;
    world.work().await;
    let still = picture(b"");
    let sent = call.sends(&agreed, &still, &sha256(&still)).await;
    assert!(!sent.status.is_success(), "{}", sent.status);
    assert!(!call.answers(&asked, true).await.status.is_success());
    let behind = world.behind().await;
    assert_eq!(count(&behind, "document_requests where state <> 'refused'").await, 0);
    assert_eq!((count(&behind, "evidence_items").await, files(&world).len()), (0, 0));
}

#[tokio::test]
async fn before_the_call_is_live_and_after_the_grant_ended_no_document_is_asked_for() {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let (mut staff, mut consul) = (office.staff(&world).await, office.consul(&world).await);
    let me = consul.get("/api/me").await.unwrap().ok().unwrap();
    let ready = Ready::of(&mut staff).await;
    let grant = ready.admits(&mut staff, &me["institution"]["id"]).await;
    let visit = books(&mut staff, ready.verification(&me["official"]["id"], json!({}))).await.ok().unwrap();
    let path = format!("/api/visits/{}/document-requests", id(&visit));
    let body = json!({ "document": "passport", "side": "front" });
    assert_eq!(consul.post(&path, body.clone()).await.unwrap().code(), "call_not_live");
    staff.post(&format!("/api/grants/{}/withdraw", id(&grant)), json!({})).await.unwrap().ok().unwrap();
    assert_eq!(consul.post(&path, body).await.unwrap().status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_relative_who_says_no_sends_nothing_and_the_no_is_a_consent_event() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let request = call.asks().await.ok().unwrap();
    let still = picture(b"");
    assert_eq!(call.sends(&request, &still, &sha256(&still)).await.code(), "not_accepted", "nobody was asked yet");
    assert_eq!(call.answers(&request, false).await.ok().unwrap()["state"], "refused");
    call.desk.hears("document_refused").await;
    assert_eq!(call.sends(&request, &still, &sha256(&still)).await.code(), "not_accepted");
    assert_eq!(call.answers(&request, true).await.code(), "answered_otherwise");
    assert_eq!(call.sends(&request, &still, &sha256(&still)).await.code(), "not_accepted", "a no stays a no");
    let path = format!("/api/visits/{}/document-requests", id(&call.visit));
    assert_eq!(call.verifier.get(&path).await.unwrap().json()[0]["state"], "refused");
    let outcome: String = sqlx::query_scalar("select outcome from consent_events where given_by = 'contact'")
        .fetch_one(&world.behind().await)
        .await
        .unwrap();
    assert_eq!(outcome, "refused");
    assert_eq!(files(&world).len(), 0);
}

#[tokio::test]
async fn what_is_no_picture_too_large_or_has_another_hash_is_refused_and_nothing_is_kept() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let request = call.agreed().await;
    let (still, text) = (picture(b"a"), b"%PDF-1.7 not a picture".to_vec());
    let too_large = picture(&vec![0; 12 * 1024 * 1024]);
    for (bytes, hash, status, code) in [
        (&still, sha256(b"other bytes"), StatusCode::UNPROCESSABLE_ENTITY, "hash_differs"),
        (&text, sha256(&text), StatusCode::UNPROCESSABLE_ENTITY, "not_an_image"),
        (&still, "no hash at all".to_owned(), StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        (&too_large, sha256(&too_large), StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
    ] {
        let answer = call.sends(&request, bytes, &hash).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    }
    let behind = world.behind().await;
    assert_eq!((count(&behind, "evidence_items").await, files(&world).len()), (0, 0));
    call.sends(&request, &still, &sha256(&still)).await.ok().expect("the right one is still taken");
}

#[tokio::test]
async fn a_still_is_stored_sealed_with_the_senders_hash_and_its_entry_in_the_log() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let still = picture("Pasaporte de muestra de Zarzamora".as_bytes());
    let receipt = call.shows(&still).await;
    assert_eq!((&receipt["sha256"], &receipt["size_bytes"]), (&json!(sha256(&still)), &json!(still.len())));
    let told = call.desk.hears("document_stored").await;
    assert_eq!((&told["sha256"], &told["evidence"]), (&receipt["sha256"], &receipt["evidence"]));

    let files = files(&world);
    assert_eq!(files.len(), 1);
    let sealed = std::fs::read(&files[0]).unwrap();
    for part in [&b"Zarzamora"[..], b"\x89PNG"] {
        assert!(!sealed.windows(part.len()).any(|bytes| bytes == part), "the file is not sealed");
    }
    // One transaction wrote the item, its log entry and the state of the request.
    let behind = world.behind().await;
    let row = sqlx::query(
        "select encode(e.plaintext_sha256, 'hex') as hash, e.xmin::text = l.xmin::text as with_its_entry,
            e.xmin::text = r.xmin::text as with_its_request, e.consent_id is not null as on_a_consent
         from evidence_items e join log_entries l on l.evidence_id = e.id join document_requests r on r.id = e.request_id",
    )
    .fetch_one(&behind)
    .await
    .unwrap();
    assert_eq!(row.get::<String, _>("hash"), sha256(&still));
    assert!(row.get::<bool, _>("with_its_entry") && row.get::<bool, _>("with_its_request"));
    assert!(row.get::<bool, _>("on_a_consent"));

    let path = format!("/api/evidence/{}/content", receipt["evidence"].as_str().unwrap());
    let shown = call.verifier.get(&path).await.unwrap();
    assert_eq!((shown.status, &shown.bytes), (StatusCode::OK, &still));
    assert_eq!(shown.headers["content-type"], "image/png");
}

#[tokio::test]
async fn an_upload_that_is_repeated_is_one_item_and_other_bytes_are_a_conflict() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let request = call.agreed().await;
    let (still, other) = (picture(b"a"), picture(b"b"));
    let first = call.sends(&request, &still, &sha256(&still)).await.ok().unwrap();
    let again = call.sends(&request, &still, &sha256(&still)).await.ok().unwrap();
    assert_eq!(first, again);
    assert_eq!(call.sends(&request, &other, &sha256(&other)).await.code(), "stored_otherwise");
    assert_eq!((count(&world.behind().await, "evidence_items").await, files(&world).len()), (1, 1));
}

#[tokio::test]
async fn of_one_still_sent_twenty_times_at_once_one_is_kept() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let request = call.agreed().await;
    let still = picture(b"a");
    let path = format!("/api/join/document-requests/{}/still", id(&request));
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (mut phone, path, still) = (call.phone.clone(), path.clone(), still.clone());
        sending.spawn(async move {
            let hash = sha256(&still);
            phone.put(&path, still, &[("content-type", "image/png"), ("x-content-sha256", &hash)]).await.unwrap()
        });
    }
    let answers: Vec<Value> = sending.join_all().await.into_iter().map(|answer| answer.ok().unwrap()).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "everybody hears of the same item");
    let behind = world.behind().await;
    assert_eq!((count(&behind, "evidence_items").await, files(&world).len()), (1, 1));
}

#[tokio::test]
async fn a_request_of_another_visit_is_like_one_that_does_not_exist() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let request = call.asks().await.ok().unwrap();
    let other = World::seeded(2).await;
    let mut elsewhere = Interview::of(&other).await;
    let missing = elsewhere.answers(&request, true).await;
    let nowhere = call.answers(&json!({ "id": "00000000-0000-4000-8000-000000000000" }), true).await;
    assert_eq!((missing.status, &missing.bytes), (StatusCode::NOT_FOUND, &nowhere.bytes));
}
