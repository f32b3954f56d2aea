//! Entry v1: one fact of one case, as it stands in the log.
//!
//! An [`Entry`] is filled in by the module that records the fact; [`Entry::seal`] checks its
//! bounds and fixes its canonical bytes, after which nothing can change it; a signature by the
//! institution's key makes it a [`SignedEntry`], which is one line of a package.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::hash::Hash;
use crate::instant::Instant;
use crate::note::{KeyId, MAX_NAME_BYTES, VerifierKey};
use crate::tree;

/// The version that this crate writes and reads.
pub const VERSION: u64 = 1;
/// Largest canonical entry: a decision with its thirty commitments fits, a document does not.
pub const MAX_ENTRY_BYTES: usize = 4096;
/// Most committed fields of an entry; more would not fit into [`MAX_ENTRY_BYTES`].
pub const MAX_FIELDS: usize = 40;
/// Most objects of an entry: both sides of a few documents.
pub const MAX_OBJECTS: usize = 8;
/// Most consents that one fact can rest on.
pub const MAX_CONSENTS: usize = 16;
/// Longest code, pseudonym or version.
pub const MAX_TOKEN_BYTES: usize = 64;
/// Longest name of a field.
pub const MAX_FIELD_NAME_BYTES: usize = 40;
/// Largest integer that every JSON reader holds exactly.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;
/// What a signature over an entry covers before the entry's own bytes, so that it can never be
/// taken for a signature over anything else.
const SIGNING_CONTEXT: &[u8] = b"reencuentro-entry-v1\n";

#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    #[error("entry version {0} is unknown")]
    UnknownVersion(u64),
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    #[error("{0} is not a valid value")]
    Member(&'static str),
    #[error("the entry has {0} bytes, more than 4096")]
    TooLarge(usize),
}

/// What kind of fact an entry records. The list is closed: a new kind is a new entry version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    CaseOpened,
    ConsentGiven,
    DocumentStill,
    Observation,
    ClaimMade,
    LevelChanged,
    Recommendation,
    Decision,
    ExportMade,
    Erased,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::CaseOpened,
        Self::ConsentGiven,
        Self::DocumentStill,
        Self::Observation,
        Self::ClaimMade,
        Self::LevelChanged,
        Self::Recommendation,
        Self::Decision,
        Self::ExportMade,
        Self::Erased,
    ];

    /// The name of the kind as the entry writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CaseOpened => "case_opened",
            Self::ConsentGiven => "consent_given",
            Self::DocumentStill => "document_still",
            Self::Observation => "observation",
            Self::ClaimMade => "claim_made",
            Self::LevelChanged => "level_changed",
            Self::Recommendation => "recommendation",
            Self::Decision => "decision",
            Self::ExportMade => "export_made",
            Self::Erased => "erased",
        }
    }
}

/// A file that an entry speaks of. The log holds the hash of what is stored (ciphertext) and a
/// commitment to the SHA-256 of what was captured, never the latter in clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// SHA-256 of the encrypted bytes as the origin stores them.
    pub ciphertext_sha256: Hash,
    /// Media type of the captured file, `type/subtype` in lowercase.
    pub media_type: String,
    /// Commitment to the captured file's SHA-256 (value type `hash`).
    pub plaintext_commitment: Hash,
    /// Size of the captured file.
    pub size_bytes: u64,
}

/// One fact. Members hold codes, pseudonyms and commitments; no personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Always [`VERSION`].
    pub version: u64,
    /// Origin of the log, as its checkpoints name it.
    pub log: String,
    pub kind: Kind,
    /// The case's random pseudonym within this log.
    pub case: String,
    /// 1 for the case's first entry, then without a gap.
    pub number: u64,
    /// When the fact happened, by the clock that the entry's fields name.
    pub occurred: Instant,
    /// When the server recorded it.
    pub recorded: Instant,
    /// Key id of whoever acted.
    pub actor: String,
    /// Name of the institution that answers for the entry: its key's name.
    pub institution: String,
    /// Which of the institution's keys signs.
    pub signer: KeyId,
    /// Code of the purpose of the processing.
    pub purpose: String,
    /// Code of its legal basis.
    pub basis: String,
    /// Commitments by field name.
    pub fields: BTreeMap<String, Hash>,
    pub objects: Vec<Object>,
    /// Hash of the case's previous entry; null for the first.
    pub previous: Option<Hash>,
    /// The program that wrote the entry, with its version.
    pub software: String,
    /// The version of the rules that applied.
    pub policy: String,
    /// Public ids of the consent events that the fact rests on.
    pub consents: Vec<String>,
}

impl Entry {
    /// Fixes the entry's bytes, if it keeps every bound of format v1.
    pub fn seal(self) -> Result<SealedEntry, EntryError> {
        self.check()?;
        let bytes = canonical::to_vec(&self)?;
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let hash = tree::leaf_hash(&bytes);
        Ok(SealedEntry { entry: self, bytes, hash })
    }

