//! Makes the directory's rows, for the demonstration's synthetic world, for a new instance and for tests. Runs in the
//! scope [`crate::db::Scope::Auth`]; no route leads here.
use policy::Role;

use super::state::{Institution, InstitutionKind, Site, SiteKind};
use super::store;
use crate::app::App;
use crate::auth::Held;
use crate::db::Tx;
use crate::http::Problem;
use crate::id::{InstitutionId, KioskId, OfficialId, RowId, SiteId};

/// The institution, and its keys where they are missing.
pub async fn institution(
    app: &App,
    tx: &mut Tx,
    name: &str,
    kind: InstitutionKind,
    state: Option<&str>,
) -> Result<InstitutionId, Problem> {
    let id = InstitutionId::new(&app.chance, tx.now);
    let public_id = app.chance.public_id();
    let new = Institution { id, public_id, name: name.to_owned(), kind, state: state.map(str::to_owned) };
    app.keys.make_institution(id)?;
    store::insert_institution(tx, &new).await?;
    Ok(id)
}

/// `country` is ISO 3166-1 alpha-2, `zone` an IANA name.
pub async fn site(
    app: &App,
    tx: &mut Tx,
    institution: InstitutionId,
    name: &str,
    (kind, country, zone): (SiteKind, &str, &str),
) -> Result<SiteId, Problem> {
    let id = SiteId::new(&app.chance, tx.now);
    let new = Site {
        id,
        public_id: app.chance.public_id(),
        institution,
        name: name.to_owned(),
        kind,
        country: country.to_owned(),
        zone: zone.to_owned(),
    };
    store::insert_site(tx, &new).await?;
    Ok(id)
}

pub async fn official(
    app: &App,
    tx: &mut Tx,
    institution: InstitutionId,
    name: &str,
    locale: &str,
) -> Result<OfficialId, Problem> {
    let id = OfficialId::new(&app.chance, tx.now);
    store::insert_official(tx, id, app.chance.public_id(), institution, name, locale).await?;
    Ok(id)
}

/// From now on, without an end, in the whole institution.
pub async fn role(app: &App, tx: &mut Tx, official: OfficialId, role: Role) -> Result<(), Problem> {
    give(app, tx, official, Held { role, site: None }).await
}

/// From now on, without an end, for one site.
pub async fn role_at(app: &App, tx: &mut Tx, official: OfficialId, role: Role, site: SiteId) -> Result<(), Problem> {
    give(app, tx, official, Held { role, site: Some(site) }).await
}

async fn give(app: &App, tx: &mut Tx, official: OfficialId, held: Held) -> Result<(), Problem> {
    let id = RowId::new(&app.chance, tx.now);
    Ok(store::insert_role(tx, id.uuid(), official, held).await?)
}

pub async fn kiosk(app: &App, tx: &mut Tx, site: SiteId, name: &str) -> Result<KioskId, Problem> {
    let id = KioskId::new(&app.chance, tx.now);
    store::insert_kiosk(tx, id, app.chance.public_id(), site, name).await?;
    Ok(id)
}

/// By name, for a world that makes its own names.
pub async fn official_named(tx: &mut Tx, name: &str) -> Result<Option<OfficialId>, sqlx::Error> {
    store::official_named(tx, name).await
}
