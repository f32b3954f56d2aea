//! SQL of the directory; officials stand beside it.
mod officials;

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use uuid::Uuid;

pub(super) use officials::{bookable_officials, insert_official, insert_role, official_named, official_of};
pub use officials::{official, official_by_public_id};

use super::state::{Device, Institution, InstitutionKind, Kiosk, KioskState, Site, SiteKind};
use crate::db::Tx;
use crate::id::{InstitutionId, KioskId, PublicId, SiteId};

struct InstitutionRow {
    id: Uuid,
    public_id: Uuid,
    name: String,
    kind: String,
    state: Option<String>,
}

impl TryFrom<InstitutionRow> for Institution {
    type Error = sqlx::Error;
    fn try_from(row: InstitutionRow) -> Result<Self, sqlx::Error> {
        Ok(Institution {
            id: row.id.into(),
            public_id: PublicId(row.public_id),
            kind: InstitutionKind::of_column(&row.kind)?,
            name: row.name,
            state: row.state,
        })
    }
}

pub async fn institution(tx: &mut Tx, id: InstitutionId) -> Result<Option<Institution>, sqlx::Error> {
    let query = sqlx::query_as!(
        InstitutionRow,
        "select id, public_id, name, kind, state from institutions where id = $1",
        id.uuid()
    );
    query.fetch_optional(tx.conn()).await?.map(Institution::try_from).transpose()
}

pub async fn institution_by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<Institution>, sqlx::Error> {
    let query = sqlx::query_as!(
        InstitutionRow,
        "select id, public_id, name, kind, state from institutions where public_id = $1",
        id.uuid()
    );
    query.fetch_optional(tx.conn()).await?.map(Institution::try_from).transpose()
}

pub(super) async fn institutions(tx: &mut Tx) -> Result<Vec<Institution>, sqlx::Error> {
    let query =
        sqlx::query_as!(InstitutionRow, "select id, public_id, name, kind, state from institutions order by name, id");
    query.fetch_all(tx.conn()).await?.into_iter().map(Institution::try_from).collect()
}

struct SiteRow {
    id: Uuid,
    public_id: Uuid,
    institution_id: Uuid,
    name: String,
    kind: String,
    country: String,
    zone: String,
}

impl TryFrom<SiteRow> for Site {
    type Error = sqlx::Error;
    fn try_from(row: SiteRow) -> Result<Self, sqlx::Error> {
        Ok(Site {
            id: row.id.into(),
            public_id: PublicId(row.public_id),
            institution: row.institution_id.into(),
            kind: SiteKind::of_column(&row.kind)?,
            name: row.name,
            country: row.country,
            zone: row.zone,
        })
    }
}

pub async fn site(tx: &mut Tx, id: SiteId) -> Result<Option<Site>, sqlx::Error> {
    let query = sqlx::query_as!(
        SiteRow,
        "select id, public_id, institution_id, name, kind, country, zone from sites where id = $1",
        id.uuid()
    );
    query.fetch_optional(tx.conn()).await?.map(Site::try_from).transpose()
}

pub async fn site_by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<Site>, sqlx::Error> {
    let query = sqlx::query_as!(
        SiteRow,
        "select id, public_id, institution_id, name, kind, country, zone from sites where public_id = $1",
        id.uuid()
    );
    query.fetch_optional(tx.conn()).await?.map(Site::try_from).transpose()
}

/// Its own sites, and those of institutions that admitted it to a case which it may see now. A withdrawn or shielded
/// grant shows nothing; the grants' policy answers for the scope's own institution only.
pub async fn sites_seen_by(tx: &mut Tx, institution: InstitutionId) -> Result<Vec<Site>, sqlx::Error> {
    let query = sqlx::query_as!(
        SiteRow,
        "select id, public_id, institution_id, name, kind, country, zone from sites
         where institution_id = $1 or institution_id in (select g.owner_institution_id from case_grants g
            where g.institution_id = $1 and g.basis = 'grant' and grant_is_live(g) and not is_shielded(g.case_id))
         order by name, id",
        institution.uuid()
    );
    query.fetch_all(tx.conn()).await?.into_iter().map(Site::try_from).collect()
}

/// One of them; a site that one may not know of is like one that does not exist.
pub async fn site_seen_by(tx: &mut Tx, institution: InstitutionId, id: PublicId) -> Result<Option<Site>, sqlx::Error> {
    let seen = sites_seen_by(tx, institution).await?;
    Ok(seen.into_iter().find(|site| site.public_id == id))
}

struct KioskRow {
    id: Uuid,
    public_id: Uuid,
    site_id: Uuid,
    name: String,
    enrolled_at: Option<jiff_sqlx::Timestamp>,
    revoked_at: Option<jiff_sqlx::Timestamp>,
    last_seen_at: Option<jiff_sqlx::Timestamp>,
}

