//! The composition root: builds everything; nothing else does.
use std::sync::Arc;

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::changes::Changes;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::id::Chance;
use crate::keys::Keys;
use crate::{
    admission, auth, call, contact, directory, evidence, export, http, jobs, message, people, schedule, timeline,
    verification,
};

/// What every action needs. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub chance: Chance,
    pub keys: Keys,
    pub calls: call::Calls,
    pub changes: Changes,
    pub messages: message::Gateway,
    pub objects: Arc<dyn object_store::ObjectStore>,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub fn new(parts: Parts) -> Self {
        App(Arc::new(parts))
    }

    /// Who listens to which fact.
    pub fn runner(&self) -> jobs::Runner {
        let mut runner = jobs::Runner::new(self.db.clone(), &self.chance);
        message::jobs::listen(self, &mut runner);
        admission::jobs::listen(self, &mut runner);
        verification::jobs::listen(self, &mut runner);
        export::jobs::listen(self, &mut runner);
        runner
    }

    pub fn router(&self) -> Router {
        let (api, document) = self.api().split_for_parts();
        let api = api
            .route("/api/openapi.json", axum::routing::get(move || std::future::ready(axum::Json(document.clone()))));
        http::harden(api.merge(http::pages::router(&self.config.web)))
    }

    fn api(&self) -> OpenApiRouter {
        OpenApiRouter::with_openapi(Document::openapi())
            .merge(auth::routes())
            .merge(directory::routes())
            .merge(people::routes())
            .merge(contact::routes())
            .merge(schedule::routes())
            .merge(message::routes())
            .merge(admission::routes())
            .merge(call::routes())
            .merge(verification::routes())
            .merge(evidence::routes())
            .merge(export::routes())
            .merge(timeline::routes())
            .with_state(self.clone())
    }

    /// The API's description; the web's types are generated from it.
    pub fn openapi(&self) -> utoipa::openapi::OpenApi {
        self.api().into_openapi()
    }
}

#[derive(OpenApi)]
#[openapi(info(title = "Reencuentro", description = "Video visits, their evidence and decisions."))]
struct Document;
