//! What an export and the screens read of the log: a case's entries, their places, their proofs.
use std::collections::HashMap;

use attest::entry::SignedEntry;
use attest::note::Checkpoint;
use attest::package::{EntryReveals, LoggedEntry};
use attest::tree;

use super::append::REVEALS;
use super::{Error, log_key, store};
use crate::app::App;
use crate::db::Tx;
use crate::id::{CaseId, EvidenceId};
use crate::keys::{CaseKeyClass, KeyError};

/// Where the entry that records an item stands; without an index for the moment before it is sequenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Position {
    pub number_in_case: i32,
    pub index: Option<i64>,
}

/// An entry with what opens it; nothing opens it any more once the salts' key was destroyed.
pub struct CaseEntry {
    pub signed: SignedEntry,
    pub reveals: EntryReveals,
    pub evidence: Option<EvidenceId>,
    pub index: Option<u64>,
}

pub async fn positions_of_items(
    tx: &mut Tx,
    items: &[EvidenceId],
) -> Result<HashMap<EvidenceId, Position>, sqlx::Error> {
    let ids: Vec<_> = items.iter().map(|item| item.uuid()).collect();
    let rows = store::positions_of_items(tx, &ids).await?;
    let position = |row: &store::PositionRow| Position { number_in_case: row.number_in_case, index: row.index };
    Ok(rows.iter().map(|row| (row.evidence, position(row))).collect())
}

pub async fn entries_of_case(app: &App, tx: &mut Tx, case: CaseId) -> Result<Vec<CaseEntry>, Error> {
    let rows = store::entries_of_case(tx, case).await?;
    rows.into_iter()
        .map(|row| {
            let reveals = match app.keys.open_sealed(case, CaseKeyClass::Salt, REVEALS, &row.reveals_sealed) {
                Ok(plain) => serde_json::from_slice(&plain).map_err(|_| KeyError::DoesNotOpen)?,
                Err(KeyError::Gone) => EntryReveals::default(),
                Err(other) => return Err(other.into()),
            };
            Ok(CaseEntry { signed: row.signed, reveals, evidence: row.evidence, index: row.index })
        })
        .collect()
}

/// The newest checkpoint and the entries with their proofs in it; nothing while one of them waits for its index.
pub async fn proven(
    app: &App,
    tx: &mut Tx,
    entries: &[CaseEntry],
) -> Result<Option<(String, Vec<LoggedEntry>)>, Error> {
    let key = log_key(app)?;
    let Some(note) = store::newest_checkpoint(tx, key.name()).await? else { return Ok(None) };
    let (checkpoint, _) = Checkpoint::open(&note, std::slice::from_ref(&key))?;
    let mut logged = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some(index) = entry.index.filter(|index| *index < checkpoint.size) else { return Ok(None) };
        let nodes = store::nodes(tx, key.name(), &tree::inclusion_nodes(index, checkpoint.size)?).await?;
        let proof = tree::inclusion_proof(index, checkpoint.size, |node| nodes.get(&node).copied())?;
        logged.push(LoggedEntry { signed: entry.signed.clone(), index, proof });
    }
    Ok(Some((note, logged)))
}
