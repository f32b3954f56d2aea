//! SQL of calls: one row per visit that was opened, the tokens that were used, and what a room must know of its visit.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use super::events::EndReason;
use super::protocol::{ParticipantKind, SeatKind};
use crate::db::Tx;
use crate::id::{CallId, CaseId, InstitutionId, OfficialId, ParticipantId, PublicId, SiteId, VisitId};

/// What a room must know of its visit; no name, no contact.
#[derive(Clone, Debug)]
pub(super) struct VisitFacts {
    pub id: VisitId,
    pub public: PublicId,
    pub case: CaseId,
    /// Who owns the case.
    pub institution: InstitutionId,
    pub site: SiteId,
    pub visit_type: String,
    pub code_phrase: Vec<String>,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub is_cancelled: bool,
    pub was_live: bool,
    pub is_ended: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Seated {
    pub id: ParticipantId,
    pub public: PublicId,
    pub kind: ParticipantKind,
    pub seat: SeatKind,
    pub official: Option<OfficialId>,
}

pub(super) async fn visit(tx: &mut Tx, visit: VisitId) -> Result<VisitFacts, sqlx::Error> {
    let row = sqlx::query!(
        r#"select v.id, v.public_id, v.case_id, c.institution_id, v.site_id, v.type as visit_type, v.code_phrase,
            v.cancelled_at is not null as "is_cancelled!", b.starts_at, b.ends_at,
            call.live_at is not null as "was_live!", call.ended_at is not null as "is_ended!"
           from visits v
           join cases c on c.id = v.case_id
           join lateral (select starts_at, ends_at from bookings where visit_id = v.id
                order by (released_at is null) desc, starts_at desc limit 1) b on true
           left join calls call on call.visit_id = v.id
           where v.id = $1"#,
        visit.uuid()
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(VisitFacts {
        id: row.id.into(),
        public: PublicId(row.public_id),
        case: row.case_id.into(),
        institution: row.institution_id.into(),
        site: row.site_id.into(),
        visit_type: row.visit_type,
        code_phrase: row.code_phrase,
        starts_at: row.starts_at.to_jiff(),
        ends_at: row.ends_at.to_jiff(),
        is_cancelled: row.is_cancelled,
        was_live: row.was_live,
        is_ended: row.is_ended,
    })
}

pub(super) async fn seated(tx: &mut Tx, visit: VisitId) -> Result<Vec<Seated>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, public_id, kind, seat, official_id from participants where visit_id = $1 order by id",
        visit.uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    let seated = rows.into_iter().map(|row| {
        Ok(Seated {
            id: row.id.into(),
            public: PublicId(row.public_id),
            kind: ParticipantKind::of_column(&row.kind)?,
            seat: SeatKind::of_column(&row.seat)?,
            official: row.official_id.map(Into::into),
        })
    });
    seated.collect()
}

/// The visit that an official names, where the scope shows it.
pub(super) async fn visit_named(
    tx: &mut Tx,
    public: PublicId,
) -> Result<Option<(VisitId, CaseId, SiteId)>, sqlx::Error> {
    let row = sqlx::query!("select id, case_id, site_id from visits where public_id = $1", public.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(|row| (row.id.into(), row.case_id.into(), row.site_id.into())))
}

pub(super) async fn participant_of_official(
    tx: &mut Tx,
    visit: VisitId,
    official: OfficialId,
) -> Result<Option<ParticipantId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from participants where visit_id = $1 and official_id = $2",
        visit.uuid(),
        official.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(Into::into))
}

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
