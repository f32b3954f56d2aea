//! Paths of cases.
use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::case_file::{self, CaseFile, CaseSummary};
use crate::app::App;
use crate::auth::Official;
use crate::http::{Body, Id, Problem};
use crate::id::PublicId;
use crate::people::{self, Intake, NewAnswer};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open_case, list_cases))
        .routes(routes!(read_case))
        .routes(routes!(record_answer))
}

#[utoipa::path(post, path = "/api/cases", request_body = Intake, responses((status = 200, body = CaseFile)))]
async fn open_case(
    State(app): State<App>,
    official: Official,
    Body(intake): Body<Intake>,
) -> Result<Json<CaseFile>, Problem> {
    let case = people::open_case(&app, &official, intake).await?;
    Ok(Json(case_file::case_file(&app, &official, case).await?))
}

#[utoipa::path(get, path = "/api/cases", responses((status = 200, body = Vec<CaseSummary>)))]
async fn list_cases(State(app): State<App>, official: Official) -> Result<Json<Vec<CaseSummary>>, Problem> {
    Ok(Json(case_file::list_cases(&app, &official).await?))
}

#[utoipa::path(get, path = "/api/cases/{id}", params(("id" = PublicId, Path)), responses((status = 200, body = CaseFile)))]
async fn read_case(State(app): State<App>, official: Official, Id(case): Id) -> Result<Json<CaseFile>, Problem> {
    Ok(Json(case_file::case_file(&app, &official, case).await?))
}

/// Adds an answer; the one before it is superseded, never changed.
#[utoipa::path(post, path = "/api/cases/{id}/answers", params(("id" = PublicId, Path)), request_body = NewAnswer, responses((status = 200, body = CaseFile)))]
async fn record_answer(
    State(app): State<App>,
    official: Official,
    Id(case): Id,
    Body(new): Body<NewAnswer>,
) -> Result<Json<CaseFile>, Problem> {
    people::record_answer(&app, &official, case, new).await?;
    Ok(Json(case_file::case_file(&app, &official, case).await?))
}
