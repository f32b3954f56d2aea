//! Starts the server, and stops it cleanly.
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use object_store::local::LocalFileSystem;
use sqlx::postgres::PgConnectOptions;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::app::{App, Ground};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::embedded::Embedded;
use crate::db::{Db, setup};
use crate::demo;
use crate::directory::{self, invite::Invite};
use crate::id::Chance;
use crate::keys::Keys;

/// Open requests and calls get this long to end before the process does.
const DRAIN: Duration = Duration::from_secs(10);
const DATABASE: &str = "postgres";

/// The database that the configuration names, up to date: an embedded one, or the one at `DATABASE_URL`.
pub struct Database {
    embedded: Option<Embedded>,
    app: PgConnectOptions,
}

impl Database {
    pub async fn open(config: &Config, keys: &Keys) -> anyhow::Result<Self> {
        let Some(url) = &config.database_url else {
            let embedded = Embedded::start(&config.data.join("postgres"), true).await?;
            return Database::migrated(embedded).await;
        };
        let owner: PgConnectOptions = url.parse().context("DATABASE_URL")?;
        let password = crate::db::hex(&*keys.derive("database app role"));
        setup::migrate(&owner, Some(&password)).await?;
        Ok(Database { embedded: None, app: owner.username(setup::APP_ROLE).password(&password) })
    }

    /// As [`Database::open`], also while the server runs: then its embedded database is used as it is.
    async fn open_beside(config: &Config, keys: &Keys) -> anyhow::Result<Self> {
        if config.database_url.is_some() {
            return Self::open(config, keys).await;
        }
        let folder = config.data.join("postgres");
        match Embedded::attach(&folder).await? {
            Some(app) => Ok(Database { embedded: None, app }),
            None => Database::migrated(Embedded::start(&folder, true).await?).await,
        }
    }

    async fn migrated(embedded: Embedded) -> anyhow::Result<Self> {
        setup::migrate(&embedded.owner(DATABASE), None).await?;
        Ok(Database { app: embedded.app(DATABASE), embedded: Some(embedded) })
    }

    async fn stop(self) -> anyhow::Result<()> {
        match self.embedded {
            Some(embedded) => embedded.stop().await,
            None => Ok(()),
        }
    }
}

pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let keys = open_keys(config, &Chance::from_system())?;
    Database::open(config, &keys).await?.stop().await
}

/// Makes an official and what they belong to; prints the link that registers their passkey.
pub async fn invite(mut config: Config, words: &[&str]) -> anyhow::Result<()> {
    let asked = Invite::parse(words)?;
    let (chance, clock) = (Chance::from_system(), Clock::system());
    let keys = open_keys(&config, &chance)?;
    let database = Database::open_beside(&config, &keys).await?;
    let db = Db::new(setup::app_pool(database.app.clone()).await?, clock.clone());
    let objects = open_objects(&config.data.join("objects"))?;
    // The media port may be the running server's.
    config.media_listen = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
    let app = App::build(Ground { config, db, clock, chance, keys, objects })?;
    let link = directory::invite::invite(&app, &asked).await?;
    app.db.pool().close().await;
    database.stop().await?;
    println!("{link}");
    Ok(())
}

/// Serves until SIGTERM or SIGINT.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let chance = Chance::from_system();
    let clock = Clock::system();
    let keys = open_keys(&config, &chance)?;
    let database = Database::open(&config, &keys).await?;
    let db = Db::new(setup::app_pool(database.app.clone()).await?, clock.clone());
    let listener = TcpListener::bind(config.listen).await.with_context(|| format!("listening on {}", config.listen))?;
    let stop = CancellationToken::new();
    let objects = open_objects(&config.data.join("objects"))?;
    let app = App::build(Ground { config, db, clock, chance, keys, objects })?;
    if app.config.is_demo {
        demo::prepare(&app).await.context("preparing the demo world")?;
    }
    tracing::info!(listen = %app.config.listen, demo = app.config.is_demo, "serving");
    run(app, listener, stop).await?;
    database.stop().await
}

fn open_keys(config: &Config, chance: &Chance) -> anyhow::Result<Keys> {
    // The account of the embedded PostgreSQL walks through it; nobody else needs to know what lies there.
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o711).create(&config.data);
    made.with_context(|| format!("making {}", config.data.display()))?;
    Keys::open(&config.data.join("keys"), chance.clone()).context("opening the keys")
}

pub fn open_objects(folder: &Path) -> anyhow::Result<Arc<dyn object_store::ObjectStore>> {
    std::fs::create_dir_all(folder)?;
    Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)))
}

/// Serves `app` until `stop`, then drains: no new requests, rooms told, the job in hand finished.
async fn run(app: App, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
    let work = app.spawn_work(&stop);
    let router = app.router().into_make_service_with_connect_info::<SocketAddr>();
    let graceful = stop.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move { graceful.cancelled().await });
    let server = tokio::spawn(server.into_future());
    wait_for_signal().await?;
    tracing::info!("stopping");
    stop.cancel();
    // Event streams and idle websockets may outlive the drain; they hold nothing that is not stored.
    let _ = tokio::time::timeout(DRAIN, server).await;
    for task in work {
        let _ = tokio::time::timeout(DRAIN, task).await;
    }
    app.db.pool().close().await;
    Ok(())
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    Ok(())
}
