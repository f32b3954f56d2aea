//! What holds before anybody does anything.
use axum::http::StatusCode;
use story::World;

#[tokio::test]
async fn nobody_without_a_session_gets_in() {
    let world = World::new().await;
    let answer = world.somebody().get("/api/me").await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.code(), "sign_in_needed");
}

#[tokio::test]
async fn the_app_role_cannot_bypass_the_policies_and_owns_nothing() {
    let world = World::new().await;
    let behind = world.behind().await;
    let row: (bool, bool, i64) = sqlx::query_as(
        "select rolsuper, rolbypassrls, (select count(*) from pg_class c where c.relowner = r.oid) from pg_roles r where rolname = 'reencuentro_app'",
    )
    .fetch_one(&behind)
    .await
    .unwrap();
    assert_eq!(row, (false, false, 0));
}

#[tokio::test]
async fn without_a_context_no_table_shows_a_row_and_none_takes_one() {
    let world = World::new().await;
    let unforced: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'case_id'
         where c.relkind = 'r' and not (c.relrowsecurity and c.relforcerowsecurity)",
    )
    .fetch_all(&world.behind().await)
    .await
    .unwrap();
    assert_eq!(unforced, Vec::<String>::new(), "tables with case data and no forced row-level security");
    let insert = sqlx::query(
        "insert into case_heads (case_id, log_pseudonym, entries) values (gen_random_uuid(), gen_random_uuid(), 0)",
    );
    let refused = insert.execute(world.app.db.pool()).await.unwrap_err();
    assert_eq!(refused.as_database_error().unwrap().code().unwrap(), "42501");
}
