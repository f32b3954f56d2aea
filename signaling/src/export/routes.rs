//! Paths of exports.
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, AskExport, ExportView};
use crate::app::App;
use crate::auth::Official;
use crate::http::{Body, Id, Problem};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask_export, list_exports))
        .routes(routes!(read_export))
        .routes(routes!(read_package))
        .routes(routes!(read_trust))
}

/// Asks for a package of the case's evidence. Needs a passkey shown in the last minutes.
#[utoipa::path(post, path = "/api/cases/{id}/exports", operation_id = "ask_export", tag = "export", request_body = AskExport,
    params(("id" = String, Path)), responses((status = 202, body = ExportView)))]
async fn ask_export(
    State(app): State<App>,
    official: Official,
    Id(case): Id,
    Body(asked): Body<AskExport>,
) -> Result<Response, Problem> {
    let export = actions::ask(&app, &official, case, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(export)).into_response())
}

/// The exports of a case, newest first.
#[utoipa::path(get, path = "/api/cases/{id}/exports", operation_id = "list_exports", tag = "export", params(("id" = String, Path)),
    responses((status = 200, body = [ExportView])))]
async fn list_exports(
    State(app): State<App>,
    official: Official,
    Id(case): Id,
) -> Result<Json<Vec<ExportView>>, Problem> {
    Ok(Json(actions::list(&app, &official, case).await?))
}

#[utoipa::path(get, path = "/api/exports/{id}", tag = "export", params(("id" = String, Path)),
    responses((status = 200, body = ExportView)))]
async fn read_export(State(app): State<App>, official: Official, Id(export): Id) -> Result<Json<ExportView>, Problem> {
    Ok(Json(actions::get(&app, &official, export).await?))
}

/// The package as one zip: a whole case in one file, so it wants a fresh proof of presence (`step_up_needed`).
#[utoipa::path(get, path = "/api/exports/{id}/package", tag = "export", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>)))]
async fn read_package(State(app): State<App>, official: Official, Id(export): Id) -> Result<Response, Problem> {
    let (name, archive) = actions::fetch(&app, &official, export).await?;
    let mut response = archive.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    headers.insert(header::CONTENT_DISPOSITION, disposition.expect("an id is a header value"));
    Ok(response)
}

/// The keys that packages of this server verify under. Compare its fingerprint by another way before trusting it.
#[utoipa::path(get, path = "/api/trust", tag = "export",
    responses((status = 200, content_type = "text/plain", body = String)))]
async fn read_trust(State(app): State<App>) -> Result<String, Problem> {
    Ok(actions::trust_file(&app).await?)
}
