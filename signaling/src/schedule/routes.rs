//! Paths and bodies of visits.
use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, BookVisit, CancelVisit};
use super::view::{VisitSummary, VisitView};
use crate::app::App;
use crate::auth::Official;
use crate::http::{Body, Id, Problem, ProblemBody, Query};
use crate::id::PublicId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_visits, book_visit))
        .routes(routes!(read_visit))
        .routes(routes!(cancel_visit))
        .routes(routes!(send_code_again))
}

/// An empty answer that is still JSON.
#[derive(Serialize, utoipa::ToSchema)]
struct Done {}

/// Books one slot with all its resources, or none. 409 `slot_not_available` says what is taken and which starts are
/// free; 422 `not_possible` says what is missing.
#[utoipa::path(post, path = "/api/visits", request_body = BookVisit,
    responses((status = 200, body = VisitView), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
async fn book_visit(
    State(app): State<App>,
    official: Official,
    Body(request): Body<BookVisit>,
) -> Result<Json<VisitView>, Problem> {
    Ok(Json(actions::book(&app, &official, request).await?))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Days {
    site: Option<PublicId>,
    /// Civil dates of the site, both included.
    #[param(value_type = String)]
    from: Date,
    #[param(value_type = String)]
    to: Date,
}

/// The calendar: what one's own institution holds, and where one's officials take part.
#[utoipa::path(get, path = "/api/visits", params(Days), responses((status = 200, body = Vec<VisitSummary>)))]
async fn list_visits(
    State(app): State<App>,
    official: Official,
    Query(days): Query<Days>,
) -> Result<Json<Vec<VisitSummary>>, Problem> {
    Ok(Json(actions::list(&app, &official, days.site, (days.from, days.to)).await?))
}

#[utoipa::path(get, path = "/api/visits/{id}", params(("id" = PublicId, Path)), responses((status = 200, body = VisitView)))]
async fn read_visit(State(app): State<App>, official: Official, Id(visit): Id) -> Result<Json<VisitView>, Problem> {
    Ok(Json(actions::read(&app, &official, visit).await?))
}

#[utoipa::path(post, path = "/api/visits/{id}/cancel", params(("id" = PublicId, Path)), request_body = CancelVisit, responses((status = 200, body = Done)))]
async fn cancel_visit(
    State(app): State<App>,
    official: Official,
    Id(visit): Id,
    Body(why): Body<CancelVisit>,
) -> Result<Json<Done>, Problem> {
    actions::cancel(&app, &official, visit, why).await?;
    Ok(Json(Done {}))
}

/// New link and code for the relative; the old ones end.
#[utoipa::path(post, path = "/api/visits/{id}/send-code-again", params(("id" = PublicId, Path)), responses((status = 200, body = Done)))]
async fn send_code_again(State(app): State<App>, official: Official, Id(visit): Id) -> Result<Json<Done>, Problem> {
    actions::send_code_again(&app, &official, visit).await?;
    Ok(Json(Done {}))
}
