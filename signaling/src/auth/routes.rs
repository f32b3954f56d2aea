//! Paths and bodies of signing in.
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use policy::Role;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::extract::Official;
use super::passkey::{self, Begun};
use super::session::{self, LinkPurpose, SignedIn};
use super::store;
use crate::app::App;
use crate::db::Scope;
use crate::http::limit::{ClientAddress, Quota};
use crate::http::{Body, Problem, ProblemBody};
use crate::id::{CeremonyId, PublicId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(redeem_demo_link))
        .routes(routes!(redeem_enrolment_link))
        .routes(routes!(begin_registration))
        .routes(routes!(finish_registration))
        .routes(routes!(begin_sign_in))
        .routes(routes!(finish_sign_in))
        .routes(routes!(begin_step_up))
        .routes(routes!(finish_step_up))
        .routes(routes!(step_up_in_demo))
        .routes(routes!(sign_out))
        .routes(routes!(me))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Link {
    token: String,
}

/// Takes no fields.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

#[derive(Serialize, ToSchema)]
struct CeremonyBegun {
    ceremony: Uuid,
    /// `{publicKey: …}` as WebAuthn's JSON; binary values are base64url.
    #[schema(value_type = Object)]
    options: Value,
}

impl From<Begun> for CeremonyBegun {
    fn from(begun: Begun) -> Self {
        CeremonyBegun { ceremony: begun.ceremony.uuid(), options: begun.options }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Registered {
    ceremony: Uuid,
    /// `PublicKeyCredential.toJSON()` of the new key.
    #[schema(value_type = Object)]
    credential: RegisterPublicKeyCredential,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Asserted {
    ceremony: Uuid,
    /// `PublicKeyCredential.toJSON()` of the assertion.
    #[schema(value_type = Object)]
    credential: PublicKeyCredential,
}

#[derive(Serialize, ToSchema)]
struct Me {
    official: MyName,
    institution: MyInstitution,
    #[schema(value_type = Vec<super::described::RoleWord>)]
    roles: Vec<Role>,
    sites: Vec<MySite>,
    has_passkey: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    step_up_until: Option<Timestamp>,
    demo: bool,
    /// May register a passkey and nothing else.
    enrolment_only: bool,
}

impl Me {
    async fn of(app: &App, official: Official) -> Result<Self, Problem> {
        let mut tx = app.db.begin(Scope::Auth).await?;
        let profile = store::profile(&mut tx, &official).await?;
        tx.commit().await?;
        let (id, name, kind, state) = profile.institution;
        Ok(Me {
            official: MyName { id: official.public_id, name: profile.name },
            institution: MyInstitution { id, name, kind, state },
            roles: profile.roles,
            sites: profile.sites.into_iter().map(|(id, name, zone)| MySite { id, name, zone }).collect(),
            has_passkey: profile.has_passkey,
            step_up_until: profile.step_up_until,
            demo: app.config.is_demo,
            enrolment_only: official.is_enrolment_only,
        })
    }
}

#[derive(Serialize, ToSchema)]
struct MyName {
    id: PublicId,
    name: String,
}

#[derive(Serialize, ToSchema)]
struct MyInstitution {
    id: PublicId,
    name: String,
    kind: String,
    /// ISO 3166-1 alpha-2; null: belongs to no State.
    state: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct MySite {
    id: PublicId,
    name: String,
    /// IANA zone.
    zone: String,
}

async fn welcome(app: &App, signed_in: SignedIn) -> Result<(HeaderMap, Json<Me>), Problem> {
    Ok((set_cookie(signed_in.cookie), Json(Me::of(app, signed_in.official).await?)))
}

fn set_cookie(cookie: HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([(header::SET_COOKIE, cookie)])
}

/// Signs in by a one-time link of a demonstration server.
#[utoipa::path(post, path = "/api/auth/demo", tag = "auth", request_body = Link,
    responses((status = 200, body = Me), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
async fn redeem_demo_link(
    State(app): State<App>,
    address: ClientAddress,
    Body(link): Body<Link>,
) -> Result<(HeaderMap, Json<Me>), Problem> {
    app.limits.check(Quota::SignIn, address.key())?;
    welcome(&app, session::redeem_link(&app, &link.token, LinkPurpose::Demo).await?).await
}

/// Opens a session that may register the first passkey.
#[utoipa::path(post, path = "/api/auth/enrol", tag = "auth", request_body = Link,
    responses((status = 200, body = Me), (status = 403, body = ProblemBody)))]
async fn redeem_enrolment_link(
    State(app): State<App>,
    address: ClientAddress,
    Body(link): Body<Link>,
) -> Result<(HeaderMap, Json<Me>), Problem> {
    app.limits.check(Quota::SignIn, address.key())?;
    welcome(&app, session::redeem_link(&app, &link.token, LinkPurpose::Enrol).await?).await
}

/// Begins to register a passkey: the first in a session of an enrolment link, a further one after a step-up.
#[utoipa::path(post, path = "/api/auth/passkeys/register/start", tag = "auth", request_body = Nothing,
    responses((status = 200, body = CeremonyBegun), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`step_up_needed`")))]
async fn begin_registration(
    State(app): State<App>,
    official: Official,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CeremonyBegun>, Problem> {
    Ok(Json(passkey::begin_registration(&app, &official).await?.into()))
}

/// Keeps the new passkey.
#[utoipa::path(post, path = "/api/auth/passkeys/register/finish", tag = "auth", request_body = Registered,
    responses((status = 204), (status = 403, body = ProblemBody)))]
async fn finish_registration(
    State(app): State<App>,
    official: Official,
    Body(body): Body<Registered>,
) -> Result<StatusCode, Problem> {
    passkey::finish_registration(&app, &official, CeremonyId(body.ceremony), &body.credential).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins to sign in; the browser offers the keys it has.
#[utoipa::path(post, path = "/api/auth/passkeys/sign-in/start", tag = "auth", request_body = Nothing,
    responses((status = 200, body = CeremonyBegun), (status = 429, body = ProblemBody)))]
async fn begin_sign_in(
    State(app): State<App>,
    address: ClientAddress,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CeremonyBegun>, Problem> {
    app.limits.check(Quota::SignIn, address.key())?;
    Ok(Json(passkey::begin_sign_in(&app).await?.into()))
}

/// Signs in by passkey.
#[utoipa::path(post, path = "/api/auth/passkeys/sign-in/finish", tag = "auth", request_body = Asserted,
    responses((status = 200, body = Me), (status = 403, body = ProblemBody)))]
async fn finish_sign_in(
    State(app): State<App>,
    address: ClientAddress,
    Body(body): Body<Asserted>,
) -> Result<(HeaderMap, Json<Me>), Problem> {
    app.limits.check(Quota::SignIn, address.key())?;
    welcome(&app, passkey::finish_sign_in(&app, CeremonyId(body.ceremony), &body.credential).await?).await
}

/// Begins to show presence before a decision, an export or a phone number.
#[utoipa::path(post, path = "/api/auth/step-up/start", tag = "auth", request_body = Nothing,
    responses((status = 200, body = CeremonyBegun), (status = 403, body = ProblemBody)))]
