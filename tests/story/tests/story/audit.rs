//! Every look at a case leaves its row, and no row changes.
use serde_json::json;
use sqlx::{PgPool, Row};
use story::World;
use story::interview::{Interview, exports, picture};
use story::office::id;
use uuid::Uuid;

async fn rows_about(behind: &PgPool, case: &Uuid) -> Vec<(String, String)> {
    sqlx::query("select action, purpose from audit_rows where $1 = any (case_ids)")
        .bind(case)
        .fetch_all(behind)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("action"), row.get("purpose")))
        .collect()
}

#[tokio::test]
async fn what_a_relative_reads_of_their_own_visit_is_written_down_too() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let behind = world.behind().await;
    let case: Uuid = sqlx::query_scalar("select id from cases").fetch_one(&behind).await.unwrap();
    for (path, action) in
        [("/api/join/visit", "read_visit"), ("/api/join/document-requests", "answer_document_request")]
    {
        let before = rows_about(&behind, &case).await.len();
        call.phone.get(path).await.unwrap().ok().expect("read");
        let after = rows_about(&behind, &case).await;
        assert_eq!(after.len(), before + 1, "{path}");
        assert!(after.contains(&(action.to_owned(), "own_visit".to_owned())), "{path}: {after:?}");
    }
}

#[tokio::test]
async fn each_read_of_a_case_adds_one_row_that_names_what_was_done_and_to_which_case() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let receipt = call.shows(&picture(b"")).await;
    let export = exports(&world, &mut call.staff, &call.ready.case).await;
    let claim = call.claim().await;
    let behind = world.behind().await;
    let case: Uuid = sqlx::query_scalar("select id from cases").fetch_one(&behind).await.unwrap();
    let (case_id, visit, evidence) = (id(&call.ready.case), id(&call.visit), receipt["evidence"].as_str().unwrap());
    for (path, action, purpose) in [
        ("/api/cases".to_owned(), "list_cases", "care"),
        (format!("/api/cases/{case_id}"), "read_case", "care"),
        (format!("/api/cases/{case_id}/access"), "read_access", "oversight"),
        ("/api/visits?from=2027-03-15&to=2027-03-16".to_owned(), "read_day", "scheduling"),
        (format!("/api/visits/{visit}"), "read_visit", "scheduling"),
        (format!("/api/visits/{visit}/document-requests"), "read_evidence", "verification"),
        ("/api/today".to_owned(), "read_day", "scheduling"),
        ("/api/messages".to_owned(), "read_messages", "scheduling"),
        (format!("/api/evidence/{evidence}/content"), "read_evidence", "verification"),
        (format!("/api/claims/{}", id(&claim)), "read_claim", "verification"),
        (format!("/api/cases/{case_id}/exports"), "read_export", "export"),
        (format!("/api/exports/{}", id(&export)), "read_export", "export"),
        (format!("/api/exports/{}/package", id(&export)), "fetch_package", "export"),
    ] {
        let before = rows_about(&behind, &case).await;
        let answer = call.staff.get(&path).await.unwrap();
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        let after = rows_about(&behind, &case).await;
        let mut added = after;
        for row in before {
            // No row of before is gone, and what is left over is new.
            added.swap_remove(added.iter().position(|one| *one == row).expect("rows stay"));
        }
        assert_eq!(added, [(action.to_owned(), purpose.to_owned())], "{path}");
    }
}

#[tokio::test]
async fn a_read_that_was_refused_leaves_no_row_of_access() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let behind = world.behind().await;
    let case: Uuid = sqlx::query_scalar("select id from cases").fetch_one(&behind).await.unwrap();
    let before = rows_about(&behind, &case).await.len();
    let mut stranger = call.office.official(&world, call.office.stranger, policy::Role::ALL).await;
    stranger.get(&format!("/api/cases/{}", id(&call.ready.case))).await.unwrap();
    call.verifier.get(&format!("/api/cases/{}/access", id(&call.ready.case))).await.unwrap();
    assert_eq!(rows_about(&behind, &case).await.len(), before);
}

const APPEND_ONLY: [&str; 14] = [
    "answers",
    "consent_events",
    "participant_transitions",
    "claim_levels",
    "claim_roles",
    "recommendations",
    "decisions",
    "evidence_items",
    "evidence_seen",
    "log_entries",
    "log_leaves",
    "log_nodes",
    "checkpoints",
    "audit_rows",
];

#[tokio::test]
async fn what_was_written_down_is_changed_by_nobody_not_even_by_the_owner_of_the_schema() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    call.shows(&picture(b"")).await;
    let behind = world.behind().await;
    let app = world.app.db.pool();
    for table in APPEND_ONLY {
        let column: String = sqlx::query_scalar(
            "select attname::text from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum limit 1",
        )
        .bind(table)
        .fetch_one(&behind)
        .await
        .unwrap();
        for sql in [format!("update {table} set {column} = {column}"), format!("delete from {table}")] {
            for (who, pool) in [("the app", app), ("the owner", &behind)] {
                let refused = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).execute(pool).await;
                let code =
                    refused.err().and_then(|error| error.as_database_error()?.code().map(|code| code.to_string()));
                assert_eq!(code.as_deref(), Some("42501"), "{who}: {sql}");
            }
        }
    }
}

#[tokio::test]
async fn the_audit_is_read_by_the_institution_whose_case_it_is_and_by_no_other() {
    let world = World::new().await;
    let mut call = Interview::of(&world).await;
    let access = format!("/api/cases/{}/access", id(&call.ready.case));
    let seen = call.staff.get(&access).await.unwrap().ok().unwrap();
    assert!(seen.as_array().unwrap().iter().any(|row| row["by"]["institution"] == "Cancillería de prueba"));
    let mut officer = call.office.official(&world, call.office.ministry, policy::Role::ALL).await;
    assert_eq!(officer.get(&access).await.unwrap().json()["code"], json!("not_allowed"));
}
