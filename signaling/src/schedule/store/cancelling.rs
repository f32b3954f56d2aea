//! SQL of cancelling.
use jiff_sqlx::ToSqlx;

use super::{Visit, load};
use crate::db::Tx;
use crate::id::{CaseId, InstitutionId, OfficialId, VisitId};
use crate::schedule::state::{CancelReason, Ended};

/// The visits of a case whose slot is still held and not over.
pub(in crate::schedule) async fn coming_visits(tx: &mut Tx, case: CaseId) -> Result<Vec<Visit>, sqlx::Error> {
    let now = tx.now;
    let ids = sqlx::query_scalar!(
        "select v.id from visits v join bookings b on b.visit_id = v.id and b.released_at is null
         where v.case_id = $1 and v.cancelled_at is null and b.ends_at > $2",
        case.uuid(),
        now.to_sqlx()
    );
    let ids = ids.fetch_all(tx.conn()).await?;
    load(tx, &ids).await
}

/// By an official with a reason, or by nobody, because what the visit rested on ended.
pub(in crate::schedule) enum Cancelled {
    By { official: OfficialId, reason: CancelReason, text_sealed: Option<Vec<u8>> },
    Because(Ended),
}

/// Cancels what was not cancelled, and frees its slot. False: somebody was faster.
pub(in crate::schedule) async fn cancel(tx: &mut Tx, visit: VisitId, why: Cancelled) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let (by, reason, text_sealed) = match why {
        Cancelled::By { official, reason, text_sealed } => (Some(official.uuid()), reason.as_str(), text_sealed),
        Cancelled::Because(ended) => (None, ended.as_str(), None),
    };
    let done = sqlx::query!(
        "update visits set cancelled_at = $2, cancelled_by = $3, cancel_reason = $4, cancel_text_sealed = $5
         where id = $1 and cancelled_at is null",
        visit.uuid(),
        now.to_sqlx(),
        by,
        reason,
        text_sealed
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update bookings set released_at = $2 where visit_id = $1 and released_at is null",
        visit.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whose officials were to take part, beside the owner's.
pub(in crate::schedule) async fn institutions_admitted_to(
    tx: &mut Tx,
    visit: &Visit,
) -> Result<Vec<InstitutionId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select distinct o.institution_id from participants p join officials o on o.id = p.official_id
         where p.visit_id = $1 and o.institution_id <> $2",
        visit.id.uuid(),
        visit.institution.uuid()
    );
    Ok(ids.fetch_all(tx.conn()).await?.into_iter().map(InstitutionId::from).collect())
}
