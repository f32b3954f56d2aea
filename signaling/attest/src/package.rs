//! A package: the BagIt folder (RFC 8493) in which one case's evidence leaves an instance.
//!
//! Everything in it follows from five things: the signed entries, the reveals, the captured files,
//! the log's checkpoint and the proofs. The other files (report, bag information, keys, policy,
//! manifests) are computed from them here, and computed again by whoever verifies.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::canonical::{self, CanonicalError};
use crate::commitment::{Reveal, Salt, Value, commit};
use crate::entry::{Entry, Kind, SignedEntry};
use crate::hash::Hash;
use crate::note::{Checkpoint, NoteError, Proof, VerifierKey};
use crate::report;

/// The version of the package that this crate writes and reads.
pub const PACKAGE_FORMAT: u64 = 1;
/// Most entries of one case; a long case has a few hundred.
pub const MAX_ENTRIES: usize = 100_000;

pub const ENTRIES: &str = "data/entries.jsonl";
pub const REVEALS: &str = "data/reveals.json";
pub const REPORT: &str = "data/report.html";
pub const OBJECTS: &str = "data/objects/";
pub const PROOFS: &str = "proofs/";
pub const CHECKPOINT: &str = "checkpoint";
pub const KEYS: &str = "keys.json";
pub const POLICY: &str = "policy.txt";
pub const BAGIT: &str = "bagit.txt";
pub const BAG_INFO: &str = "bag-info.txt";
pub const MANIFEST: &str = "manifest-sha256.txt";
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";

const PAYLOAD: &str = "data/";
const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
/// The line of `bag-info.txt` that says which package format this is.
pub(crate) const FORMAT_LABEL: &str = "Reencuentro-Package-Format: ";

/// The files of a package by their path, with `/` between folders.
pub type Files = BTreeMap<String, Vec<u8>>;

#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("a package ends with the entry of its own export")]
    NotEndedByExport,
    #[error("a package has 1 to {MAX_ENTRIES} entries")]
    EntryCount,
    #[error("entry {number} does not follow the entry before it in the case")]
    BrokenChain { number: u64 },
    #[error("no key for entry {number} was given")]
    KeyMissing { number: u64 },
    #[error("entry {number} has no field or object {name}, or was committed to another value")]
    WrongReveal { number: u64, name: String },
    #[error("the file with SHA-256 {0} was not given, or has another size")]
    ObjectMissing(Hash),
    #[error("the file with SHA-256 {0} belongs to no revealed object")]
    ObjectUnclaimed(Hash),
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    #[error("the reveals: {0}")]
    Reveals(#[from] CanonicalError),
}

/// What opens the commitments of a case, by entry number. What is not in here stays withheld.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reveals {
    pub entries: BTreeMap<u64, EntryReveals>,
    pub format: u64,
}

impl Default for Reveals {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), format: PACKAGE_FORMAT }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EntryReveals {
    pub fields: BTreeMap<String, Reveal>,
    /// By the object's place in the entry, from 0.
    pub objects: BTreeMap<u64, ObjectReveal>,
}

impl EntryReveals {
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.objects.is_empty()
    }
}

/// Opens the commitment to a captured file's SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectReveal {
    pub salt: Salt,
    pub sha256: Hash,
}

impl ObjectReveal {
    pub fn commitment(&self) -> Result<Hash, CanonicalError> {
        commit(&self.salt, &Value::Hash(self.sha256))
    }
}

/// An entry with its place in the log.
#[derive(Clone, Debug)]
pub struct LoggedEntry {
    pub signed: SignedEntry,
    /// The leaf's index in the log, from 0.
    pub index: u64,
    /// The proof of inclusion in the tree of the package's checkpoint.
    pub proof: Vec<Hash>,
}

/// What a package is built from.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The case's entries from its first to the entry of this export, in order.
    pub entries: Vec<LoggedEntry>,
    pub reveals: Reveals,
    /// The captured files in clear, for each revealed object, in any order.
    pub objects: Vec<Vec<u8>>,
    /// The log's signed checkpoint, verbatim.
    pub checkpoint: String,
    /// The key that signed the checkpoint.
    pub log_key: VerifierKey,
    /// The keys that signed the entries; others are left out of the package.
    pub institution_keys: Vec<VerifierKey>,
}

