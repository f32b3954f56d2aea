//! Without saying who acts nothing is seen and nothing is written, in every table that the catalogue has under policies:
//! a new one is covered by itself.
use policy::Role;
use reencuentro::objects;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use story::World;
use story::interview::{Interview, exports, picture};
use story::office::{answered, consents, id, takes_in};
use story::visit::Kiosk;

/// The one forced table that the story leaves without a row: a passkey is made by a device that no test here has.
const WITHOUT_A_ROW: [&str; 1] = ["passkeys"];
const REFUSED: &str = "42501";

async fn names(pool: &PgPool, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(pool).await.expect("the catalogue is readable")
}

async fn forced(behind: &PgPool) -> Vec<String> {
    let sql = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        and relforcerowsecurity order by 1";
    names(behind, sql).await
}

/// What came of a statement: rows, or the database's code.
async fn does(pool: &PgPool, sql: String) -> Result<u64, String> {
    let done = sqlx::query(AssertSqlSafe(sql)).execute(pool).await;
    done.map(|done| done.rows_affected()).map_err(|error| code_of(&error))
}

fn code_of(error: &sqlx::Error) -> String {
    error.as_database_error().expect("a database error").code().expect("a code").into_owned()
}

/// Everything that leaves a row: a call, a document, a note, a recommendation, a decision, an export, a family visit;
/// and what lies in a table for a moment only.
async fn a_full_story(world: &World) {
    let mut call = Interview::of(world).await;
    let receipt = call.shows(&picture(b"")).await;
    call.describes(&receipt).await;
    call.notes("Coincide.", true).await.ok().expect("noted");
    let claim = format!("/api/claims/{}", id(&call.claim().await));
    let body = json!({ "conclusion": "uphold", "reasons": "Documento visto.", "counter_evidence": null });
    call.verifier.post(&format!("{claim}/recommendation"), body).await.unwrap().ok().expect("recommended");
    let mut decider = call.office.official(world, call.office.shelter, &[Role::Decider]).await;
    decider.post("/api/auth/step-up/demo", json!({})).await.unwrap().ok().expect("presence shown");
    let body = json!({ "conclusion": "uphold", "reasons": "Se confirma." });
    decider.post(&format!("{claim}/decision"), body).await.unwrap().ok().expect("decided");
    exports(world, &mut call.staff, &call.ready.case).await;
    let family = call.ready.family(json!({ "local_start": "2027-03-15T13:00:00" }));
    call.staff.post("/api/visits", family).await.unwrap().ok().expect("booked");
    world.work().await;
    let mut kiosk = Kiosk::with_session(world, &call.office).await;
    kiosk.nonce().await;
    decider.post("/api/auth/passkeys/register/start", json!({})).await.unwrap().ok().expect("a ceremony begun");
    let feared = takes_in(&mut call.staff, json!({ "protection": answered("yes") })).await;
    consents(&mut call.staff, &feared, json!({})).await;
    let key: uuid::Uuid =
        sqlx::query_scalar("select id from cases limit 1").fetch_one(&world.behind().await).await.expect("a case");
    objects::put(&world.app, key.into(), "evidence_items.object", b"nobody names it").await.expect("stored");
}

/// The columns of a table that may be given.
async fn columns(behind: &PgPool, table: &str) -> String {
    let sql = "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
        where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''";
    sqlx::query_scalar(sql).bind(table).fetch_one(behind).await.expect("columns")
}

/// A row as it is, written once more: as plausible as a row can be. The owner, whom no policy holds, is stopped by
/// nothing but its key; what that proves is that the statement is right.
async fn is_written_again(pool: &PgPool, (table, columns): (&str, &str), row: &Value) -> Result<u64, String> {
    let sql = format!("insert into {table} ({columns}) select {columns} from jsonb_populate_record(null::{table}, $1)");
    let mut tx = pool.begin().await.expect("a transaction");
    let done = sqlx::query(AssertSqlSafe(sql)).bind(row).execute(&mut *tx).await;
    done.map(|done| done.rows_affected()).map_err(|error| code_of(&error))
}

#[tokio::test]
async fn without_saying_who_acts_nothing_is_seen_written_changed_or_deleted() {
    let world = World::new().await;
    a_full_story(&world).await;
    let (app, behind) = (world.app.db.pool(), world.behind().await);
    let tables = forced(&behind).await;
    assert!(tables.len() > 35, "{tables:?}");
    let mut empty = vec![];
    for table in &tables {
        let seen = does(app, format!("select from {table}")).await;
        assert_eq!(seen, Ok(0), "{table} shows a row");
        assert_eq!(does(app, format!("insert into {table} default values")).await, Err(REFUSED.into()), "{table}");
        let rows: Option<Value> =
            sqlx::query_scalar(AssertSqlSafe(format!("select row_to_json(t) from {table} t limit 1")))
                .fetch_optional(&behind)
                .await
                .expect("the owner reads");
        let columns = columns(&behind, table).await;
        for sql in [format!("delete from {table}"), format!("update {table} set ({columns}) = row({columns})")] {
            let done = does(app, sql.clone()).await;
            assert!(done == Ok(0) || done == Err(REFUSED.into()), "{sql}: {done:?}");
        }
        let Some(row) = rows else {
            empty.push(table.as_str());
            continue;
        };
        let by_owner = is_written_again(&behind, (table, &columns), &row).await;
        assert!(by_owner == Ok(1) || by_owner == Err("23505".into()), "{table}: {by_owner:?}");
        assert_eq!(is_written_again(app, (table, &columns), &row).await, Err(REFUSED.into()), "{table} takes a row");
    }
    assert_eq!(empty, WITHOUT_A_ROW, "a table that the story fills no more, or a new one that it does not fill yet");
}
