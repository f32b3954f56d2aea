//! The append-only evidence log, format v1 (attest's FORMAT.md): one signed entry per fact, chained within its case,
//! hung into one Merkle tree over all cases, under checkpoints that the log signs.
//!
//! [`append`] writes the entry in the transaction of its fact; the [`Sequencer`] gives it its index a moment later.
//! Invariant of absence: an entry holds codes, pseudonyms and commitments, nothing about a person. What opens the
//! commitments is sealed under the case's salt key; destroying that key makes them random numbers.
mod append;
mod fork;
mod proofs;
mod sequencer;
mod store;

use attest::commitment::Value;
use attest::entry::EntryError;
use attest::hash::Hash;
use attest::note::{NoteError, VerifierKey};
use attest::tree::TreeError;
use jiff::Timestamp;
use policy::Purpose;

pub use append::append;
pub use attest::entry::Kind;
pub use proofs::{CaseEntry, Position, entries_of_case, positions_of_items, proven};
pub use sequencer::Sequencer;

use crate::app::App;
use crate::audit::Actor;
use crate::http::Problem;
use crate::id::{CaseId, EvidenceId, InstitutionId, PublicId};
use crate::keys::KeyError;

/// Which rules the server ran under, as an entry names them.
const POLICY_VERSION: &str = "policy/1";
const SOFTWARE_VERSION: &str = concat!("reencuentro/", env!("CARGO_PKG_VERSION"));

/// On what ground something is processed. Consent stands beside it, in [`Fact::consents`], and is never the only
/// ground where refusing is not free (rule D2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The owner's duty of care towards the person it hosts.
    DutyOfCare,
    /// The owner admitted this institution for a purpose, at the person's wish.
    Grant,
    /// A relative gives something of their own, free to refuse.
    GivenFreely,
}

impl Basis {
    fn code(self) -> &'static str {
        match self {
            Basis::DutyOfCare => "duty_of_care",
            Basis::Grant => "grant",
            Basis::GivenFreely => "given_freely",
        }
    }
}

/// A file that a fact speaks of. The log keeps the first hash in clear and the second as a commitment.
#[derive(Clone, Debug)]
pub struct StoredObject {
    pub ciphertext_sha256: Hash,
    pub plaintext_sha256: Hash,
    /// Of the captured file, not of what is stored.
    pub size_bytes: u64,
    pub media_type: &'static str,
}

/// One fact of one case, as the module that saw it happen tells it.
#[derive(Clone, Debug)]
pub struct Fact {
    pub case: CaseId,
    pub kind: Kind,
    /// When it happened; when it is recorded is the transaction's instant.
    pub occurred_at: Timestamp,
    pub actor: Actor,
    /// Who answers for the entry and signs it: the official's institution, or the case's owner.
    pub institution: InstitutionId,
    pub purpose: Purpose,
    pub basis: Basis,
    /// Names as `attest::fields` documents them for the kind; values as they are, the log commits to them.
    pub fields: Vec<(&'static str, Value)>,
    pub objects: Vec<StoredObject>,
    /// Public ids of the consent events it rests on.
    pub consents: Vec<PublicId>,
    pub evidence: Option<EvidenceId>,
}

/// A field's value as text.
pub fn text(value: impl Into<String>) -> Value {
    Value::Text(value.into())
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the entry breaks a bound of the format: {0}")]
    Entry(#[from] EntryError),
    #[error("the log's name or a note: {0}")]
    Note(#[from] NoteError),
    #[error("the stored tree: {0}")]
    Tree(#[from] TreeError),
    /// Never retried into a signature: somebody has to look.
    #[error("the stored log contradicts a checkpoint that was signed: {0}")]
    Fork(&'static str),
    #[error("the last signed checkpoint cannot be kept: {0}")]
    Witness(#[from] std::io::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            Error::Key(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}

/// The log's name, as checkpoints and entries write it.
pub fn origin(app: &App) -> String {
    format!("{}/evidence/1", host(app))
}

/// The log's public key, under which checkpoints verify.
pub fn log_key(app: &App) -> Result<VerifierKey, Error> {
    Ok(VerifierKey::new(&origin(app), app.keys.log_signing_key().verifying_key())?)
}

/// An institution's public key, under which its entries verify.
pub fn institution_key(app: &App, id: InstitutionId, public_id: PublicId) -> Result<VerifierKey, Error> {
    let public = app.keys.institution_signing_key(id)?.verifying_key();
    Ok(VerifierKey::new(&institution_name(app, public_id), public)?)
}

/// Institutions are renamed; what their key signed is not.
fn institution_name(app: &App, public_id: PublicId) -> String {
    format!("{}/institution/{public_id}", host(app))
}

fn host(app: &App) -> &str {
    app.config.public_url.host_str().unwrap_or("localhost")
}
