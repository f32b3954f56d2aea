//! Paths and bodies of consents, grants and the access view. A case itself is answered by `timeline`, which alone knows
//! the whole file.
use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, AccessEntry, ConsentInput, ConsentView, GrantView, NewGrant};
use crate::app::App;
use crate::auth::Official;
use crate::http::{Body, Id, Problem};
use crate::id::PublicId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(record_consent))
        .routes(routes!(grant_case))
        .routes(routes!(withdraw_grant))
        .routes(routes!(read_access))
}

#[utoipa::path(post, path = "/api/cases/{id}/consents", params(("id" = PublicId, Path)), request_body = ConsentInput, responses((status = 200, body = ConsentView)))]
async fn record_consent(
    State(app): State<App>,
    official: Official,
    Id(case): Id,
    Body(new): Body<ConsentInput>,
) -> Result<Json<ConsentView>, Problem> {
    Ok(Json(actions::take_consent(&app, &official, case, new).await?))
}

#[utoipa::path(post, path = "/api/cases/{id}/grants", params(("id" = PublicId, Path)), request_body = NewGrant, responses((status = 200, body = GrantView)))]
async fn grant_case(
    State(app): State<App>,
    official: Official,
    Id(case): Id,
    Body(new): Body<NewGrant>,
) -> Result<Json<GrantView>, Problem> {
    Ok(Json(actions::grant(&app, &official, case, new).await?))
}

#[utoipa::path(post, path = "/api/grants/{id}/withdraw", params(("id" = PublicId, Path)), responses((status = 200, body = GrantView)))]
async fn withdraw_grant(State(app): State<App>, official: Official, Id(grant): Id) -> Result<Json<GrantView>, Problem> {
    Ok(Json(actions::withdraw(&app, &official, grant).await?))
}

/// Who looked at the case, and why.
#[utoipa::path(get, path = "/api/cases/{id}/access", params(("id" = PublicId, Path)), responses((status = 200, body = Vec<AccessEntry>)))]
async fn read_access(
    State(app): State<App>,
    official: Official,
    Id(case): Id,
) -> Result<Json<Vec<AccessEntry>>, Problem> {
    Ok(Json(actions::access(&app, &official, case).await?))
}
