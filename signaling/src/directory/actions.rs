//! Kiosks are made, enrolled by a code that staff type, and revoked; lists for the desk.
use jiff::{SignedDuration, Timestamp};
use policy::{Action, Purpose, Role};
use uuid::Uuid;

use super::state::{Institution, Kiosk, OfficialEntry, Site};
use super::store;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::auth::{Denied, Official, allow_at, allow_office};
use crate::db::Tx;
use crate::http::{Faults, Problem};
use crate::id::{KioskId, PublicId};
use crate::spoken;

/// Long enough to walk from the desk to the kiosk and type.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// 23^8 codes, half an hour and a quota on tries: not to be guessed.
const CODE_LENGTH: usize = 8;
const MAX_NAME_CHARS: usize = 80;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such site or kiosk of this institution")]
    NotFound,
    #[error("a revoked kiosk stays revoked")]
    Revoked,
    #[error("input: {0:?}")]
    Faulty(Faults),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::Revoked => Problem::conflict("conflict"),
            Error::Faulty(faults) => faults.into(),
            Error::Denied(denied) => denied.into(),
            Error::Database(error) => error.into(),
        }
    }
}

pub(super) async fn list_sites(app: &App, official: &Official) -> Result<Vec<Site>, Error> {
    allow_office(official, Action::ReadDirectory)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let mut sites = store::sites_seen_by(&mut tx, official.institution).await?;
    tx.commit().await?;
    sites.retain(|site| official.held.iter().any(|held| held.reaches(official.place(site.institution, site.id))));
    Ok(sites)
}

pub(super) async fn list_kiosks(app: &App, official: &Official, site: PublicId) -> Result<Vec<Kiosk>, Error> {
    allow_office(official, Action::ReadDirectory)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let site = own_site(&mut tx, official, site).await?;
    let kiosks = store::kiosks_of_site(&mut tx, site.id).await?;
    tx.commit().await?;
    Ok(kiosks)
}

pub(super) async fn list_institutions(app: &App, official: &Official) -> Result<Vec<Institution>, Error> {
    allow_office(official, Action::ReadDirectory)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let institutions = store::institutions(&mut tx).await?;
    tx.commit().await?;
    Ok(institutions)
}

pub(super) async fn list_officials(
    app: &App,
    official: &Official,
    role: Option<Role>,
) -> Result<Vec<OfficialEntry>, Error> {
    allow_office(official, Action::ReadDirectory)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let officials = store::bookable_officials(&mut tx, official.institution, role).await?;
    tx.commit().await?;
    Ok(officials)
}

pub(super) async fn make_kiosk(app: &App, official: &Official, site: PublicId, name: &str) -> Result<Kiosk, Error> {
    allow_office(official, Action::ManageKiosks)?;
    let name = name.trim();
    let mut faults = Faults::default();
    faults.need(!name.is_empty(), "name", "required").need(name.chars().count() <= MAX_NAME_CHARS, "name", "too_long");
    faults.done().map_err(Error::Faulty)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let site = own_site(&mut tx, official, site).await?;
    allow_at(official, Action::ManageKiosks, site.id)?;
    let id = KioskId::new(&app.chance, tx.now);
    store::insert_kiosk(&mut tx, id, app.chance.public_id(), site.id, name).await?;
    finish(app, tx, official, id).await
}

/// A new code; the one before it is no longer valid.
pub(super) async fn make_enrolment_code(
    app: &App,
    official: &Official,
    kiosk: PublicId,
) -> Result<(String, Timestamp), Error> {
    allow_office(official, Action::ManageKiosks)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let kiosk = own_kiosk(&mut tx, official, kiosk).await?;
    allow_at(official, Action::ManageKiosks, kiosk.site)?;
    let code = spoken::random(&app.chance, CODE_LENGTH);
    let expires_at = tx.now + CODE_LIFETIME;
    let hash = enrolment_code_hash(app, &code);
    if !store::set_enrolment_code(&mut tx, kiosk.id, &hash, expires_at).await? {
        return Err(Error::Revoked);
    }
    finish(app, tx, official, kiosk.id).await?;
    Ok((code, expires_at))
}

/// Final; whoever holds the device's key is nobody from now on.
pub(super) async fn revoke_kiosk(app: &App, official: &Official, kiosk: PublicId) -> Result<Kiosk, Error> {
    allow_office(official, Action::ManageKiosks)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let kiosk = own_kiosk(&mut tx, official, kiosk).await?;
    allow_at(official, Action::ManageKiosks, kiosk.site)?;
    if !store::revoke(&mut tx, kiosk.id).await? {
        return Err(Error::Revoked);
    }
    finish(app, tx, official, kiosk.id).await
}

/// As the table keeps it: keyed, so that the table alone does not give the code.
pub fn enrolment_code_hash(app: &App, code: &str) -> Vec<u8> {
    app.keys.blind_index("kiosks.enrolment_code", &spoken::normalised(code))
}

/// Takes a device's key (uncompressed P-256, 65 bytes) for a code, once; in the scope [`crate::db::Scope::Auth`].
pub async fn enrol_kiosk(app: &App, tx: &mut Tx, code: &str, key: &[u8]) -> Result<Option<Kiosk>, sqlx::Error> {
    let hash = enrolment_code_hash(app, code);
    let Some(id) = store::enrol_device(tx, &hash, key).await? else { return Ok(None) };
    store::end_kiosk_sessions(tx, id).await?;
    store::kiosk(tx, id).await
}

/// A site of another institution is like one that does not exist.
async fn own_site(tx: &mut Tx, official: &Official, site: PublicId) -> Result<Site, Error> {
    let site = store::site_by_public_id(tx, site).await?;
    site.filter(|site| site.institution == official.institution).ok_or(Error::NotFound)
}

async fn own_kiosk(tx: &mut Tx, official: &Official, kiosk: PublicId) -> Result<Kiosk, Error> {
    let kiosk = store::kiosk_by_public_id(tx, kiosk).await?.ok_or(Error::NotFound)?;
    let site = store::site(tx, kiosk.site).await?;
    if site.is_some_and(|site| site.institution == official.institution) { Ok(kiosk) } else { Err(Error::NotFound) }
}

async fn finish(app: &App, mut tx: Tx, official: &Official, kiosk: KioskId) -> Result<Kiosk, Error> {
    record(app, &mut tx, official, kiosk.uuid()).await?;
    let kiosk = store::kiosk(&mut tx, kiosk).await?.ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(kiosk)
}

async fn record(app: &App, tx: &mut Tx, official: &Official, subject: Uuid) -> Result<(), sqlx::Error> {
    let entry = Entry {
        actor: official.actor(),
        institution: official.institution,
        action: Action::ManageKiosks,
        purpose: Purpose::Care,
        cases: &[],
        subject: Some(subject),
    };
    audit::record(tx, &app.chance, entry).await
}
