//! The composition root: builds everything; nothing else does.
use std::sync::Arc;

use axum::{Json, Router, middleware, routing};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::changes::Changes;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::http::limit::Limits;
use crate::id::Chance;
use crate::keys::Keys;
use crate::{
    admission, auth, call, contact, directory, evidence, export, http, jobs, log, message, objects, people, schedule,
    telemetry, timeline, verification,
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
    pub messages: Arc<dyn message::Gateway>,
    pub limits: Limits,
    pub objects: Arc<dyn object_store::ObjectStore>,
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What is given from outside: in a test a held clock, seeded chance and a database of its own.
pub struct Ground {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub chance: Chance,
    pub keys: Keys,
    pub objects: Arc<dyn object_store::ObjectStore>,
}

impl App {
    pub fn build(ground: Ground) -> anyhow::Result<Self> {
        let Ground { config, db, clock, chance, keys, objects } = ground;
        // Before the first thing that is counted.
        telemetry::prometheus();
        let calls = call::Calls::start(&config, &keys, &clock, &chance)?;
        let (changes, messages) = (Changes::default(), message::of_config(config.sms_gateway.as_ref())?);
        let limits = Limits::new(&clock);
        Ok(App(Arc::new(Parts { config, db, clock, chance, keys, calls, changes, messages, limits, objects })))
    }

    /// What runs beside the requests until `stop`: jobs, the ear for changes, the log's sequencer, the rooms.
    pub fn spawn_work(&self, stop: &CancellationToken) -> Vec<JoinHandle<()>> {
        vec![
            tokio::spawn(self.runner().run(stop.clone())),
            tokio::spawn(self.changes.clone().listen(self.db.clone(), stop.clone())),
            tokio::spawn(log::Sequencer::new(self).run(stop.clone())),
            tokio::spawn(call::run(self.clone(), stop.clone())),
        ]
    }

    /// Who listens to which fact.
    pub fn runner(&self) -> jobs::Runner {
        let mut runner = jobs::Runner::new(self.db.clone(), &self.chance);
        objects::listen(self, &mut runner);
        schedule::jobs::listen(self, &mut runner);
        message::jobs::listen(self, &mut runner);
        admission::jobs::listen(self, &mut runner);
        call::jobs::listen(self, &mut runner);
        evidence::jobs::listen(self, &mut runner);
        verification::jobs::listen(self, &mut runner);
        export::jobs::listen(self, &mut runner);
        runner
    }

    pub fn router(&self) -> Router {
        let (api, document) = api().split_for_parts();
        let describe = routing::get(move || std::future::ready(Json(document.clone())));
        let router = api
            .merge(http::health::router())
            .route("/api/openapi.json", describe)
            .route_layer(middleware::from_fn(telemetry::measure))
            .with_state(self.clone())
            .merge(http::pages::router(&self.config.web))
            .fallback(http::pages::no_such_path(&self.config.web))
            .method_not_allowed_fallback(http::no_such_method);
        http::harden(router)
    }
}

/// The API's description; the web's types are generated from it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(auth::routes())
        .merge(directory::routes())
        .merge(people::routes())
        .merge(contact::routes())
        .merge(schedule::routes())
        .merge(message::routes())
        .merge(admission::routes())
        .merge(call::routes())
        .merge(evidence::routes())
        .merge(verification::routes())
        .merge(export::routes())
        .merge(timeline::routes())
}

#[derive(OpenApi)]
#[openapi(info(title = "Reencuentro", description = "Video visits, their evidence and decisions."))]
struct Document;