impl From<KioskRow> for Kiosk {
    fn from(row: KioskRow) -> Self {
        let state = match (row.enrolled_at, row.revoked_at) {
            (_, Some(_)) => KioskState::Revoked,
            (Some(_), None) => KioskState::Enrolled,
            (None, None) => KioskState::NotEnrolled,
        };
        Kiosk {
            id: row.id.into(),
            public_id: PublicId(row.public_id),
            site: row.site_id.into(),
            name: row.name,
            state,
            last_seen_at: row.last_seen_at.map(|at| at.to_jiff()),
        }
    }
}

pub async fn kiosks_of_site(tx: &mut Tx, site: SiteId) -> Result<Vec<Kiosk>, sqlx::Error> {
    let query = sqlx::query_as!(
        KioskRow,
        "select id, public_id, site_id, name, enrolled_at, revoked_at, last_seen_at from kiosks where site_id = $1
         order by name, id",
        site.uuid()
    );
    Ok(query.fetch_all(tx.conn()).await?.into_iter().map(Kiosk::from).collect())
}

pub async fn kiosk(tx: &mut Tx, id: KioskId) -> Result<Option<Kiosk>, sqlx::Error> {
    let query = sqlx::query_as!(
        KioskRow,
        "select id, public_id, site_id, name, enrolled_at, revoked_at, last_seen_at from kiosks where id = $1",
        id.uuid()
    );
    Ok(query.fetch_optional(tx.conn()).await?.map(Kiosk::from))
}

pub async fn kiosk_by_public_id(tx: &mut Tx, id: PublicId) -> Result<Option<Kiosk>, sqlx::Error> {
    let query = sqlx::query_as!(
        KioskRow,
        "select id, public_id, site_id, name, enrolled_at, revoked_at, last_seen_at from kiosks where public_id = $1",
        id.uuid()
    );
    Ok(query.fetch_optional(tx.conn()).await?.map(Kiosk::from))
}

/// The key of an enrolled kiosk that nobody revoked.
pub async fn device_of_kiosk(tx: &mut Tx, id: PublicId) -> Result<Option<Device>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id, device_key as "key!" from kiosks where public_id = $1 and device_key is not null and revoked_at is null"#,
        id.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Device { kiosk: row.id.into(), key: row.key }))
}

pub async fn saw_kiosk(tx: &mut Tx, id: KioskId) -> Result<(), sqlx::Error> {
    let now = tx.now;
    sqlx::query!("update kiosks set last_seen_at = $2 where id = $1", id.uuid(), now.to_sqlx())
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn insert_kiosk(
    tx: &mut Tx,
    id: KioskId,
    public_id: PublicId,
    site: SiteId,
    name: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into kiosks (id, public_id, site_id, name) values ($1, $2, $3, $4)",
        id.uuid(),
        public_id.uuid(),
        site.uuid(),
        name
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// False when the kiosk was revoked: that is final.
pub(super) async fn set_enrolment_code(
    tx: &mut Tx,
    id: KioskId,
    hash: &[u8],
    expires_at: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update kiosks set enrolment_code_hash = $2, enrolment_expires_at = $3 where id = $1 and revoked_at is null",
        id.uuid(),
        hash,
        expires_at.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Spends the code and takes the device's key, in one statement: of two at once one wins.
pub(super) async fn enrol_device(tx: &mut Tx, code_hash: &[u8], key: &[u8]) -> Result<Option<KioskId>, sqlx::Error> {
    let now = tx.now;
    let id = sqlx::query_scalar!(
        "update kiosks set device_key = $2, enrolled_at = $3, enrolment_code_hash = null, enrolment_expires_at = null
         where enrolment_code_hash = $1 and enrolment_expires_at > $3 and revoked_at is null returning id",
        code_hash,
        key,
        now.to_sqlx()
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(Into::into))
}

/// Sessions that the old key opened end with it.
pub(super) async fn end_kiosk_sessions(tx: &mut Tx, id: KioskId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from kiosk_sessions where kiosk_id = $1", id.uuid()).execute(tx.conn()).await?;
    Ok(())
}

/// False when it was revoked before.
pub(super) async fn revoke(tx: &mut Tx, id: KioskId) -> Result<bool, sqlx::Error> {
    let now = tx.now;
    let done = sqlx::query!(
        "update kiosks set revoked_at = $2, enrolment_code_hash = null, enrolment_expires_at = null
         where id = $1 and revoked_at is null",
        id.uuid(),
        now.to_sqlx()
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn insert_institution(tx: &mut Tx, new: &Institution) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into institutions (id, public_id, name, kind, state) values ($1, $2, $3, $4, $5)",
        new.id.uuid(),
        new.public_id.uuid(),
        new.name,
        new.kind.as_str(),
        new.state
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_site(tx: &mut Tx, new: &Site) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into sites (id, public_id, institution_id, name, kind, country, zone) values ($1, $2, $3, $4, $5, $6, $7)",
        new.id.uuid(),
        new.public_id.uuid(),
        new.institution.uuid(),
        new.name,
        new.kind.as_str(),
        new.country,
        new.zone
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
