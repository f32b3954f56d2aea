//! SQL of intents: which files nothing names yet.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;

use crate::db::Tx;

pub(super) async fn insert(tx: &mut Tx, key: &str) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!("insert into object_intents (key, at) values ($1, $2)", key, now.to_sqlx()).execute(tx.conn()).await?;
    Ok(())
}

/// False where the file was swept: nothing may name it any more.
pub(super) async fn remove(tx: &mut Tx, key: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from object_intents where key = $1", key).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Locked until the end of the transaction: whoever would name one of them now waits, and then finds it gone. What is
/// being named at this moment is left out.
pub(super) async fn lock_older_than(tx: &mut Tx, at: Timestamp, most: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select key from object_intents where at <= $1 order by at limit $2 for update skip locked",
        at.to_sqlx(),
        most
    )
    .fetch_all(tx.conn())
    .await
}
