//! The database: a pool as the app role, and transactions that cannot be begun without saying who acts.
//!
//! `store.rs` functions take a [`Tx`]; there is no other way to a connection, so an unscoped query does not compile.
pub mod embedded;
mod place;
pub mod setup;

use jiff::Timestamp;
use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Postgres, Transaction};

use crate::clock::Clock;
use crate::id::{InstitutionId, KioskId, OfficialId, SiteId, VisitId};

/// In whose name a transaction runs; row-level security answers by it.
#[derive(Clone, Debug)]
pub enum Scope {
    Official {
        institution: InstitutionId,
        state: Option<String>,
        official: OfficialId,
        /// Whose cases alone are seen; none: of the whole institution.
        sites: Option<Vec<SiteId>>,
    },
    /// A job on behalf of the institution that owns the case.
    System {
        institution: InstitutionId,
    },
    /// A participant without an account, in one visit.
    Seat {
        visit: VisitId,
    },
    /// Somebody who shows a link's token, or a seat's cookie, before we know of which visit.
    DoorOfToken {
        token_hash: Vec<u8>,
    },
    DoorOfKiosk {
        kiosk: KioskId,
    },
    /// Sign-in tables and the directory; no case.
    Auth,
    /// The evidence log's entries, without the cases behind them.
    Sequencer,
    /// The job table.
    Runner,
}

#[derive(Clone)]
pub struct Db {
    pool: PgPool,
    clock: Clock,
}

impl Db {
    pub fn new(pool: PgPool, clock: Clock) -> Self {
        Db { pool, clock }
    }

    pub async fn begin(&self, scope: Scope) -> Result<Tx, sqlx::Error> {
        let inner = self.pool.begin().await?;
        let mut tx = Tx { inner, now: self.clock.now() };
        tx.enter(scope).await?;
        Ok(tx)
    }

    /// For LISTEN and for readiness only.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// A transaction with a scope and one instant that holds for all of it.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    pub now: Timestamp,
}

impl Tx {
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.inner.commit().await
    }

    /// Ends it now, with its locks; a transaction that is only dropped holds them a moment longer.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.inner.rollback().await
    }

    /// Goes on in another name within the same transaction: who came through a door takes a seat.
    pub async fn enter(&mut self, scope: Scope) -> Result<(), sqlx::Error> {
        let now = self.now.to_string();
        let set = Settings::of(&scope);
        sqlx::query!(
            r#"select set_config('app.scope', $1, true) as a, set_config('app.institution', $2, true) as b,
                set_config('app.state', $3, true) as c, set_config('app.visit', $4, true) as d,
                set_config('app.kiosk', $5, true) as e, set_config('app.token', $6, true) as f,
                set_config('app.now', $7, true) as g,
                set_config('app.sites', $8, true) as h"#,
            set.scope,
            set.institution,
            set.state,
            set.visit,
            set.kiosk,
            set.token,
            now,
            set.sites
        )
        .fetch_one(self.conn())
        .await?;
        Ok(())
    }
}

#[derive(Default)]
struct Settings {
    scope: &'static str,
    institution: String,
    state: String,
    visit: String,
    kiosk: String,
    token: String,
    sites: String,
}

impl Settings {
    fn of(scope: &Scope) -> Self {
        let named = |scope| Settings { scope, ..Settings::default() };
        match scope {
            Scope::Official { institution, state, sites, .. } => Settings {
                institution: institution.uuid().to_string(),
                state: state.clone().unwrap_or_default(),
                sites: sites.as_deref().map(array_of).unwrap_or_default(),
                ..named("official")
            },
            Scope::System { institution } => {
                Settings { institution: institution.uuid().to_string(), ..named("system") }
            }
            Scope::Seat { visit } => Settings { visit: visit.uuid().to_string(), ..named("seat") },
            Scope::DoorOfToken { token_hash } => Settings { token: hex(token_hash), ..named("door") },
            Scope::DoorOfKiosk { kiosk } => Settings { kiosk: kiosk.uuid().to_string(), ..named("door") },
            Scope::Auth => named("auth"),
            Scope::Sequencer => named("sequencer"),
            Scope::Runner => named("runner"),
        }
    }
}

/// As PostgreSQL writes an array; an empty one is not the same as none.
fn array_of(sites: &[SiteId]) -> String {
    let sites: Vec<String> = sites.iter().map(|site| site.uuid().to_string()).collect();
    format!("{{{}}}", sites.join(","))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of the violated constraint, for `store.rs` to turn into the domain's word.
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error()?.constraint()
}
