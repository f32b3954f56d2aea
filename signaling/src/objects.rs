//! Files under a case's key in the object store: stills and packages.
//!
//! A file is sealed whole, because every one is bounded and held in memory once anyway; it is bound to its case, its use
//! and its own name, so that it opens nowhere else. It is stored before the transaction that speaks of it commits: a
//! row without a file cannot be, a file without a row is discarded by whoever sees the failure. A crash between the
//! two leaves a sealed file that nothing names.
use attest::hash::Hash;
use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutMode, PutOptions};

use crate::app::App;
use crate::http::Problem;
use crate::id::CaseId;
use crate::keys::{CaseKeyClass, KeyError};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the object store: {0}")]
    Store(#[from] object_store::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Key(error) => error.into(),
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

/// Seals and stores under a new random name. `what` is its use, as `table.column`.
pub async fn put(app: &App, case: CaseId, what: &str, plain: &[u8]) -> Result<Stored, Error> {
    let key = app.chance.public_id().uuid().simple().to_string();
    let sealed = app.keys.seal(case, CaseKeyClass::Evidence, &binding(what, &key), plain)?;
    let ciphertext_sha256 = Hash::of(&sealed);
    let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    let path = Path::from(key.as_str());
    object_store::ObjectStore::put_opts(&*app.objects, &path, Bytes::from(sealed).into(), options).await?;
    Ok(Stored { key, ciphertext_sha256 })
}

pub async fn get(app: &App, case: CaseId, what: &str, key: &str) -> Result<Vec<u8>, Error> {
    let sealed = app.objects.get(&Path::from(key)).await?.bytes().await?;
    Ok(app.keys.open_sealed(case, CaseKeyClass::Evidence, &binding(what, key), &sealed)?)
}

/// Takes back a file whose transaction failed. That it stays is no fault for anybody: nothing names it.
pub async fn discard(app: &App, stored: &Stored) {
    if let Err(error) = app.objects.delete(&Path::from(stored.key.as_str())).await {
        tracing::warn!(error = %error, "a file without a row could not be removed");
    }
}

fn binding(what: &str, key: &str) -> String {
    format!("{what}:{key}")
}
