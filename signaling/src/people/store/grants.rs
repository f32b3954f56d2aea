//! SQL of grants and shields, and of who looked.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::db::Tx;
use crate::id::{CaseId, ConsentId, GrantId, InstitutionId, OfficialId, PublicId};
use crate::words;

words! {
    pub enum ShieldReason in "protection_shields.reason" {
        FearOfAuthorities = "fear_of_authorities", NamedAsFeared = "named_as_feared",
    }
}

/// `None` is every State. Raised once, and never lifted.
pub(in crate::people) async fn raise_shield(
    tx: &mut Tx,
    case: CaseId,
    owner: InstitutionId,
    state: Option<&str>,
    reason: ShieldReason,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into protection_shields (case_id, owner_institution_id, state, reason, at)
         values ($1, $2, $3, $4, $5) on conflict do nothing",
        case.uuid(),
        owner.uuid(),
        state,
        reason.as_str(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::people) async fn is_shielded_from(tx: &mut Tx, case: CaseId, state: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from protection_shields
            where case_id = $1 and coalesce(state, $2) = $2) as "shielded!""#,
        case.uuid(),
        state
    )
    .fetch_one(tx.conn())
    .await
}

/// Ends the grants to institutions of a State that must not see the case, or with `None` of every State (rule N5); how
/// many.
pub(in crate::people) async fn withdraw_grants_to_state(
    tx: &mut Tx,
    case: CaseId,
    state: Option<&str>,
) -> Result<u64, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update case_grants set withdrawn_at = $3 where case_id = $1 and basis = 'grant' and withdrawn_at is null
            and institution_id in (select id from institutions where state = coalesce($2, state))",
        case.uuid(),
        state,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Ends the grants that rested on a consent which no longer is (rule D1): to one institution, or all for verification.
pub(in crate::people) async fn withdraw_grants_to(
    tx: &mut Tx,
    case: CaseId,
    institution: Option<InstitutionId>,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "update case_grants set withdrawn_at = $3 where case_id = $1 and basis = 'grant' and withdrawn_at is null
            and (institution_id = $2 or ($2::uuid is null and purpose = 'verification'))",
        case.uuid(),
        institution.map(InstitutionId::uuid),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::people) struct NewGrantRow {
    pub id: GrantId,
    pub public_id: PublicId,
    pub case: CaseId,
    pub owner: InstitutionId,
    pub institution: InstitutionId,
    pub purpose: &'static str,
    pub valid_until: Timestamp,
    pub consent: ConsentId,
    pub granted_by: OfficialId,
}

pub(in crate::people) async fn insert_grant(tx: &mut Tx, row: &NewGrantRow) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into case_grants (id, public_id, case_id, owner_institution_id, institution_id, basis, purpose,
            valid_from, valid_until, consent_id, granted_by)
         values ($1, $2, $3, $4, $5, 'grant', $6, $7, $8, $9, $10)",
        row.id.uuid(),
        row.public_id.uuid(),
        row.case.uuid(),
        row.owner.uuid(),
        row.institution.uuid(),
        row.purpose,
        now.to_sqlx(),
        row.valid_until.to_sqlx(),
        row.consent.uuid(),
        row.granted_by.uuid()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(in crate::people) struct GrantRow {
    pub id: Uuid,
    pub public_id: Uuid,
    pub case_id: Uuid,
    pub institution_public_id: Uuid,
    pub institution_name: String,
    pub purpose: String,
    pub valid_from: jiff_sqlx::Timestamp,
    pub valid_until: jiff_sqlx::Timestamp,
    pub withdrawn_at: Option<jiff_sqlx::Timestamp>,
    pub consent_public_id: Uuid,
}

/// Newest first, without the owner's own.
pub(in crate::people) async fn grants(tx: &mut Tx, case: CaseId) -> Result<Vec<GrantRow>, sqlx::Error> {
    sqlx::query_as!(
        GrantRow,
        r#"select g.id, g.public_id, g.case_id, i.public_id as institution_public_id, i.name as institution_name,
            g.purpose, g.valid_from, g.valid_until as "valid_until!", g.withdrawn_at, e.public_id as consent_public_id
         from case_grants g join institutions i on i.id = g.institution_id join consent_events e on e.id = g.consent_id
         where g.case_id = $1 and g.basis = 'grant' order by g.valid_from desc, g.id desc"#,
        case.uuid()
    )
    .fetch_all(tx.conn())
    .await
}

pub(in crate::people) async fn grant_by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<GrantRow>, sqlx::Error> {
    sqlx::query_as!(
        GrantRow,
        r#"select g.id, g.public_id, g.case_id, i.public_id as institution_public_id, i.name as institution_name,
            g.purpose, g.valid_from, g.valid_until as "valid_until!", g.withdrawn_at, e.public_id as consent_public_id
         from case_grants g join institutions i on i.id = g.institution_id join consent_events e on e.id = g.consent_id
         where g.public_id = $1 and g.basis = 'grant'"#,
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await
}

/// False when it was withdrawn before.
pub(in crate::people) async fn withdraw_grant(tx: &mut Tx, id: GrantId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update case_grants set withdrawn_at = $2 where id = $1 and basis = 'grant' and withdrawn_at is null",
        id.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(in crate::people) struct AccessRow {
    pub at: jiff_sqlx::Timestamp,
    pub actor_kind: String,
    pub actor_name: Option<String>,
    pub institution_name: String,
    pub action: String,
    pub purpose: String,
}

/// Newest first.
pub(in crate::people) async fn access(tx: &mut Tx, case: CaseId, limit: i64) -> Result<Vec<AccessRow>, sqlx::Error> {
    sqlx::query_as!(
        AccessRow,
        r#"select a.at, a.actor_kind, o.name as "actor_name?", i.name as institution_name, a.action, a.purpose
         from audit_rows a join institutions i on i.id = a.institution_id
            left join officials o on a.actor_kind = 'official' and o.id = a.actor_id
         where a.case_ids @> array[$1]::uuid[] order by a.at desc, a.id desc limit $2"#,
        case.uuid(),
        limit
    )
    .fetch_all(tx.conn())
    .await
}