/// Builds the files of a package. It refuses parts that could not verify for a reason that can be
/// seen here; whoever exports still runs [`crate::verify::verify`] over the result.
pub fn build(parts: &Parts) -> Result<Files, BuildError> {
    let log_keys = std::slice::from_ref(&parts.log_key);
    let (checkpoint, _) = Checkpoint::open(&parts.checkpoint, log_keys)?;
    let entries: Vec<SignedEntry> = parts.entries.iter().map(|logged| logged.signed.clone()).collect();
    require_chain(&entries)?;
    let mut reveals = parts.reveals.clone();
    reveals.entries.retain(|_, revealed| !revealed.is_empty());
    require_commitments(&entries, &reveals)?;

    let mut files = place_objects(&entries, &reveals, &parts.objects)?;
    files.insert(ENTRIES.to_owned(), lines_of(&entries));
    files.insert(REVEALS.to_owned(), canonical::to_vec(&reveals)?);
    files.insert(CHECKPOINT.to_owned(), parts.checkpoint.clone().into_bytes());
    for logged in &parts.entries {
        let proof = Proof { index: logged.index, hashes: logged.proof.clone(), checkpoint: parts.checkpoint.clone() };
        let path = proof_path(logged.signed.entry().number);
        files.insert(path, proof.to_string().into_bytes());
    }
    let keys = signing_keys(&entries, &parts.institution_keys)?;
    let derived = Derived {
        checkpoint: &checkpoint,
        entries: &entries,
        reveals: &reveals,
        log_key: parts.log_key.to_string(),
        institution_keys: keys,
    };
    for (path, bytes) in derived.compute(&files)? {
        files.insert(path.to_owned(), bytes);
    }
    add_manifests(&mut files);
    Ok(files)
}

fn require_chain(entries: &[SignedEntry]) -> Result<(), BuildError> {
    if entries.is_empty() || entries.len() > MAX_ENTRIES {
        return Err(BuildError::EntryCount);
    }
    let mut previous = None;
    for (number, signed) in (1..).zip(entries) {
        if signed.entry().number != number || signed.entry().previous != previous {
            return Err(BuildError::BrokenChain { number });
        }
        previous = Some(signed.hash());
    }
    match entries.last() {
        Some(last) if last.entry().kind == Kind::ExportMade => Ok(()),
        _ => Err(BuildError::NotEndedByExport),
    }
}

fn require_commitments(entries: &[SignedEntry], reveals: &Reveals) -> Result<(), BuildError> {
    for (&number, revealed) in &reveals.entries {
        let wrong = |name: &str| BuildError::WrongReveal { number, name: name.to_owned() };
        let entry = entry_of_number(entries, number).ok_or_else(|| wrong("*"))?;
        for (name, reveal) in &revealed.fields {
            if entry.fields.get(name) != Some(&reveal.commitment()?) {
                return Err(wrong(name));
            }
        }
        for (&at, reveal) in &revealed.objects {
            let object = usize::try_from(at).ok().and_then(|at| entry.objects.get(at));
            let committed = object.map(|object| object.plaintext_commitment);
            if committed != Some(reveal.commitment()?) {
                return Err(wrong(&at.to_string()));
            }
        }
    }
    Ok(())
}

/// The entry with a number, in a chain that begins with 1 and has no gap.
pub(crate) fn entry_of_number(entries: &[SignedEntry], number: u64) -> Option<&Entry> {
    let at = usize::try_from(number.checked_sub(1)?).ok()?;
    entries.get(at).map(SignedEntry::entry)
}

/// Every revealed object: entry, object's place, what it says, what reveals it.
pub(crate) fn revealed_objects<'a>(
    entries: &'a [SignedEntry],
    reveals: &'a Reveals,
) -> impl Iterator<Item = (u64, u64, &'a crate::entry::Object, &'a ObjectReveal)> {
    reveals.entries.iter().flat_map(move |(&number, revealed)| {
        revealed.objects.iter().filter_map(move |(&at, reveal)| {
            let objects = &entry_of_number(entries, number)?.objects;
            Some((number, at, objects.get(usize::try_from(at).ok()?)?, reveal))
        })
    })
}

fn place_objects(entries: &[SignedEntry], reveals: &Reveals, objects: &[Vec<u8>]) -> Result<Files, BuildError> {
    let by_hash: BTreeMap<Hash, &Vec<u8>> = objects.iter().map(|bytes| (Hash::of(bytes), bytes)).collect();
    let mut unclaimed: BTreeSet<Hash> = by_hash.keys().copied().collect();
    let mut files = Files::new();
    for (_, _, object, reveal) in revealed_objects(entries, reveals) {
        let bytes = by_hash
            .get(&reveal.sha256)
            .filter(|bytes| bytes.len() as u64 == object.size_bytes)
            .ok_or(BuildError::ObjectMissing(reveal.sha256))?;
        unclaimed.remove(&reveal.sha256);
        files.insert(object_path(&reveal.sha256, &object.media_type), (*bytes).clone());
    }
    match unclaimed.first() {
        None => Ok(files),
        Some(hash) => Err(BuildError::ObjectUnclaimed(*hash)),
    }
}

