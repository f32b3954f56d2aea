//! Gives entries their index, at most a second after their commit, and signs a checkpoint over the grown tree.
//!
//! Several nodes may run one each: the advisory lock is held by the transaction that writes, so whoever lost it has
//! written nothing.
use std::time::Duration;

use attest::note::Checkpoint;
use attest::tree::Frontier;
use tokio_util::sync::CancellationToken;

use super::fork::{self, Memory, Stored};
use super::{Error, log_key, store};
use crate::app::App;
use crate::db::{Scope, Tx};

/// Well within the second that the design promises.
const PAUSE: Duration = Duration::from_millis(250);
/// A fork does not heal by itself; somebody restores the right database meanwhile.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(10);
/// Leaves under one checkpoint: bounds the transaction.
const BATCH: i64 = 512;

pub struct Sequencer {
    app: App,
    memory: Memory,
    /// What this process, or the one before it, signed last.
    signed_last: Option<Checkpoint>,
    has_audited: bool,
}

impl Sequencer {
    pub fn new(app: &App) -> Self {
        let memory = Memory::in_folder(&app.config.data);
        Sequencer { app: app.clone(), memory, signed_last: None, has_audited: false }
    }

    /// Until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.run_once().await {
                Ok(count) if count as i64 == BATCH => Duration::ZERO,
                Ok(_) => PAUSE,
                Err(error) => {
                    tracing::error!(error = %error, "the evidence log is not sequenced");
                    PAUSE_AFTER_FAULT
                }
            };
            tokio::select! { () = tokio::time::sleep(pause) => {}, () = stop.cancelled() => {} }
        }
    }

    /// Sequences what waits; how many entries that were. Zero also when another node has the lease.
    pub async fn run_once(&mut self) -> Result<usize, Error> {
        let mut tx = self.app.db.begin(Scope::Sequencer).await?;
        let signed = match self.sign_growth(&mut tx).await {
            Ok(Some(signed)) => signed,
            nothing => {
                // With the transaction ends the lease, for whoever is next.
                tx.rollback().await?;
                return nothing.map(|_| 0);
            }
        };
        tx.commit().await?;
        self.memory.keep(&signed.note)?;
        self.signed_last = Some(signed.checkpoint);
        Ok(signed.count)
    }

    /// Nothing when nothing waits or another node has the lease.
    async fn sign_growth(&mut self, tx: &mut Tx) -> Result<Option<Signed>, Error> {
        let key = log_key(&self.app)?;
        if !store::try_lease(tx).await? {
            return Ok(None);
        }
        if !self.has_audited {
            self.signed_last = self.memory.read(&key)?;
        }
        let Stored { mut frontier, note } = fork::resume(tx, &key, self.signed_last.as_ref()).await?;
        if !self.has_audited {
            fork::audit_whole(tx, &frontier, key.name()).await?;
            store::queue_forgotten(tx).await?;
        }
        self.remember_others(&frontier, note)?;
        let count = grow(tx, key.name(), &mut frontier).await?;
        self.has_audited = true;
        if count == 0 {
            return Ok(None);
        }
        let checkpoint = Checkpoint { origin: key.name().to_owned(), size: frontier.size(), root: frontier.root() };
        let note = checkpoint.sign(&self.app.keys.log_signing_key())?;
        store::insert_checkpoint(tx, key.name(), checkpoint.size, &checkpoint.root, &note).await?;
        Ok(Some(Signed { checkpoint, note, count }))
    }

    /// What another node signed binds this one, too.
    fn remember_others(&mut self, frontier: &Frontier, note: Option<String>) -> Result<(), Error> {
        let is_newer = self.signed_last.as_ref().is_none_or(|last| last.size < frontier.size());
        if let Some(note) = note.filter(|_| is_newer) {
            self.memory.keep(&note)?;
            let (checkpoint, _) = Checkpoint::open(&note, &[log_key(&self.app)?])?;
            self.signed_last = Some(checkpoint);
        }
        Ok(())
    }
}

/// A checkpoint that is not committed yet.
struct Signed {
    checkpoint: Checkpoint,
    note: String,
    /// Leaves that it adds.
    count: usize,
}

async fn grow(tx: &mut Tx, log: &str, frontier: &mut Frontier) -> Result<usize, Error> {
    let waiting = store::pending(tx, BATCH).await?;
    let mut nodes = Vec::with_capacity(2 * waiting.len());
    for leaf in &waiting {
        store::insert_leaf(tx, log, frontier.size() as i64, leaf).await?;
        nodes.extend(frontier.push(leaf.leaf_hash));
    }
    store::insert_nodes(tx, log, &nodes).await?;
    Ok(waiting.len())
}
