//! A world: one server, two institutions, their officials; time moves only when a test moves it.
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use reencuentro::app::{App, Ground};
use reencuentro::clock::Clock;
use reencuentro::config::Config;
use reencuentro::db::{Db, setup};
use reencuentro::demo::Actor;
use reencuentro::id::Chance;
use reencuentro::jobs::Runner;
use reencuentro::keys::Keys;
use reencuentro::serve;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tokio_util::sync::CancellationToken;

use crate::cluster::cluster;

/// Monday, mid-morning at the sites of the tests.
const BEGIN: &str = "2027-03-15T16:00:00Z";

pub struct World {
    pub app: App,
    pub clock: Clock,
    pub folder: PathBuf,
    owner: PgConnectOptions,
    runner: Runner,
    stop: CancellationToken,
    router: axum::Router,
}

/// An official's browser, signed in.
pub type Staff = Actor;

impl World {
    pub async fn new() -> World {
        Self::seeded(1).await
    }

    pub async fn seeded(seed: u64) -> World {
        Self::with(seed, |_| {}).await
    }

    /// A server that is configured otherwise.
    pub async fn with(seed: u64, configure: impl FnOnce(&mut Config)) -> World {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let cluster = cluster();
        let folder = cluster.folder.join(format!("world-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let (owner, app) = cluster.database().await;
        let clock = Clock::held_at(BEGIN.parse::<Timestamp>().expect("a constant instant"));
        let chance = Chance::seeded(seed);
        let mut config = Config::from_vars(vec![], true).expect("defaults are valid");
        config.data = folder.clone();
        config.check_number = "+000 000 0000".into();
        configure(&mut config);
        let keys = Keys::open(&folder.join("keys"), chance.clone()).expect("a key folder");
        let objects = serve::open_objects(&folder.join("objects")).expect("an object folder");
        let db = Db::new(setup::app_pool(app).await.expect("the app role connects"), clock.clone());
        let ground = Ground { config, db, clock: clock.clone(), chance, keys, objects };
        let app = App::build(ground).expect("the server is built");
        let stop = CancellationToken::new();
        tokio::spawn(app.changes.clone().listen(app.db.clone(), stop.clone()));
        tokio::spawn(reencuentro::call::run(app.clone(), stop.clone()));
        let (runner, router) = (app.runner(), app.router());
        World { app, clock, folder, owner, runner, stop, router }
    }

    /// Somebody with an empty browser.
    pub fn somebody(&self) -> Actor {
        Actor::new(self.router.clone())
    }

    pub fn router(&self) -> axum::Router {
        self.router.clone()
    }

    pub fn passes(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    /// Runs everything that is due now, and what that makes due.
    pub async fn work(&self) {
        while self.runner.run_due().await.expect("the job table is readable") > 0 {}
    }

    /// As the owner of the schema, to look behind the server's back.
    pub async fn behind(&self) -> PgPool {
        PgPool::connect_with(self.owner.clone()).await.expect("the owner connects")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