async fn begin_step_up(
    State(app): State<App>,
    official: Official,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CeremonyBegun>, Problem> {
    Ok(Json(passkey::begin_step_up(&app, &official).await?.into()))
}

/// Presence shown; it counts for five minutes.
#[utoipa::path(post, path = "/api/auth/step-up/finish", tag = "auth", request_body = Asserted,
    responses((status = 204), (status = 403, body = ProblemBody)))]
async fn finish_step_up(
    State(app): State<App>,
    official: Official,
    Body(body): Body<Asserted>,
) -> Result<StatusCode, Problem> {
    passkey::finish_step_up(&app, &official, CeremonyId(body.ceremony), &body.credential).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// On a demonstration server, for somebody without a passkey.
#[utoipa::path(post, path = "/api/auth/step-up/demo", tag = "auth", request_body = Nothing,
    responses((status = 204), (status = 404, body = ProblemBody)))]
async fn step_up_in_demo(
    State(app): State<App>,
    official: Official,
    Body(Nothing {}): Body<Nothing>,
) -> Result<StatusCode, Problem> {
    session::step_up_in_demo(&app, &official).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the session here and in the browser.
#[utoipa::path(post, path = "/api/auth/sign-out", tag = "auth", request_body = Nothing,
    responses((status = 204), (status = 401, body = ProblemBody)))]
async fn sign_out(
    State(app): State<App>,
    official: Official,
    Body(Nothing {}): Body<Nothing>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let cookie = session::sign_out(&app, &official).await?;
    Ok((StatusCode::NO_CONTENT, set_cookie(cookie)))
}

/// Who is signed in, and what the page needs to know about it.
#[utoipa::path(get, path = "/api/me", tag = "auth", responses((status = 200, body = Me), (status = 401, body = ProblemBody)))]
async fn me(State(app): State<App>, official: Official) -> Result<Json<Me>, Problem> {
    Ok(Json(Me::of(&app, official).await?))
}
