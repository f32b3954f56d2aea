//! SQL of sessions and of the facts that decide.
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use policy::{Facts, Purpose, Role, Standing};
use serde_json::Value;
use uuid::Uuid;

use super::extract::{Held, KioskDevice, Official, Seat};
use super::passkey::Ceremony;
use super::session::{LinkPurpose, Profile};
use crate::db::Tx;
use crate::id::{CaseId, CeremonyId, InstitutionId, OfficialId, PublicId, SiteId};

pub(super) async fn official_of_session(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Official>, sqlx::Error> {
    let now = tx.now;
    let row = sqlx::query!(
        r#"select o.id, o.public_id, o.institution_id, i.state, s.enrolment_only,
            coalesce(s.step_up_until > $2, false) as "has_stepped_up!",
            array(select r.role from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "roles!",
            array(select r.site_id from role_assignments r where r.official_id = o.id and r.valid_from <= $2
                and (r.valid_until is null or r.valid_until > $2) order by r.role, r.id) as "sites!: Vec<Option<Uuid>>"
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
        held: held(&row.roles, &row.sites),
        has_stepped_up: row.has_stepped_up,
        is_enrolment_only: row.enrolment_only,
        session_hash: token_hash.to_vec(),
    }))
}

/// Two columns of `role_assignments`, in one order.
pub fn held(roles: &[String], sites: &[Option<Uuid>]) -> Vec<Held> {
    let pairs = roles.iter().zip(sites);
    pairs.filter_map(|(role, site)| Some(Held { role: Role::parse(role)?, site: site.map(SiteId) })).collect()
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

/// How an institution stands to a case, and at which of its sites the case is, where it is its own. The grants table
/// answers only for the scope's own institution.
pub(super) async fn facts(
    tx: &mut Tx,
    institution: InstitutionId,
    case: CaseId,
) -> Result<(Facts, Option<SiteId>), sqlx::Error> {
    let row = sqlx::query!(
        r#"select g.basis, g.purpose, g.site_id, is_shielded(g.case_id) as "is_shielded!" from case_grants g
           where g.case_id = $1 and g.institution_id = $2 and grant_is_live(g)
           order by (g.basis = 'owner') desc limit 1"#,
        case.uuid(),
        institution.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok((Facts::of(Standing::Stranger), None)) };
    let standing = match (row.basis.as_str(), row.purpose.as_str()) {
        ("owner", _) => Standing::Owner,
        ("grant", "verification") => Standing::Granted(Purpose::Verification),
        _ => Standing::Stranger,
    };
    Ok((Facts { is_shielded: row.is_shielded, ..Facts::of(standing) }, row.site_id.map(SiteId)))
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

pub(super) async fn insert_sign_in_link(
    tx: &mut Tx,
    token_hash: &[u8],
    official: OfficialId,
    purpose: LinkPurpose,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sign_in_links (token_hash, official_id, purpose, expires_at) values ($1, $2, $3, $4)",
        token_hash,
        official.uuid(),
        purpose.as_str(),
        expires_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn use_sign_in_link(
    tx: &mut Tx,
    token_hash: &[u8],
    purpose: LinkPurpose,
) -> Result<Option<OfficialId>, sqlx::Error> {
    let now = tx.now;
    let official = sqlx::query_scalar!(
        "update sign_in_links set used_at = $3 where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
         returning official_id",
        token_hash,
        purpose.as_str(),
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(official.map(Into::into))
}

pub(super) async fn insert_session(
    tx: &mut Tx,
    token_hash: &[u8],
    official: OfficialId,
    expires_at: Timestamp,
    is_enrolment_only: bool,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into sessions (token_hash, official_id, created_at, expires_at, enrolment_only) values ($1, $2, $3, $4, $5)",
        token_hash,
        official.uuid(),
        now.to_sqlx(),
        expires_at.to_sqlx(),
        is_enrolment_only
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn end_session(tx: &mut Tx, token_hash: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sessions where token_hash = $1", token_hash).execute(tx.conn()).await?;
    Ok(())
}

pub(super) async fn open_session_fully(tx: &mut Tx, token_hash: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set enrolment_only = false where token_hash = $1", token_hash)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn set_step_up(tx: &mut Tx, token_hash: &[u8], until: Timestamp) -> Result<(), sqlx::Error> {
    let until = until.to_sqlx();
    sqlx::query!("update sessions set step_up_until = $2 where token_hash = $1", token_hash, until)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn profile(tx: &mut Tx, official: &Official) -> Result<Profile, sqlx::Error> {
    let row = sqlx::query!(
        r#"select o.name, i.public_id, i.name as institution, i.kind, i.state, s.step_up_until,
            exists (select 1 from passkeys p where p.official_id = o.id) as "has_passkey!"
           from officials o join institutions i on i.id = o.institution_id join sessions s on s.official_id = o.id
           where o.id = $1 and s.token_hash = $2"#,
        official.id.uuid(),
        official.session_hash
    )
    .fetch_one(tx.conn())
    .await?;
    let sites: Option<Vec<Uuid>> = official.held.iter().map(|held| held.site.map(SiteId::uuid)).collect();
    let sites = sqlx::query!(
        "select public_id, name, zone from sites
         where institution_id = $1 and ($2::uuid[] is null or id = any ($2)) order by name",
        official.institution.uuid(),
        sites.as_deref()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Profile {
        name: row.name,
        institution: (PublicId(row.public_id), row.institution, row.kind, row.state),
        sites: sites.into_iter().map(|site| (PublicId(site.public_id), site.name, site.zone)).collect(),
        roles: official.roles(),
        has_passkey: row.has_passkey,
        step_up_until: row.step_up_until.map(|at| at.to_jiff()),
    })
}

pub(super) async fn insert_ceremony(
    tx: &mut Tx,
    id: CeremonyId,
    purpose: Ceremony,
    official: Option<OfficialId>,
    session_hash: Option<&[u8]>,
    state: &Value,
    expires_at: Timestamp,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!("delete from passkey_ceremonies where expires_at < $1", now.to_sqlx()).execute(tx.conn()).await?;
    sqlx::query!(
        "insert into passkey_ceremonies (id, purpose, official_id, session_hash, state, expires_at) values ($1, $2, $3, $4, $5, $6)",
        id.uuid(),
        purpose.as_str(),
        official.map(OfficialId::uuid),
        session_hash,
        state,
        expires_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn take_ceremony(
    tx: &mut Tx,
    id: CeremonyId,
    purpose: Ceremony,
    session_hash: Option<&[u8]>,
) -> Result<Option<Value>, sqlx::Error> {
    let now = tx.now;
    sqlx::query_scalar!(
        "delete from passkey_ceremonies
         where id = $1 and purpose = $2 and session_hash is not distinct from $3 and expires_at > $4 returning state",
        id.uuid(),
        purpose.as_str(),
        session_hash,
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await
}

pub(super) async fn insert_passkey(
    tx: &mut Tx,
    credential_id: &[u8],
    official: OfficialId,
    credential: &Value,
) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "insert into passkeys (credential_id, official_id, credential, created_at) values ($1, $2, $3, $4)",
        credential_id,
        official.uuid(),
        credential,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn passkeys_of(tx: &mut Tx, official: OfficialId) -> Result<Vec<Value>, sqlx::Error> {
    sqlx::query_scalar!("select credential from passkeys where official_id = $1", official.uuid())
        .fetch_all(tx.conn())
        .await
}

pub(super) async fn passkey(
    tx: &mut Tx,
    official: Uuid,
    credential_id: &[u8],
) -> Result<Option<(OfficialId, Value)>, sqlx::Error> {
    let row = sqlx::query!(
        "select o.id, p.credential from passkeys p join officials o on o.id = p.official_id
         where o.public_id = $1 and p.credential_id = $2 and o.disabled_at is null",
        official,
        credential_id
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.id.into(), row.credential)))
}

pub(super) async fn update_passkey(tx: &mut Tx, credential_id: &[u8], credential: &Value) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!(
        "update passkeys set credential = $2, last_used_at = $3 where credential_id = $1",
        credential_id,
        credential,
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
