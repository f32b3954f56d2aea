//! Why a package is not valid: a closed list. The codes and members are documented in FORMAT.md
//! and are what `--json` prints.

use serde::Serialize;

use crate::hash::Hash;

/// The first thing that is wrong with a package, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    #[error("the archive cannot be read: {detail}")]
    ArchiveUnreadable { detail: String },
    #[error("the package is larger than this program reads: {detail}")]
    TooLarge { detail: String },

    #[error("the file {path} is missing")]
    FileMissing { path: String },
    #[error("the file {path} is in the package but in no manifest")]
    FileUnlisted { path: String },
    #[error("the file {path} was changed: its hash is not the one in the manifest")]
    FileChanged { path: String },
    #[error("line {line} of {path} is malformed, repeated or out of order")]
    ManifestMalformed { path: String, line: u64 },
    #[error("package format {found} is unknown to this program")]
    UnknownPackageFormat { found: String },
    #[error("the file {path} does not belong into a package")]
    FileUnexpected { path: String },

    #[error("the checkpoint is malformed: {detail}")]
    CheckpointMalformed { detail: String },
    #[error("the log {origin} is not trusted")]
    UnknownLog { origin: String },
    #[error("the checkpoint is not signed by a trusted key of the log {origin}")]
    CheckpointNotSigned { origin: String },
    #[error("the log's signature on the checkpoint is wrong")]
    CheckpointSignatureWrong { origin: String },

    #[error("the package has no entries, or too many")]
    EntryCount { found: u64 },
    #[error("line {line} of the entries is malformed: {detail}")]
    EntryMalformed { line: u64, detail: String },
    #[error("line {line} of the entries has version {version}, which is unknown to this program")]
    UnknownEntryVersion { line: u64, version: u64 },
    #[error("line {line} of the entries belongs to another log, {log}")]
    OtherLog { line: u64, log: String },
    #[error("the proof {path} is malformed: {detail}")]
    ProofMalformed { path: String, detail: String },
    #[error("the proof {path} leads to another checkpoint")]
    ProofForOtherCheckpoint { path: String },
    #[error("entry {number} is not in the log")]
    NotIncluded { number: u64 },

    #[error("entry {number} is signed with key {key} of {institution}, which is not trusted")]
    UnknownInstitutionKey { number: u64, institution: String, key: String },
    #[error("entry {number} was recorded at {recorded}, when key {key} of {institution} was not valid")]
    KeyNotValidThen { number: u64, institution: String, key: String, recorded: String },
    #[error("the signature of entry {number} is wrong")]
    SignatureWrong { number: u64 },

    #[error("line {line} of the entries belongs to another case")]
    OtherCase { line: u64 },
    #[error("the case has a gap: line {line} should be entry {expected} and is entry {found}")]
    NumberOutOfOrder { line: u64, expected: u64, found: u64 },
    #[error("entry {number} does not name the entry before it")]
    PreviousWrong { number: u64 },
    #[error("the case is cut off: the last entry, {number}, is not the entry of an export")]
    CutOff { number: u64 },

    #[error("the reveals are malformed: {detail}")]
    RevealsMalformed { detail: String },
    #[error("the reveals speak of {name} of entry {number}, which does not exist")]
    RevealOfNothing { number: u64, name: String },
    #[error("the field {name} of entry {number} was committed to another value")]
    CommitmentWrong { number: u64, name: String },

    #[error("the hash of object {object} of entry {number} was committed to another value")]
    ObjectCommitmentWrong { number: u64, object: u64 },
    #[error("the file {path} of entry {number} is missing")]
    ObjectMissing { number: u64, path: String },
    #[error("the file {path} of entry {number} has the hash {found}, or another size")]
    ObjectChanged { number: u64, path: String, found: Hash },

    #[error("the file {path} is not what follows from the entries")]
    DerivedDiffers { path: String },
}
