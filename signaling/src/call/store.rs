//! SQL of calls: one row per visit that was opened, and the tokens that were used.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::events::EndReason;
use crate::db::Tx;
use crate::id::{CallId, CaseId, VisitId};

/// False where the token was used before. Uses that could not come again are forgotten on the way.
pub(super) async fn use_token(tx: &mut Tx, use_id: Uuid, expires_at: Timestamp) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    sqlx::query!("delete from room_passes where expires_at < $1", now.to_sqlx()).execute(tx.conn()).await?;
    let inserted = sqlx::query!(
        "insert into room_passes (jti, used_at, expires_at) values ($1, $2, $3) on conflict do nothing",
        use_id,
        now.to_sqlx(),
        expires_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// True the first time.
pub(super) async fn open(tx: &mut Tx, call: CallId, visit: VisitId, case: CaseId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let inserted = sqlx::query!(
        "insert into calls (id, visit_id, case_id, opened_at) values ($1, $2, $3, $4) on conflict (visit_id) do nothing",
        call.uuid(),
        visit.uuid(),
        case.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// True the first time.
pub(super) async fn go_live(tx: &mut Tx, visit: VisitId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let updated = sqlx::query!(
        "update calls set live_at = $2 where visit_id = $1 and live_at is null and ended_at is null",
        visit.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(updated.rows_affected() == 1)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Now,
    Before,
    NeverOpened,
}

/// Ends the call once; who comes second changes nothing.
pub(super) async fn end(tx: &mut Tx, visit: VisitId, reason: EndReason) -> Result<Ending, sqlx::Error> {
    let now = tx.now;
    let updated = sqlx::query!(
        "update calls set ended_at = $2, end_reason = $3 where visit_id = $1 and ended_at is null",
        visit.uuid(),
        now.to_sqlx(),
        reason.as_str()
    )
    .execute(tx.conn())
    .await?;
    if updated.rows_affected() == 1 {
        return Ok(Ending::Now);
    }
    let exists =
        sqlx::query_scalar!(r#"select exists (select 1 from calls where visit_id = $1) as "exists!""#, visit.uuid())
            .fetch_one(tx.conn())
            .await?;
    Ok(if exists { Ending::Before } else { Ending::NeverOpened })
}

/// The browser sessions of those without an account are over with the call.
pub(super) async fn end_seats(tx: &mut Tx, visit: VisitId) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "update seats set ended_at = $2 where visit_id = $1 and ended_at is null",
        visit.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
