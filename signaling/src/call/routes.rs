//! The doors of a call: the token, the websocket, the end, the keys.
use axum::Json;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt, StreamExt, future};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions;
use super::protocol::{ClientMessage, MAX_FRAME_BYTES, SUBPROTOCOL, ServerMessage};
use super::socket::{self, Frame, Incoming};
use super::token::JwkSet;
use crate::app::App;
use crate::auth::{Official, Seat};
use crate::http::{Body, Id, Problem, ProblemBody};
use crate::id::PublicId;

/// Twice what a frame may have, so that one which is too large can still be told so.
const MAX_READ_BYTES: usize = 2 * MAX_FRAME_BYTES;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(room_token)).routes(routes!(room)).routes(routes!(end)).routes(routes!(keys))
}

#[derive(Deserialize, ToSchema)]
pub struct RoomTokenRequest {
    /// For an official: the visit they take part in. Without it, the visit of the seat's cookie.
    visit: Option<PublicId>,
}

#[derive(Serialize, ToSchema)]
pub struct RoomToken {
    /// For the `hello` of one websocket, within five minutes.
    token: String,
    url: &'static str,
}

#[utoipa::path(post, path = "/api/room-token", tag = "call", request_body = RoomTokenRequest,
    responses((status = 200, body = RoomToken), (status = "4XX", body = ProblemBody)))]
async fn room_token(
    State(app): State<App>,
    official: Result<Official, Problem>,
    seat: Result<Seat, Problem>,
    Body(request): Body<RoomTokenRequest>,
) -> Result<Json<RoomToken>, Problem> {
    let token = match request.visit {
        Some(visit) => actions::give_token_to_official(&app, &official?, visit).await?,
        None => actions::give_token_to_seat(&app, &seat?).await?,
    };
    Ok(Json(RoomToken { token, url: "/api/room" }))
}

/// The room's websocket, subprotocol `reencuentro.v1`; signaling/PROTOCOL.md describes its frames.
#[utoipa::path(get, path = "/api/room", tag = "call",
    responses((status = 101, description = "frames from the server", body = ServerMessage),
        (status = 200, description = "never sent: the shape of frames to the server", body = ClientMessage),
        (status = "4XX", body = ProblemBody)))]
async fn room(State(app): State<App>, upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>) -> Response {
    let Ok(upgrade) = upgrade else {
        return Problem::new(StatusCode::UPGRADE_REQUIRED, "websocket_needed").into_response();
    };
    let upgrade = upgrade.protocols([SUBPROTOCOL]).max_message_size(MAX_READ_BYTES).max_frame_size(MAX_READ_BYTES);
    if upgrade.selected_protocol().is_none() {
        return Problem::new(StatusCode::BAD_REQUEST, "subprotocol_needed").into_response();
    }
    upgrade.on_upgrade(|websocket| carry(app, websocket))
}

async fn carry(app: App, websocket: WebSocket) {
    let (sink, stream) = websocket.split();
    let incoming = stream.take_while(|frame| future::ready(!matches!(frame, Err(_) | Ok(Message::Close(_)))));
    let incoming = incoming.filter_map(|frame| {
        future::ready(frame.ok().map(|frame| match frame {
            Message::Text(text) => Incoming::Text(text.as_str().to_owned()),
            Message::Binary(_) => Incoming::Binary,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Incoming::Alive,
        }))
    });
    let outgoing = sink.with(|frame| {
        future::ready(Ok::<_, axum::Error>(match frame {
            Frame::Text(text) => Message::Text(text.into()),
            Frame::Ping => Message::Ping(Default::default()),
            Frame::Close(code) => Message::Close(Some(CloseFrame { code, reason: Default::default() })),
        }))
    });
    socket::serve(app, incoming, outgoing).await;
}

#[utoipa::path(post, path = "/api/visits/{id}/end", tag = "call", params(("id" = String, Path)),
    responses((status = 200, body = ()), (status = "4XX", body = ProblemBody)))]
async fn end(State(app): State<App>, official: Official, Id(visit): Id) -> Result<Json<serde_json::Value>, Problem> {
    actions::end(&app, &official, visit).await?;
    Ok(Json(serde_json::json!({})))
}

/// The public keys of room tokens.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "call", responses((status = 200, body = JwkSet)))]
async fn keys(State(app): State<App>) -> Json<JwkSet> {
    Json(app.calls.tokens().key_set())
}
