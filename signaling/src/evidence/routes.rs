//! Paths of evidence.
use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Error;
use super::actions::{self, Sent};
use super::state::{AnswerRequest, AskDocument, Describe, DocumentRequest, EvidenceSummary, Receipt};
use super::still::MAX_STILL_BYTES;
use crate::app::App;
use crate::auth::{Official, Seat};
use crate::http::{Body, Id, Problem, read_upload};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask, list_of_visit))
        .routes(routes!(list_of_seat))
        .routes(routes!(answer))
        .routes(routes!(upload))
        .routes(routes!(seen))
        .routes(routes!(content))
}

/// Asks the relative in the call for a document.
#[utoipa::path(post, path = "/api/visits/{id}/document-requests", tag = "evidence", request_body = AskDocument,
    params(("id" = String, Path)), responses((status = 201, body = DocumentRequest)))]
async fn ask(
    State(app): State<App>,
    official: Official,
    Id(visit): Id,
    Body(asked): Body<AskDocument>,
) -> Result<Response, Problem> {
    let request = actions::ask(&app, &official, visit, asked).await?;
    Ok((axum::http::StatusCode::CREATED, Json(request)).into_response())
}

/// The document requests of a visit, oldest first.
#[utoipa::path(get, path = "/api/visits/{id}/document-requests", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, body = [DocumentRequest])))]
async fn list_of_visit(
    State(app): State<App>,
    official: Official,
    Id(visit): Id,
) -> Result<Json<Vec<DocumentRequest>>, Problem> {
    Ok(Json(actions::requests_of_visit(&app, &official, visit).await?))
}

/// What is asked of this seat, oldest first.
#[utoipa::path(get, path = "/api/join/document-requests", tag = "evidence",
    responses((status = 200, body = [DocumentRequest])))]
async fn list_of_seat(State(app): State<App>, seat: Seat) -> Result<Json<Vec<DocumentRequest>>, Problem> {
    Ok(Json(actions::requests_of_seat(&app, &seat).await?))
}

/// Yes or no, on the relative's own screen.
#[utoipa::path(post, path = "/api/join/document-requests/{id}/answer", tag = "evidence", request_body = AnswerRequest,
    params(("id" = String, Path)), responses((status = 200, body = DocumentRequest)))]
async fn answer(
    State(app): State<App>,
    seat: Seat,
    Id(request): Id,
    Body(given): Body<AnswerRequest>,
) -> Result<Json<DocumentRequest>, Problem> {
    Ok(Json(actions::answer(&app, &seat, request, given).await?))
}

/// The still: JPEG or PNG of at most 12 MiB, with its SHA-256 as the sender computed it.
#[utoipa::path(put, path = "/api/join/document-requests/{id}/still", tag = "evidence",
    params(("id" = String, Path), ("x-content-sha256" = String, Header), ("x-captured-at" = Option<String>, Header)),
    request_body(content_type = "image/jpeg", content = Vec<u8>), responses((status = 200, body = Receipt)))]
async fn upload(
    State(app): State<App>,
    seat: Seat,
    Id(request): Id,
    headers: HeaderMap,
    body: RawBody,
) -> Result<Json<Receipt>, Problem> {
    actions::prepare(&app, &seat, request).await?;
    let sent = read(&headers, body).await?;
    Ok(Json(actions::store_still(&app, &seat, request, sent).await?))
}

/// `X-Image-Size` is not read: the dimensions that count are those of the picture's own header.
async fn read(headers: &HeaderMap, body: RawBody) -> Result<Sent, Error> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let sha256 = text("x-content-sha256").and_then(|hex| hex.parse().ok()).ok_or(Error::Header("x_content_sha256"))?;
    let captured_at = text("x-captured-at").map(str::parse).transpose().map_err(|_| Error::Header("x_captured_at"))?;
    let bytes = read_upload(body, MAX_STILL_BYTES).await.map_err(Error::Refused)?;
    Ok(Sent { bytes, sha256, captured_at })
}

/// Describes how a document was seen.
#[utoipa::path(post, path = "/api/evidence/{id}/seen", tag = "evidence", request_body = Describe,
    params(("id" = String, Path)), responses((status = 200, body = EvidenceSummary)))]
async fn seen(
    State(app): State<App>,
    official: Official,
    Id(item): Id,
    Body(described): Body<Describe>,
) -> Result<Json<EvidenceSummary>, Problem> {
    Ok(Json(actions::describe(&app, &official, item, described.how).await?))
}

/// The still itself; each reading is written down.
#[utoipa::path(get, path = "/api/evidence/{id}/content", tag = "evidence", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>)))]
async fn content(State(app): State<App>, official: Official, Id(item): Id) -> Result<Response, Problem> {
    let still = actions::content(&app, &official, item).await?;
    let mut response = still.bytes.into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(&still.media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    Ok(response)
}
