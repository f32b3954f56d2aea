//! Refuses to sign a fork. What was signed last is also kept in a file beside the keys, outside the database and its
//! backups: a database that was restored to an earlier day does not contain it any more, and then nothing is signed.
//!
//! The file is written after the commit. A crash between the two leaves it one checkpoint behind, which is a prefix of
//! the database and accepted; written before, it would name a tree that never came to be.
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use attest::note::{Checkpoint, VerifierKey};
use attest::tree::{Frontier, Tree};

use super::{Error, store};
use crate::db::Tx;

/// The tree as the database holds it, under its newest checkpoint.
pub(super) struct Stored {
    pub frontier: Frontier,
    pub note: Option<String>,
}

/// The newest checkpoint of the database, when everything stored agrees with it and with what was signed before.
pub(super) async fn resume(tx: &mut Tx, key: &VerifierKey, signed_last: Option<&Checkpoint>) -> Result<Stored, Error> {
    let note = store::newest_checkpoint(tx, key.name()).await?;
    let stored = match &note {
        Some(note) => Checkpoint::open(note, std::slice::from_ref(key))?.0,
        None => Checkpoint { origin: key.name().to_owned(), size: 0, root: attest::tree::empty_root() },
    };
    let frontier = frontier_at(tx, &stored.origin, stored.size).await?;
    if frontier.root() != stored.root {
        return Err(Error::Fork("the stored nodes have another root"));
    }
    let Some(signed) = signed_last else { return Ok(Stored { frontier, note }) };
    if signed.size > stored.size {
        return Err(Error::Fork("the database ends before what was signed: an old copy was restored"));
    }
    if frontier_at(tx, &stored.origin, signed.size).await?.root() != signed.root {
        return Err(Error::Fork("the database holds another history than what was signed"));
    }
    Ok(Stored { frontier, note })
}

async fn frontier_at(tx: &mut Tx, log: &str, size: u64) -> Result<Frontier, Error> {
    let nodes = store::nodes(tx, log, &Frontier::nodes(size)).await?;
    Ok(Frontier::resume(size, |node| nodes.get(&node).copied())?)
}

/// At start: every stored leaf and entry is hashed again.
pub(super) async fn audit_whole(tx: &mut Tx, frontier: &Frontier, log: &str) -> Result<(), Error> {
    let tree = Tree::from_leaves(store::leaf_hashes(tx, log).await?);
    if tree.size() != frontier.size() || tree.root() != frontier.root() {
        return Err(Error::Fork("the stored leaves make another tree"));
    }
    if store::changed_entries(tx, log).await? != 0 {
        return Err(Error::Fork("a stored entry was changed"));
    }
    Ok(())
}

/// The file with the last signed checkpoint.
pub(super) struct Memory(PathBuf);

impl Memory {
    pub fn in_folder(data: &Path) -> Self {
        Memory(data.join("log").join("last-checkpoint"))
    }

    pub fn read(&self, key: &VerifierKey) -> Result<Option<Checkpoint>, Error> {
        match fs::read_to_string(&self.0) {
            Ok(note) => Ok(Some(Checkpoint::open(&note, std::slice::from_ref(key))?.0)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub fn keep(&self, note: &str) -> Result<(), Error> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let temporary = self.0.with_extension("new");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &self.0)?;
        fs::File::open(folder)?.sync_all()?;
        Ok(())
    }
}
