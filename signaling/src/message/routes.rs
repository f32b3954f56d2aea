//! Paths and bodies of the outbox.
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, Channel, MessageState, Shown};
use crate::app::App;
use crate::auth::Official;
use crate::http::{Body, Id, Problem, ProblemBody};
use crate::id::PublicId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_messages)).routes(routes!(read_out))
}

#[derive(Serialize, ToSchema)]
struct Message {
    id: PublicId,
    channel: Channel,
    to_masked: String,
    visit: Option<PublicId>,
    text: String,
    state: MessageState,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    /// Only while the local outbox is the way out.
    link: Option<String>,
}

impl From<Shown> for Message {
    fn from(shown: Shown) -> Self {
        Message {
            id: shown.stored.public_id,
            channel: shown.stored.channel,
            to_masked: shown.to_masked,
            visit: shown.stored.visit,
            text: shown.text,
            state: shown.stored.state,
            created_at: shown.stored.created_at,
            sent_at: shown.stored.sent_at,
            link: shown.link,
        }
    }
}

/// Takes no fields.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReadOut)]
struct Nothing {}

/// The newest messages of the cases in one's care, newest first.
#[utoipa::path(get, path = "/api/messages", tag = "message",
    responses((status = 200, body = Vec<Message>), (status = 403, body = ProblemBody)))]
async fn list_messages(State(app): State<App>, official: Official) -> Result<Json<Vec<Message>>, Problem> {
    Ok(Json(actions::list(&app, &official).await?.into_iter().map(Message::from).collect()))
}

/// The code was told on the telephone.
#[utoipa::path(post, path = "/api/messages/{id}/read-out", tag = "message", params(("id" = PublicId, Path)),
    request_body = Nothing,
    responses((status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
async fn read_out(
    State(app): State<App>,
    official: Official,
    Id(id): Id,
    Body(Nothing {}): Body<Nothing>,
) -> Result<StatusCode, Problem> {
    actions::read_out(&app, &official, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
