//! Work that can fail or wait. A module goes on to the next by fact: it publishes one in its own transaction, the later
//! module's `jobs.rs` listens, `app.rs` wires. A job is leased, repeatable and has an end.
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::db::{Db, Scope, Tx};
use crate::id::{Chance, InstitutionId, JobId};

/// A lease longer than any job takes; a runner that died gives its jobs back after it.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Past this the job stays as failed, visible in metrics and the desk's outbox.
const MAX_ATTEMPTS: i32 = 8;
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(2);
const BATCH: i64 = 16;
/// The pause between looks when there was nothing to do; a commit in this process wakes the runner at once.
const IDLE: Duration = Duration::from_millis(100);

/// A fact or a task: its kind is the module's word (`contact.approved`), its payload holds ids only.
pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    const KIND: &'static str;
}

/// Published in the transaction of the fact; runs after commit, at `run_at` or later.
pub async fn publish<J: Job>(
    tx: &mut Tx,
    chance: &Chance,
    institution: Option<InstitutionId>,
    job: &J,
    run_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    let payload = serde_json::to_value(job).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let id = JobId::new(chance, tx.now);
    let run_at = run_at.unwrap_or(tx.now).to_sqlx();
    sqlx::query!(
        "insert into jobs (id, kind, institution_id, payload, run_at) values ($1, $2, $3, $4, $5)",
        id.uuid(),
        J::KIND,
        institution.map(InstitutionId::uuid),
        payload,
        run_at
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

type Outcome = Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>;
type Handler = Arc<dyn Fn(serde_json::Value) -> Outcome + Send + Sync>;
type GivingUp = Arc<dyn Fn(serde_json::Value, anyhow::Error) -> Outcome + Send + Sync>;

/// Runs due jobs one after the other; several nodes may run one each.
pub struct Runner {
    db: Db,
    me: Uuid,
    handlers: HashMap<&'static str, Vec<Handler>>,
    giving_up: HashMap<&'static str, GivingUp>,
}

struct Leased {
    id: Uuid,
    kind: String,
    payload: serde_json::Value,
    attempts: i32,
}

impl Runner {
    pub fn new(db: Db, chance: &Chance) -> Self {
        Runner { db, me: chance.public_id().uuid(), handlers: HashMap::new(), giving_up: HashMap::new() }
    }

    /// Listens to a kind. A fact may have several listeners; each must stand being run twice.
    pub fn on<J: Job, F, Fut>(&mut self, handle: F)
    where
        F: Fn(J) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let handle = Arc::new(handle);
        let handler: Handler = Arc::new(move |payload| {
            let handle = handle.clone();
            Box::pin(async move { handle(serde_json::from_value(payload)?).await })
        });
        self.handlers.entry(J::KIND).or_default().push(handler);
    }

    /// Told with the last error when a job of this kind will not be tried again.
    pub fn on_giving_up<J: Job, F, Fut>(&mut self, tell: F)
    where
        F: Fn(J, anyhow::Error) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let tell = Arc::new(tell);
        let giving_up: GivingUp = Arc::new(move |payload, error| {
            let tell = tell.clone();
            Box::pin(async move { tell(serde_json::from_value(payload)?, error).await })
        });
        self.giving_up.insert(J::KIND, giving_up);
    }

    /// Until told to stop; the job in hand is finished first.
    pub async fn run(self, stop: tokio_util::sync::CancellationToken) {
        while !stop.is_cancelled() {
            match self.run_due().await {
                Ok(0) => tokio::select! { () = tokio::time::sleep(IDLE) => {}, () = stop.cancelled() => {} },
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(error = %error, "the job table cannot be read; trying again");
                    tokio::time::sleep(IDLE * 4).await;
                }
            }
        }
    }

    /// Leases and runs what is due now; how many there were.
    pub async fn run_due(&self) -> Result<usize, sqlx::Error> {
        let leased = self.lease().await?;
        for job in &leased {
            let outcome = self.handle(job).await.map_err(|error| (kind_of(&error), error));
            let outcome = match outcome {
                Ok(()) => Ok(()),
                Err((kind, error)) => {
                    tracing::warn!(job.kind = %job.kind, job.attempts = job.attempts, error = %error, "a job failed");
                    self.give_up_after_the_last_try(job, error).await;
                    Err(kind)
                }
            };
            self.settle(job, outcome).await?;
        }
        Ok(leased.len())
    }

    async fn handle(&self, job: &Leased) -> anyhow::Result<()> {
        for handler in self.handlers.get(job.kind.as_str()).into_iter().flatten() {
            handler(job.payload.clone()).await?;
        }
        Ok(())
    }

    async fn give_up_after_the_last_try(&self, job: &Leased, error: anyhow::Error) {
        let Some(tell) = self.giving_up.get(job.kind.as_str()).filter(|_| job.attempts >= MAX_ATTEMPTS) else { return };
        if let Err(error) = tell(job.payload.clone(), error).await {
            tracing::error!(job.kind = %job.kind, error = %error, "a job was given up and nobody could be told");
        }
    }

    async fn lease(&self) -> Result<Vec<Leased>, sqlx::Error> {
        let mut tx = self.db.begin(Scope::Runner).await?;
        let (now, until) = (tx.now, tx.now + LEASE);
        let leased = sqlx::query_as!(
            Leased,
            "update jobs set lease_owner = $1, lease_until = $2, attempts = attempts + 1
             where id in (select id from jobs
                where done_at is null and failed_at is null and run_at <= $3 and (lease_until is null or lease_until < $3)
                order by run_at, id limit $4 for update skip locked)
             returning id, kind, payload, attempts",
            self.me,
            until.to_sqlx(),
            now.to_sqlx(),
            BATCH
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        Ok(leased)
    }

    /// Only while the lease is still ours: a runner that was away too long changes nothing.
    async fn settle(&self, job: &Leased, outcome: Result<(), String>) -> Result<(), sqlx::Error> {
        let mut tx = self.db.begin(Scope::Runner).await?;
        let now = tx.now;
        let (done, failed, run_at, error) = match outcome {
            Ok(()) => (Some(now), None, now, None),
            Err(kind) => {
                let is_last = job.attempts >= MAX_ATTEMPTS;
                (None, is_last.then_some(now), now + FIRST_RETRY * (1 << job.attempts.min(10)), Some(kind))
            }
        };
        sqlx::query!(
            "update jobs set done_at = $3, failed_at = $4, run_at = $5, last_error = $6, lease_owner = null, lease_until = null
             where id = $1 and lease_owner = $2",
            job.id,
            self.me,
            done.map(ToSqlx::to_sqlx) as _,
            failed.map(ToSqlx::to_sqlx) as _,
            run_at.to_sqlx(),
            error
        )
        .execute(tx.conn())
        .await?;
        tx.commit().await
    }
}

/// The outermost message only: causes may quote what a gateway was sent.
fn kind_of(error: &anyhow::Error) -> String {
    error.to_string().chars().take(200).collect()
}
