//! Paths and bodies of the directory.
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use policy::Role;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions;
use super::state::{Institution, InstitutionKind, Kiosk, KioskState, Named, OfficialEntry, Site, SiteKind};
use crate::app::App;
use crate::auth::described::RoleWord;
use crate::auth::{Official, each_once};
use crate::http::{Body, Id, Problem, Query};
use crate::id::PublicId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_sites))
        .routes(routes!(list_kiosks, make_kiosk))
        .routes(routes!(make_enrolment_code))
        .routes(routes!(revoke_kiosk))
        .routes(routes!(list_institutions))
        .routes(routes!(list_officials))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Site)]
struct SiteView {
    id: PublicId,
    name: String,
    kind: SiteKind,
    zone: String,
    country: String,
}

impl From<Site> for SiteView {
    fn from(site: Site) -> Self {
        SiteView { id: site.public_id, name: site.name, kind: site.kind, zone: site.zone, country: site.country }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Kiosk)]
struct KioskView {
    id: PublicId,
    name: String,
    state: KioskState,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_seen_at: Option<Timestamp>,
}

impl From<Kiosk> for KioskView {
    fn from(kiosk: Kiosk) -> Self {
        KioskView { id: kiosk.public_id, name: kiosk.name, state: kiosk.state, last_seen_at: kiosk.last_seen_at }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Institution)]
struct InstitutionView {
    id: PublicId,
    name: String,
    kind: InstitutionKind,
    state: Option<String>,
}

impl From<Institution> for InstitutionView {
    fn from(one: Institution) -> Self {
        InstitutionView { id: one.public_id, name: one.name, kind: one.kind, state: one.state }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = OfficialEntry)]
struct OfficialView {
    id: PublicId,
    name: String,
    #[schema(value_type = Vec<RoleWord>)]
    roles: Vec<Role>,
    institution: Named,
}

impl From<OfficialEntry> for OfficialView {
    fn from(one: OfficialEntry) -> Self {
        OfficialView {
            id: one.public_id,
            name: one.name,
            roles: each_once(&one.held),
            institution: one.institution_named,
        }
    }
}

fn views<T, V: From<T>>(list: Vec<T>) -> Json<Vec<V>> {
    Json(list.into_iter().map(V::from).collect())
}

/// The sites of one's own institution, and of those that admitted it to a case.
#[utoipa::path(get, path = "/api/sites", responses((status = 200, body = Vec<SiteView>)))]
async fn list_sites(State(app): State<App>, official: Official) -> Result<Json<Vec<SiteView>>, Problem> {
    Ok(views(actions::list_sites(&app, &official).await?))
}

#[utoipa::path(get, path = "/api/sites/{id}/kiosks", params(("id" = PublicId, Path)), responses((status = 200, body = Vec<KioskView>)))]
async fn list_kiosks(
    State(app): State<App>,
    official: Official,
    Id(site): Id,
) -> Result<Json<Vec<KioskView>>, Problem> {
    Ok(views(actions::list_kiosks(&app, &official, site).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct NewKiosk {
    name: String,
}

#[utoipa::path(post, path = "/api/sites/{id}/kiosks", params(("id" = PublicId, Path)), request_body = NewKiosk, responses((status = 200, body = KioskView)))]
async fn make_kiosk(
    State(app): State<App>,
    official: Official,
    Id(site): Id,
    Body(new): Body<NewKiosk>,
) -> Result<Json<KioskView>, Problem> {
    Ok(Json(actions::make_kiosk(&app, &official, site, &new.name).await?.into()))
}

#[derive(Serialize, utoipa::ToSchema)]
struct EnrolmentCode {
    code: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

#[utoipa::path(post, path = "/api/kiosks/{id}/enrolment-code", params(("id" = PublicId, Path)), responses((status = 200, body = EnrolmentCode)))]
async fn make_enrolment_code(
    State(app): State<App>,
    official: Official,
    Id(kiosk): Id,
) -> Result<Json<EnrolmentCode>, Problem> {
    let (code, expires_at) = actions::make_enrolment_code(&app, &official, kiosk).await?;
    Ok(Json(EnrolmentCode { code, expires_at }))
}

#[utoipa::path(post, path = "/api/kiosks/{id}/revoke", params(("id" = PublicId, Path)), responses((status = 200, body = KioskView)))]
async fn revoke_kiosk(State(app): State<App>, official: Official, Id(kiosk): Id) -> Result<Json<KioskView>, Problem> {
    Ok(Json(actions::revoke_kiosk(&app, &official, kiosk).await?.into()))
}

#[utoipa::path(get, path = "/api/institutions", responses((status = 200, body = Vec<InstitutionView>)))]
async fn list_institutions(State(app): State<App>, official: Official) -> Result<Json<Vec<InstitutionView>>, Problem> {
    Ok(views(actions::list_institutions(&app, &official).await?))
}

#[derive(Deserialize)]
struct OfRole {
    role: Option<String>,
}

/// Officials who may be booked: one's own, and those of institutions admitted to a case.
#[utoipa::path(get, path = "/api/officials", params(("role" = Option<String>, Query)), responses((status = 200, body = Vec<OfficialView>)))]
async fn list_officials(
    State(app): State<App>,
    official: Official,
    Query(of): Query<OfRole>,
) -> Result<Json<Vec<OfficialView>>, Problem> {
    let role = of.role.map(|word| Role::parse(&word).ok_or_else(|| Problem::invalid("role", "unknown"))).transpose()?;
    Ok(views(actions::list_officials(&app, &official, role).await?))
}