fn lines_of(entries: &[SignedEntry]) -> Vec<u8> {
    let mut lines = Vec::new();
    for signed in entries {
        lines.extend(signed.line());
        lines.push(b'\n');
    }
    lines
}

fn signing_keys(entries: &[SignedEntry], keys: &[VerifierKey]) -> Result<BTreeSet<String>, BuildError> {
    entries
        .iter()
        .map(|signed| {
            let key = keys.iter().find(|key| signed.is_signed_by(key));
            let number = signed.entry().number;
            Ok(key.ok_or(BuildError::KeyMissing { number })?.to_string())
        })
        .collect()
}

/// `data/objects/` and the name of the file.
pub(crate) fn object_path(sha256: &Hash, media_type: &str) -> String {
    format!("{OBJECTS}{}", object_file_name(sha256, media_type))
}

/// The SHA-256 of the file with an ending that opens it in the right program. What could run is
/// never named so that it would: an unknown type ends in `.bin`.
pub(crate) fn object_file_name(sha256: &Hash, media_type: &str) -> String {
    let ending = match media_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        "application/pdf" => "pdf",
        "text/plain" => "txt",
        "audio/ogg" => "ogg",
        "video/webm" => "webm",
        _ => "bin",
    };
    format!("{sha256}.{ending}")
}

pub(crate) fn proof_path(number: u64) -> String {
    format!("{PROOFS}{number}.tlog-proof")
}

/// What the computed files of a package follow from.
pub(crate) struct Derived<'a> {
    pub checkpoint: &'a Checkpoint,
    pub entries: &'a [SignedEntry],
    pub reveals: &'a Reveals,
    /// The verifier key of the log, as text.
    pub log_key: String,
    /// The verifier keys that signed the entries, as text, each once.
    pub institution_keys: BTreeSet<String>,
}

#[derive(Serialize)]
struct KeysFile<'a> {
    format: u64,
    institutions: &'a BTreeSet<String>,
    log: &'a str,
}

impl Derived<'_> {
    /// The computed files, but for the manifests. `files` holds at least the rest of the payload.
    pub(crate) fn compute(&self, files: &Files) -> Result<[(&'static str, Vec<u8>); 5], CanonicalError> {
        let report = report::render(self.checkpoint, self.entries, self.reveals);
        let keys = KeysFile { format: PACKAGE_FORMAT, institutions: &self.institution_keys, log: &self.log_key };
        let info = self.bag_info(files, report.len());
        let policy = format!("log {}\nquorum none\n", self.log_key);
        Ok([
            (REPORT, report.into_bytes()),
            (KEYS, canonical::to_vec(&keys)?),
            (POLICY, policy.into_bytes()),
            (BAGIT, DECLARATION.into()),
            (BAG_INFO, info.into_bytes()),
        ])
    }

    fn bag_info(&self, files: &Files, report_len: usize) -> String {
        let is_counted = |path: &str| is_payload(path) && path != REPORT;
        let counted = files.iter().filter(|(path, _)| is_counted(path));
        let (count, size_bytes) =
            counted.fold((1, report_len), |(count, size), (_, bytes)| (count + 1, size + bytes.len()));
        let Some(last) = self.entries.last().map(SignedEntry::entry) else {
            return String::new();
        };
        let recorded = last.recorded.to_string();
        let day = recorded.split('T').next().unwrap_or_default();
        format!(
            "Source-Organization: {}\nExternal-Identifier: {}#{}\nBagging-Date: {day}\n\
             Bag-Software-Agent: {}\nPayload-Oxum: {size_bytes}.{count}\n\
             {FORMAT_LABEL}{PACKAGE_FORMAT}\n",
            last.institution, last.log, last.case, last.software,
        )
    }
}

fn add_manifests(files: &mut Files) {
    let manifest = manifest_of(files, is_payload);
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    let tag_manifest = manifest_of(files, is_tag_file);
    files.insert(TAG_MANIFEST.to_owned(), tag_manifest.into_bytes());
}

/// Whether the tag manifest lists a path: all but the payload and itself.
pub(crate) fn is_tag_file(path: &str) -> bool {
    !path.starts_with(PAYLOAD) && path != TAG_MANIFEST
}

/// Whether the manifest lists a path.
pub(crate) fn is_payload(path: &str) -> bool {
    path.starts_with(PAYLOAD)
}

fn manifest_of(files: &Files, is_listed: impl Fn(&str) -> bool) -> String {
    files
        .iter()
        .filter(|(path, _)| is_listed(path))
        .map(|(path, bytes)| format!("{}  {path}\n", Hash::of(bytes)))
        .collect()
}
