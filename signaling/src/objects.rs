//! Files under a case's key in the object store: stills and packages.
//!
//! A file is sealed whole, because every one is bounded and held in memory once anyway; it is bound to its case, its use
//! and its own name, so that it opens nowhere else. It is stored before the transaction that speaks of it commits, so a
//! row without a file cannot be. A file without a row can, after a crash or a failure: therefore an intent is written
//! before the file, [`name`] removes it in the transaction of the row, and what is still only intended after
//! [`ABANDONED_AFTER`] is swept. By this construction, and not by looking for rows, no file that a row names is swept.
mod store;

use attest::hash::Hash;
use bytes::Bytes;
use jiff::SignedDuration;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutMode, PutOptions};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::db::{Scope, Tx};
use crate::http::Problem;
use crate::id::CaseId;
use crate::jobs::{self, Job, Runner};
use crate::keys::{CaseKeyClass, KeyError};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the object store: {0}")]
    Store(#[from] object_store::Error),
    #[error("the file waited too long for its row and was swept")]
    Swept,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Key(error) => error.into(),
            Error::Database(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}

/// Where a file went and what lies there.
#[derive(Clone, Debug)]
pub struct Stored {
    pub key: String,
    pub ciphertext_sha256: Hash,
}

/// Longer than any request and any job between storing a file and naming it, by far.
pub const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(24);
/// Files of one sweep; another follows at once while there are more.
const SWEPT_AT_ONCE: i64 = 100;

/// Look for files that nothing names.
#[derive(Serialize, Deserialize)]
struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "objects.sweep";
}

pub fn listen(app: &App, runner: &mut Runner) {
    let app = app.clone();
    runner.on(move |_: Sweep| {
        let app = app.clone();
        async move {
            while sweep(&app).await? == SWEPT_AT_ONCE as usize {}
            Ok(())
        }
    });
}

async fn sweep(app: &App) -> Result<usize, Error> {
    let mut tx = app.db.begin(Scope::Runner).await?;
    let before = tx.now - ABANDONED_AFTER;
    let keys = store::lock_older_than(&mut tx, before, SWEPT_AT_ONCE).await?;
    for key in &keys {
        match app.objects.delete(&Path::from(key.as_str())).await {
            // It never came to be stored, or somebody discarded it.
            Ok(()) | Err(object_store::Error::NotFound { .. }) => store::remove(&mut tx, key).await?,
            Err(error) => return Err(error.into()),
        };
    }
    tx.commit().await?;
    Ok(keys.len())
}

/// The file is named by a row of this transaction; from its commit on it is never swept.
pub async fn name(tx: &mut Tx, stored: &Stored) -> Result<(), Error> {
    if store::remove(tx, &stored.key).await? { Ok(()) } else { Err(Error::Swept) }
}

async fn intend(app: &App, key: &str) -> Result<(), sqlx::Error> {
    let mut tx = app.db.begin(Scope::Runner).await?;
    store::insert(&mut tx, key).await?;
    let due = tx.now + ABANDONED_AFTER;
    jobs::publish(&mut tx, &app.chance, None, &Sweep {}, Some(due)).await?;
    tx.commit().await
}

/// Seals and stores under a new random name. `what` is its use, as `table.column`.
pub async fn put(app: &App, case: CaseId, what: &str, plain: &[u8]) -> Result<Stored, Error> {
    let key = app.chance.public_id().uuid().simple().to_string();
    let sealed = app.keys.seal(case, CaseKeyClass::Evidence, &binding(what, &key), plain)?;
    let ciphertext_sha256 = Hash::of(&sealed);
    intend(app, &key).await?;
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    let path = Path::from(key.as_str());
    object_store::ObjectStore::put_opts(&*app.objects, &path, Bytes::from(sealed).into(), options).await?;
    Ok(Stored { key, ciphertext_sha256 })
}

pub async fn get(app: &App, case: CaseId, what: &str, key: &str) -> Result<Vec<u8>, Error> {
    let sealed = app.objects.get(&Path::from(key)).await?.bytes().await?;
    Ok(app.keys.open_sealed(case, CaseKeyClass::Evidence, &binding(what, key), &sealed)?)
}

/// Takes back a file whose transaction failed. That it stays is no fault for anybody: it will be swept.
pub async fn discard(app: &App, stored: &Stored) {
    if let Err(error) = app.objects.delete(&Path::from(stored.key.as_str())).await {
        tracing::warn!(error = %error, "a file without a row could not be removed");
    }
}

fn binding(what: &str, key: &str) -> String {
    format!("{what}:{key}")
}
