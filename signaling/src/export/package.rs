//! From the log's entries to a zip that verifies.
use attest::archive;
use attest::package::{Parts, Reveals};
use attest::trust::{InstitutionKey, Trust};
use attest::verify::{Verdict, verify};
use jiff::Timestamp;

use super::store::{self, Export};
use super::{Error, profile};
use crate::app::App;
use crate::db::Tx;
use crate::evidence::{self, StillOfItem};
use crate::id::{InstitutionId, PublicId};
use crate::keys::KeyError;
use crate::log::{self, CaseEntry};

/// Captured files of one package. Building holds them about four times in memory (files, archive, sealed archive).
pub const MAX_CAPTURED_BYTES: i64 = 128 * 1024 * 1024;

/// The archive, or nothing while the log has not given every entry its place.
pub async fn build(app: &App, tx: &mut Tx, export: &Export) -> Result<Option<Vec<u8>>, Error> {
    let mut entries = log::entries_of_case(app, tx, export.case).await?;
    entries.retain(|entry| entry.signed.entry().number <= export.last_entry);
    let Some((checkpoint, logged)) = log::proven(app, tx, &entries).await? else { return Ok(None) };
    let (reveals, objects) = reveal(app, tx, entries).await?;
    let trust = trust(app, tx).await?;
    let institution_keys = trust.institutions.iter().map(|held| held.key.clone()).collect();
    let parts = Parts { entries: logged, reveals, objects, checkpoint, log_key: log::log_key(app)?, institution_keys };
    let folder = format!("reencuentro-{}", export.public_id);
    // Hashing and archiving take a second for a large case; the other tasks of this thread go on.
    let archive = tokio::task::spawn_blocking(move || write(&parts, &trust, &folder)).await??;
    Ok(Some(archive))
}

/// Nothing leaves that a stranger's verifier would refuse.
fn write(parts: &Parts, trust: &Trust, folder: &str) -> Result<Vec<u8>, Error> {
    let files = attest::package::build(parts)?;
    match verify(&files, trust) {
        Verdict::Valid(_) => Ok(archive::write_zip(&files, folder)?),
        Verdict::NotValid { message, .. } => Err(Error::DoesNotVerify(message)),
    }
}

/// What opens the commitments that may leave, with the captured files. An erased file is withheld, its hash stays.
async fn reveal(app: &App, tx: &mut Tx, entries: Vec<CaseEntry>) -> Result<(Reveals, Vec<Vec<u8>>), Error> {
    let mut reveals = Reveals::default();
    let mut objects = Vec::new();
    for entry in entries {
        let (kind, number) = (entry.signed.entry().kind, entry.signed.entry().number);
        let mut revealed = profile::redact(kind, entry.reveals);
        if !revealed.objects.is_empty() {
            let item = entry.evidence.ok_or(Error::NotFound)?;
            match evidence::still_of_item(app, tx, item).await? {
                StillOfItem::Here(still) => objects.push(still.bytes),
                StillOfItem::Erased => revealed.objects.clear(),
            }
        }
        reveals.entries.insert(number, revealed);
    }
    Ok((reveals, objects))
}

/// The public keys of the log and of every institution: what the person who verifies compares by another way.
pub async fn trust(app: &App, tx: &mut Tx) -> Result<Trust, Error> {
    let mut institutions = Vec::new();
    for (id, public_id) in store::institutions(tx).await? {
        match log::institution_key(app, id, public_id) {
            Ok(key) => institutions.push(InstitutionKey { key, from: made_at(id), until: None }),
            // Without a key it signs nothing.
            Err(log::Error::Key(KeyError::Gone)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Trust { logs: vec![log::log_key(app)?], institutions })
}

/// An institution's key is made with the institution, whose id says when.
fn made_at(id: InstitutionId) -> Timestamp {
    let stamp = id.uuid().get_timestamp().map(|stamp| stamp.to_unix());
    stamp
        .and_then(|(seconds, _)| i64::try_from(seconds).ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// For a public id in a file's name.
pub fn file_name(id: PublicId) -> String {
    format!("reencuentro-{id}.zip")
}
