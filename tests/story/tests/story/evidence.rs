//! What the call showed is kept: sealed, read on record, never swept while a row names it, in a log without a fork.
use axum::http::StatusCode;
use policy::Role;
use reencuentro::db::Scope;
use reencuentro::log::{self, Sequencer};
use reencuentro::objects;
use story::World;
use story::interview::{Interview, files, picture, sha256};
use story::office::id;

/// The public id of a still that is kept, and its content's path.
async fn kept(call: &mut Interview) -> String {
    let receipt = call.shows(&picture(b"")).await;
    format!("/api/evidence/{}/content", receipt["evidence"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_still_lies_sealed_and_whoever_opens_it_is_written_down() {
    let world = World::new().await;
    let mut call = Interview::by_a_colleague(&world).await;
    let path = kept(&mut call).await;
    for file in files(&world) {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(4).any(|four| four == b"IHDR"), "a still lies in clear");
    }
    let reads = "/api/cases/".to_owned() + id(&call.ready.case) + "/access";
    let access = call.staff.get(&reads).await.unwrap().ok().unwrap();
    assert!(access.as_array().unwrap().iter().all(|row| row["action"] != "read_evidence"), "nobody read it yet");
    let opened = call.verifier.get(&path).await.unwrap();
    assert_eq!(opened.bytes, picture(b""));
    assert_eq!(
        (&opened.headers["content-type"], &opened.headers["content-disposition"]),
        (&"image/png".parse().unwrap(), &"inline".parse().unwrap())
    );
    let access = call.staff.get(&reads).await.unwrap().ok().unwrap();
    assert!(access.as_array().unwrap().iter().any(|row| row["action"] == "read_evidence"));
    let mut stranger = call.office.official(&world, call.office.stranger, &[Role::Verifier]).await;
    assert_eq!(stranger.get(&path).await.unwrap().code(), "not_found");
    let mut intake = call.office.official(&world, call.office.shelter, &[Role::Intake]).await;
    assert_eq!(intake.get(&path).await.unwrap().code(), "not_allowed");
}

#[tokio::test]
async fn a_second_sequencer_continues_the_log_and_a_restored_old_database_signs_no_fork() {
    let world = World::new().await;
    let mut call = Interview::by_a_colleague(&world).await;
    let app = world.app.clone();
    let mut first = Sequencer::new(&app);
    assert!(first.run_once().await.expect("sequenced") > 0);
    kept(&mut call).await;
    let mut second = Sequencer::new(&app);
    assert!(second.run_once().await.expect("continued") > 0);
    assert_eq!(first.run_once().await.expect("nothing waits"), 0);
    let pool = world.behind().await;
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

#[tokio::test]
async fn a_file_that_no_row_names_is_swept_after_a_day_and_one_that_a_row_names_never() {
    let world = World::new().await;
    let mut call = Interview::by_a_colleague(&world).await;
    let path = kept(&mut call).await;
    let case: uuid::Uuid = sqlx::query_scalar("select case_id from evidence_items limit 1")
        .fetch_one(&world.behind().await)
        .await
        .expect("the case");
    let app = world.app.clone();
    let lost = objects::put(&app, case.into(), "evidence_items.object", b"bytes of a crash").await.expect("stored");
    assert_eq!(files(&world).len(), 2);
    world.passes(jiff::SignedDuration::from_hours(23));
    world.work().await;
    assert_eq!(files(&world).len(), 2, "too young");
    world.passes(jiff::SignedDuration::from_hours(1));
    world.work().await;
    let left = files(&world);
    assert!(left.len() == 1 && !left[0].ends_with(&lost.key), "{left:?}");
    let mut tx = app.db.begin(Scope::Runner).await.unwrap();
    assert!(matches!(objects::name(&mut tx, &lost).await, Err(objects::Error::Swept)), "nothing names it any more");
    let mut verifier = call.office.official(&world, call.office.shelter, &[Role::Verifier]).await;
    let kept = verifier.get(&path).await.unwrap();
    assert_eq!((kept.status, kept.bytes), (StatusCode::OK, picture(b"")));
}

#[tokio::test]
async fn the_senders_clock_counts_only_where_it_can_be_true() {
    for (told, by) in [
        ("2027-03-15T16:00:30Z", "sender"),
        ("1999-01-01T00:00:00Z", "server"),
        ("2031-01-01T00:00:00Z", "server"),
        ("2027-03-15T15:00:00Z", "server"),
    ] {
        let world = World::new().await;
        let mut call = Interview::of(&world).await;
        let request = call.agreed().await;
        let still = picture(b"");
        let sent = [("x-content-sha256", sha256(&still)), ("x-captured-at", told.to_owned())];
        let headers: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
        call.sends_with(&request, &still, &headers).await.ok().expect("stored, whatever the clock says");
        let sql = "select captured_clock, captured_at::text = $1::timestamptz::text, captured_at = recorded_at from evidence_items";
        let stored: (String, bool, bool) =
            sqlx::query_as(sql).bind(told).fetch_one(&world.behind().await).await.expect("one item");
        assert_eq!(stored, (by.to_owned(), by == "sender", by == "server"), "{told}");
    }
}
