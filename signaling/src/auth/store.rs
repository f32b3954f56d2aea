//! SQL of sessions and of the facts that decide.
use jiff_sqlx::ToSqlx;
use policy::{Facts, Purpose, Role, Standing};
use uuid::Uuid;

use super::extract::{KioskDevice, Official, Seat};
use crate::db::Tx;
use crate::id::{CaseId, InstitutionId, PublicId};

pub(super) async fn official_of_session(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Official>, sqlx::Error> {
    let now = tx.now;
    let row = sqlx::query!(
        r#"select o.id, o.public_id, o.institution_id, i.state, s.enrolment_only,
            coalesce(s.step_up_until > $2, false) as "has_stepped_up!",
            array(select r.role from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2)) as "roles!"
           from sessions s join officials o on o.id = s.official_id join institutions i on i.id = o.institution_id
           where s.token_hash = $1 and s.expires_at > $2 and o.disabled_at is null"#,
        token_hash,
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Official {
        id: row.id.into(),
        public_id: PublicId(row.public_id),
        institution: row.institution_id.into(),
        state: row.state,
        roles: row.roles.iter().filter_map(|role| Role::parse(role)).collect(),
        has_stepped_up: row.has_stepped_up,
        is_enrolment_only: row.enrolment_only,
        session_hash: token_hash.to_vec(),
    }))
}

/// Found through the door of its own cookie; from then on in the scope of its visit.
pub(super) async fn seat_of_token(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Seat>, sqlx::Error> {
    let now = tx.now;
    let row = sqlx::query!(
        "select participant_id, visit_id, kiosk_id from seats where token_hash = $1 and expires_at > $2 and ended_at is null",
        token_hash,
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    tx.enter(crate::db::Scope::Seat { visit: row.visit_id.into() }).await?;
    let of = sqlx::query!(
        "select p.case_id, p.kind, c.institution_id from participants p join cases c on c.id = p.case_id where p.id = $1",
        row.participant_id
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Some(Seat {
        participant: row.participant_id.into(),
        visit: row.visit_id.into(),
        case: of.case_id.into(),
        institution: of.institution_id.into(),
        is_contact: of.kind == "contact",
        kiosk: row.kiosk_id.map(Into::into),
        token_hash: token_hash.to_vec(),
    }))
}

pub(super) async fn kiosk_of_session(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<KioskDevice>, sqlx::Error> {
    let now = tx.now;
    let row = sqlx::query!(
        "select k.id, st.institution_id from kiosk_sessions s join kiosks k on k.id = s.kiosk_id join sites st on st.id = k.site_id
         where s.token_hash = $1 and s.expires_at > $2 and k.revoked_at is null",
        token_hash,
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| KioskDevice { id: row.id.into(), institution: row.institution_id.into() }))
}

/// How an institution stands to a case. The grants table answers only for the scope's own institution.
pub(super) async fn facts(tx: &mut Tx, institution: InstitutionId, case: CaseId) -> Result<Facts, sqlx::Error> {
    let row = sqlx::query!(
        r#"select g.basis, g.purpose, is_shielded(g.case_id) as "is_shielded!" from case_grants g
           where g.case_id = $1 and g.institution_id = $2 and grant_is_live(g)
           order by (g.basis = 'owner') desc limit 1"#,
        case.uuid(),
        institution.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(Facts::of(Standing::Stranger)) };
    let standing = match (row.basis.as_str(), row.purpose.as_str()) {
        ("owner", _) => Standing::Owner,
        ("grant", "verification") => Standing::Granted(Purpose::Verification),
        _ => Standing::Stranger,
    };
    Ok(Facts { is_shielded: row.is_shielded, ..Facts::of(standing) })
}

pub(super) async fn is_in_visit(tx: &mut Tx, official: Uuid, visit: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from participants where visit_id = $1 and official_id = $2) as "is_in!""#,
        visit,
        official
    )
    .fetch_one(tx.conn())
    .await
}