    fn check(&self) -> Result<(), EntryError> {
        if self.version != VERSION {
            return Err(EntryError::UnknownVersion(self.version));
        }
        require("log", is_token(&self.log, MAX_NAME_BYTES))?;
        require("institution", is_token(&self.institution, MAX_NAME_BYTES))?;
        require("case", is_token(&self.case, MAX_TOKEN_BYTES))?;
        require("actor", is_token(&self.actor, MAX_TOKEN_BYTES))?;
        require("purpose", is_token(&self.purpose, MAX_TOKEN_BYTES))?;
        require("basis", is_token(&self.basis, MAX_TOKEN_BYTES))?;
        require("software", is_token(&self.software, MAX_TOKEN_BYTES))?;
        require("policy", is_token(&self.policy, MAX_TOKEN_BYTES))?;
        require("number", (1..=MAX_INTEGER).contains(&self.number))?;
        require("previous", self.previous.is_none() == (self.number == 1))?;
        let are_fields_valid = self.fields.len() <= MAX_FIELDS && self.fields.keys().all(|name| is_field_name(name));
        require("fields", are_fields_valid)?;
        let are_consents_valid =
            self.consents.len() <= MAX_CONSENTS && self.consents.iter().all(|id| is_token(id, MAX_TOKEN_BYTES));
        require("consents", are_consents_valid)?;
        let are_objects_valid = self.objects.len() <= MAX_OBJECTS && self.objects.iter().all(is_object_valid);
        require("objects", are_objects_valid)
    }
}

fn require(member: &'static str, holds: bool) -> Result<(), EntryError> {
    if holds { Ok(()) } else { Err(EntryError::Member(member)) }
}

fn is_object_valid(object: &Object) -> bool {
    is_media_type(&object.media_type) && object.size_bytes <= MAX_INTEGER
}

/// A code, pseudonym or version: letters, digits and `._:/-`, beginning with a letter or digit.
pub fn is_token(text: &str, max_bytes: usize) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
    text.len() <= max_bytes
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(is_allowed)
}

/// A field's name: lowercase letters, digits and `_`, beginning with a letter.
pub fn is_field_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    text.len() <= MAX_FIELD_NAME_BYTES
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase())
        && text.bytes().all(is_allowed)
}

fn is_media_type(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".+-".contains(&byte);
        part.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) && part.bytes().all(is_allowed)
    };
    text.len() <= MAX_TOKEN_BYTES
        && text.split_once('/').is_some_and(|(kind, subtype)| is_part(kind) && is_part(subtype))
}

/// An entry whose bytes are fixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedEntry {
    entry: Entry,
    bytes: Vec<u8>,
    hash: Hash,
}

/// Only the version, to tell an entry of the future from one that is broken.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

impl SealedEntry {
    /// Reads an entry from its canonical bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let sealed = parse_of_known_version::<Entry>(bytes)?.seal()?;
        if sealed.bytes == bytes { Ok(sealed) } else { Err(CanonicalError::NotCanonical.into()) }
    }

    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// The canonical bytes: the leaf's data.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The RFC 6962 leaf hash of the canonical bytes. It is the entry's only hash: what the tree
    /// holds, what the case's next entry names as `previous`, what a passkey will sign.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// What the institution signs.
    pub fn signing_bytes(&self) -> Vec<u8> {
        [SIGNING_CONTEXT, &self.bytes].concat()
    }

    /// Signs with a key held in memory.
    pub fn sign(self, key: &SigningKey) -> SignedEntry {
        let signature = key.sign(&self.signing_bytes()).to_bytes();
        self.with_signature(signature)
    }

    /// Takes a signature over [`SealedEntry::signing_bytes`] that was made elsewhere.
    pub fn with_signature(self, signature: [u8; 64]) -> SignedEntry {
        SignedEntry { sealed: self, signature }
    }
}

/// Parses, but first looks whether the version is one that this crate can judge.
fn parse_of_known_version<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, EntryError> {
    match serde_json::from_slice(bytes) {
        Ok(parsed) => Ok(parsed),
        Err(error) => match serde_json::from_slice::<Versioned>(bytes) {
            Ok(Versioned { version }) if version != VERSION => Err(EntryError::UnknownVersion(version)),
            _ => Err(CanonicalError::Shape(error).into()),
        },
    }
}

/// A sealed entry with its institution's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedEntry {
    sealed: SealedEntry,
    signature: [u8; 64],
}

#[derive(Deserialize)]
struct VersionedLine {
    entry: Versioned,
}

#[derive(Serialize, Deserialize)]
struct Line<E> {
    entry: E,
    signature: String,
}

impl SignedEntry {
    pub fn sealed(&self) -> &SealedEntry {
        &self.sealed
    }

    pub fn entry(&self) -> &Entry {
        &self.sealed.entry
    }

    pub fn hash(&self) -> Hash {
        self.sealed.hash
    }

    pub fn signature(&self) -> &[u8; 64] {
        &self.signature
    }

    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        key.name() == self.entry().institution
            && key.id() == self.entry().signer
            && key.verifies(&self.sealed.signing_bytes(), &self.signature)
    }

    /// The canonical JSON of `{"entry": …, "signature": base64}`, without a newline.
    pub fn line(&self) -> Vec<u8> {
        let signature = STANDARD.encode(self.signature);
        // "entry" sorts before "signature", and the entry's own bytes are canonical already.
        let tail = format!(",\"signature\":\"{signature}\"}}");
        [b"{\"entry\":", self.sealed.bytes.as_slice(), tail.as_bytes()].concat()
    }

    /// Reads a line, which must be exactly what [`SignedEntry::line`] writes.
    pub fn from_line(line: &[u8]) -> Result<Self, EntryError> {
        let parsed: Line<Entry> =
            serde_json::from_slice(line).map_err(|error| match serde_json::from_slice::<VersionedLine>(line) {
                Ok(VersionedLine { entry }) if entry.version != VERSION => EntryError::UnknownVersion(entry.version),
                _ => CanonicalError::Shape(error).into(),
            })?;
        let signature = STANDARD
            .decode(&parsed.signature)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(EntryError::Member("signature"))?;
        let signed = parsed.entry.seal()?.with_signature(signature);
        if signed.line() == line { Ok(signed) } else { Err(CanonicalError::NotCanonical.into()) }
    }
}
