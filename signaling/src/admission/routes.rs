//! Paths and bodies at the door: the relative's, the kiosk's, the desk's.
use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{AppendHeaders, IntoResponse, Response};
use futures_util::Stream;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, JoinVisit, Jwk, KioskSession, TodayView, TurnAway};
use super::watch;
use crate::app::App;
use crate::auth::{KIOSK_COOKIE, KioskDevice, Official, SEAT_COOKIE, Seat, clear_cookie, cookie};
use crate::http::limit::{ClientAddress, Key, Quota};
use crate::http::{Body, Id, Problem, ProblemBody, Query};
use crate::id::PublicId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(redeem))
        .routes(routes!(own_visit))
        .routes(routes!(enrol_kiosk))
        .routes(routes!(challenge_kiosk))
        .routes(routes!(open_kiosk_session))
        .routes(routes!(kiosk_heartbeat))
        .routes(routes!(start_at_kiosk))
        .routes(routes!(leave_kiosk))
        .routes(routes!(today))
        .routes(routes!(today_events))
        .routes(routes!(admit))
        .routes(routes!(turn_away))
}

/// An empty answer that is still JSON.
#[derive(Serialize, utoipa::ToSchema)]
struct Done {}

fn with_cookie(cookie: Option<HeaderValue>, body: impl IntoResponse) -> Response {
    let headers = cookie.map(|cookie| AppendHeaders([(header::SET_COOKIE, cookie)]));
    (headers, body).into_response()
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Redeem {
    token: String,
    /// Six digits.
    code: String,
}

/// Opens an invitation: once, in its time, within five tries, on one device. 403 `wrong_code` {tries_left},
/// `too_early` {opens_at}, or `not_available` for everything else.
#[utoipa::path(post, path = "/api/join/redeem", request_body = Redeem,
    responses((status = 200, body = JoinVisit), (status = 403, body = ProblemBody)))]
async fn redeem(
    State(app): State<App>,
    from: ClientAddress,
    known: Result<Seat, Problem>,
    Body(asked): Body<Redeem>,
) -> Result<Response, Problem> {
    app.limits.check(Quota::Redeem, from.key())?;
    let redeemed = actions::redeem(&app, known.ok(), &asked.token, &asked.code).await?;
    let seat = redeemed.seat.map(|(token, age)| cookie(SEAT_COOKIE, &token, age));
    Ok(with_cookie(seat, Json(redeemed.visit)))
}

