//! Paths and bodies of contacts.
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, ContactView, NewContact, Refusal, Vetting};
use crate::app::App;
use crate::auth::Official;
use crate::http::{Body, Id, Problem};
use crate::id::PublicId;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(name_contact))
        .routes(routes!(approve_contact))
        .routes(routes!(refuse_contact))
        .routes(routes!(unmask_phone))
}

#[utoipa::path(post, path = "/api/cases/{id}/contacts", params(("id" = PublicId, Path)), request_body = NewContact, responses((status = 200, body = ContactView)))]
async fn name_contact(
    State(app): State<App>,
    official: Official,
    Id(case): Id,
    Body(new): Body<NewContact>,
) -> Result<Json<ContactView>, Problem> {
    Ok(Json(actions::name(&app, &official, case, new).await?))
}

#[utoipa::path(post, path = "/api/contacts/{id}/approve", params(("id" = PublicId, Path)), request_body = Vetting, responses((status = 200, body = ContactView)))]
async fn approve_contact(
    State(app): State<App>,
    official: Official,
    Id(contact): Id,
    Body(vetting): Body<Vetting>,
) -> Result<Json<ContactView>, Problem> {
    Ok(Json(actions::approve(&app, &official, contact, vetting).await?))
}

#[utoipa::path(post, path = "/api/contacts/{id}/refuse", params(("id" = PublicId, Path)), request_body = Refusal, responses((status = 200, body = ContactView)))]
async fn refuse_contact(
    State(app): State<App>,
    official: Official,
    Id(contact): Id,
    Body(refusal): Body<Refusal>,
) -> Result<Json<ContactView>, Problem> {
    Ok(Json(actions::refuse(&app, &official, contact, refusal).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Unmasked {
    /// E.164.
    phone: String,
}

#[utoipa::path(post, path = "/api/contacts/{id}/unmask-phone", params(("id" = PublicId, Path)), responses((status = 200, body = Unmasked)))]
async fn unmask_phone(State(app): State<App>, official: Official, Id(contact): Id) -> Result<Json<Unmasked>, Problem> {
    let phone = actions::unmask_phone(&app, &official, contact).await?;
    Ok(Json(Unmasked { phone: phone.expose().to_owned() }))
}