/// The own visit, for a relative or at a kiosk.
#[utoipa::path(get, path = "/api/join/visit", responses((status = 200, body = JoinVisit)))]
async fn own_visit(State(app): State<App>, seat: Seat) -> Result<Json<JoinVisit>, Problem> {
    Ok(Json(actions::own_visit(&app, &seat).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct EnrolKiosk {
    code: String,
    public_key: Jwk,
}

#[derive(Serialize, utoipa::ToSchema)]
struct EnrolledKiosk {
    kiosk: PublicId,
}

/// A browser becomes a kiosk, by a code that staff type once.
#[utoipa::path(post, path = "/api/kiosk/enrol", request_body = EnrolKiosk, responses((status = 200, body = EnrolledKiosk)))]
async fn enrol_kiosk(
    State(app): State<App>,
    from: ClientAddress,
    Body(asked): Body<EnrolKiosk>,
) -> Result<Json<EnrolledKiosk>, Problem> {
    app.limits.check(Quota::Code, from.key())?;
    Ok(Json(EnrolledKiosk { kiosk: actions::enrol(&app, &asked.code, &asked.public_key).await? }))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct AskChallenge {
    kiosk: PublicId,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Challenge {
    nonce: String,
}

#[utoipa::path(post, path = "/api/kiosk/challenge", request_body = AskChallenge, responses((status = 200, body = Challenge)))]
async fn challenge_kiosk(
    State(app): State<App>,
    from: ClientAddress,
    Body(asked): Body<AskChallenge>,
) -> Result<Json<Challenge>, Problem> {
    app.limits.check(Quota::SignIn, from.key())?;
    let nonce = actions::challenge(&app, asked.kiosk).await?;
    Ok(Json(Challenge { nonce: nonce.expose().to_owned() }))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct OpenKioskSession {
    kiosk: PublicId,
    nonce: String,
    /// base64url of r‖s over the ASCII string `reencuentro-kiosk:` + nonce.
    signature: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct KioskSessionView {
    kiosk: KioskSession,
}

#[utoipa::path(post, path = "/api/kiosk/session", request_body = OpenKioskSession,
    responses((status = 200, body = KioskSessionView), (status = 403, body = ProblemBody)))]
async fn open_kiosk_session(
    State(app): State<App>,
    from: ClientAddress,
    Body(asked): Body<OpenKioskSession>,
) -> Result<Response, Problem> {
    app.limits.check(Quota::SignIn, from.key())?;
    let (kiosk, token, age) = actions::open_session(&app, asked.kiosk, &asked.nonce, &asked.signature).await?;
    Ok(with_cookie(Some(cookie(KIOSK_COOKIE, &token, age)), Json(KioskSessionView { kiosk })))
}

#[utoipa::path(post, path = "/api/kiosk/heartbeat", responses((status = 200, body = Done)))]
async fn kiosk_heartbeat(State(app): State<App>, kiosk: KioskDevice) -> Result<Json<Done>, Problem> {
    actions::heartbeat(&app, &kiosk).await?;
    Ok(Json(Done {}))
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Digits {
    digits: String,
}

/// The hosted person sits down: six digits that staff handed over, good at this kiosk for this visit.
#[utoipa::path(post, path = "/api/kiosk/start", request_body = Digits,
    responses((status = 200, body = JoinVisit), (status = 403, body = ProblemBody), (status = 429, body = ProblemBody)))]
async fn start_at_kiosk(
    State(app): State<App>,
    kiosk: KioskDevice,
    Body(typed): Body<Digits>,
) -> Result<Response, Problem> {
    app.limits.check(Quota::Code, Key::Account(kiosk.id.uuid()))?;
    let (visit, (token, age)) = actions::start(&app, &kiosk, &typed.digits).await?;
    Ok(with_cookie(Some(cookie(SEAT_COOKIE, &token, age)), Json(visit)))
}

/// The seat ends and its cookie goes; the device's own stays.
#[utoipa::path(post, path = "/api/kiosk/leave", responses((status = 200, body = Done)))]
async fn leave_kiosk(State(app): State<App>, seat: Result<Seat, Problem>) -> Result<Response, Problem> {
    if let Ok(seat) = seat {
        actions::leave_kiosk(&app, &seat).await?;
    }
    Ok(with_cookie(Some(clear_cookie(SEAT_COOKIE)), Json(Done {})))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct OfSite {
    /// None: everything that one may see, wherever it is.
    site: Option<PublicId>,
}

/// The board of the day.
#[utoipa::path(get, path = "/api/today", params(OfSite), responses((status = 200, body = TodayView)))]
async fn today(
    State(app): State<App>,
    official: Official,
    Query(of): Query<OfSite>,
) -> Result<Json<TodayView>, Problem> {
    Ok(Json(actions::today(&app, &official, of.site).await?))
}

/// A comment this often keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Server-sent events: `changed` with `{"visit": id}` (fetch it again) or `{"visit": null}` (fetch everything again).
#[utoipa::path(get, path = "/api/today/events", params(OfSite), responses((status = 200, content_type = "text/event-stream", body = String)))]
async fn today_events(
    State(app): State<App>,
    official: Official,
    Query(of): Query<OfSite>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let site = actions::watched_site(&app, &official, of.site).await?;
    let events = watch::events(app, official, site)?;
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

#[utoipa::path(post, path = "/api/participants/{id}/admit", params(("id" = PublicId, Path)), responses((status = 200, body = Done)))]
async fn admit(State(app): State<App>, official: Official, Id(participant): Id) -> Result<Json<Done>, Problem> {
    actions::admit(&app, &official, participant).await?;
    Ok(Json(Done {}))
}

#[utoipa::path(post, path = "/api/participants/{id}/turn-away", params(("id" = PublicId, Path)), request_body = TurnAway, responses((status = 200, body = Done)))]
async fn turn_away(
    State(app): State<App>,
    official: Official,
    Id(participant): Id,
    Body(why): Body<TurnAway>,
) -> Result<Json<Done>, Problem> {
    actions::turn_away(&app, &official, participant, why).await?;
    Ok(Json(Done {}))
}
