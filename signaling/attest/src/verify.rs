//! The verdict over a package, in the order that FORMAT.md fixes: manifests → checkpoint →
//! inclusion of every entry → signatures with keys valid at that time → the case's chain →
//! commitments → objects → files that follow from the rest. The first failure is the verdict.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::canonical;
use crate::entry::{EntryError, Kind, SignedEntry};
use crate::hash::Hash;
use crate::instant::Instant;
use crate::note::{Checkpoint, NoteError, Proof, VerifierKey, unverified_checkpoint};
use crate::package::{
    self, BAG_INFO, BAGIT, CHECKPOINT, Derived, ENTRIES, FORMAT_LABEL, Files, KEYS, MANIFEST, MAX_ENTRIES, OBJECTS,
    PACKAGE_FORMAT, POLICY, PROOFS, REPORT, REVEALS, Reveals, TAG_MANIFEST, entry_of_number, object_path, proof_path,
    revealed_objects,
};
pub use crate::reason::Reason;
use crate::tree;
use crate::trust::Trust;

/// What is in a package that is valid but not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Redaction {
    Field { number: u64, name: String },
    Object { number: u64, object: u64 },
}

/// What a valid package was found to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Valid {
    pub log: String,
    pub tree_size: u64,
    pub root: Hash,
    pub case: String,
    pub entries: u64,
    /// Captured files that were checked.
    pub objects: u64,
    pub first_recorded: Instant,
    pub last_recorded: Instant,
    /// The trusted keys that the verdict rests on.
    pub log_key: String,
    pub institution_keys: BTreeSet<String>,
    /// Fields and objects that were withheld; their commitments are in the log.
    pub redactions: Vec<Redaction>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Valid(Valid),
    NotValid { reason: Reason, message: String },
}

impl Verdict {
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid(_))
    }

    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Valid(_) => None,
            Self::NotValid { reason, .. } => Some(reason),
        }
    }
}

impl From<Result<Valid, Reason>> for Verdict {
    fn from(result: Result<Valid, Reason>) -> Self {
        match result {
            Ok(valid) => Self::Valid(valid),
            Err(reason) => Self::NotValid { message: reason.to_string(), reason },
        }
    }
}

/// Judges a package by the keys that the person who verifies trusts.
pub fn verify(files: &Files, trust: &Trust) -> Verdict {
    judge(files, trust).into()
}

fn judge(files: &Files, trust: &Trust) -> Result<Valid, Reason> {
    check_manifests(files)?;
    check_format(files)?;
    check_layout(files)?;
    let note = text_of(files, CHECKPOINT)?;
    let (checkpoint, log_key) = check_checkpoint(note, trust)?;
    let entries = read_entries(files, &checkpoint)?;
    check_inclusion(files, note, &checkpoint, &entries)?;
    let institution_keys = check_signatures(&entries, trust)?;
    check_chain(&entries)?;
    let reveals = check_commitments(files, &entries)?;
    let objects = check_objects(files, &entries, &reveals)?;
    let derived = Derived {
        checkpoint: &checkpoint,
        entries: &entries,
        reveals: &reveals,
        log_key: log_key.to_string(),
        institution_keys,
    };
    check_derived(files, &derived)?;
    let redactions = list_redactions(&entries, &reveals);
    summarize(&derived, objects, redactions)
}

fn summarize(derived: &Derived<'_>, objects: u64, redactions: Vec<Redaction>) -> Result<Valid, Reason> {
    let [first, ..] = derived.entries else {
        return Err(Reason::EntryCount { found: 0 });
    };
    let last = derived.entries.last().unwrap_or(first);
    Ok(Valid {
        log: derived.checkpoint.origin.clone(),
        tree_size: derived.checkpoint.size,
        root: derived.checkpoint.root,
        case: first.entry().case.clone(),
        entries: last.entry().number,
        objects,
        first_recorded: first.entry().recorded,
        last_recorded: last.entry().recorded,
        log_key: derived.log_key.clone(),
        institution_keys: derived.institution_keys.clone(),
        redactions,
    })
}

fn bytes_of<'f>(files: &'f Files, path: &str) -> Result<&'f [u8], Reason> {
    let missing = || Reason::FileMissing { path: path.to_owned() };
    files.get(path).map(Vec::as_slice).ok_or_else(missing)
}

fn text_of<'f>(files: &'f Files, path: &str) -> Result<&'f str, Reason> {
    let detail = || Reason::CheckpointMalformed { detail: "not UTF-8".to_owned() };
    std::str::from_utf8(bytes_of(files, path)?).map_err(|_| detail())
}

fn check_manifests(files: &Files) -> Result<(), Reason> {
    check_manifest(files, TAG_MANIFEST, package::is_tag_file)?;
    check_manifest(files, MANIFEST, package::is_payload)
}

fn check_manifest(files: &Files, manifest: &str, is_listed: impl Fn(&str) -> bool) -> Result<(), Reason> {
    let listed = parse_manifest(manifest, bytes_of(files, manifest)?)?;
    for (path, hash) in &listed {
        if Hash::of(bytes_of(files, path)?) != *hash {
            return Err(Reason::FileChanged { path: (*path).to_owned() });
        }
    }
    let unlisted = files.keys().find(|path| is_listed(path) && !listed.contains_key(path.as_str()));
    unlisted.map_or(Ok(()), |path| Err(Reason::FileUnlisted { path: path.clone() }))
}

/// Reads `<64 hex>  <path>` lines whose paths ascend.
fn parse_manifest<'f>(path: &str, bytes: &'f [u8]) -> Result<BTreeMap<&'f str, Hash>, Reason> {
    let malformed = |line| Reason::ManifestMalformed { path: path.to_owned(), line };
    let text = std::str::from_utf8(bytes).map_err(|_| malformed(0))?;
    let body = text.strip_suffix('\n').ok_or_else(|| malformed(0))?;
    let mut listed = BTreeMap::new();
    for (number, line) in (1..).zip(body.split('\n')) {
        let (hash, listed_path) = line.split_once("  ").ok_or_else(|| malformed(number))?;
        let hash = hash.parse().map_err(|_| malformed(number))?;
        if listed.last_key_value().is_some_and(|(last, _)| *last >= listed_path) {
            return Err(malformed(number));
        }
        listed.insert(listed_path, hash);
    }
    Ok(listed)
}

fn check_format(files: &Files) -> Result<(), Reason> {
    let info = String::from_utf8_lossy(bytes_of(files, BAG_INFO)?);
    let found = info.lines().find_map(|line| line.strip_prefix(FORMAT_LABEL)).unwrap_or("none");
    if found == PACKAGE_FORMAT.to_string() {
        Ok(())
    } else {
        Err(Reason::UnknownPackageFormat { found: found.to_owned() })
    }
}

/// The files that stand in every package.
const FIXED: [&str; 10] = [ENTRIES, REVEALS, REPORT, CHECKPOINT, KEYS, POLICY, BAGIT, BAG_INFO, MANIFEST, TAG_MANIFEST];

fn check_layout(files: &Files) -> Result<(), Reason> {
    FIXED.iter().try_for_each(|path| bytes_of(files, path).map(|_| ()))?;
    let is_in_layout = |path: &str| FIXED.contains(&path) || path.starts_with(OBJECTS) || path.starts_with(PROOFS);
    let stranger = files.keys().find(|path| !is_in_layout(path));
    stranger.map_or(Ok(()), |path| Err(Reason::FileUnexpected { path: path.clone() }))
}

fn check_checkpoint<'t>(note: &str, trust: &'t Trust) -> Result<(Checkpoint, &'t VerifierKey), Reason> {
    let malformed = |error: NoteError| Reason::CheckpointMalformed { detail: error.to_string() };
    let origin = unverified_checkpoint(note).map_err(malformed)?.origin;
    if !trust.logs.iter().any(|key| key.name() == origin) {
        return Err(Reason::UnknownLog { origin });
    }
    Checkpoint::open(note, &trust.logs).map_err(|error| match error {
        NoteError::Unsigned => Reason::CheckpointNotSigned { origin },
        NoteError::WrongSignature(_) => Reason::CheckpointSignatureWrong { origin },
        other => malformed(other),
    })
}

fn read_entries(files: &Files, checkpoint: &Checkpoint) -> Result<Vec<SignedEntry>, Reason> {
    let bytes = bytes_of(files, ENTRIES)?;
    let Some(body) = bytes.strip_suffix(b"\n") else {
        return Err(Reason::EntryCount { found: 0 });
    };
    let count = body.iter().filter(|byte| **byte == b'\n').count() + 1;
    if count > MAX_ENTRIES {
        return Err(Reason::EntryCount { found: count as u64 });
    }
    let mut entries = Vec::with_capacity(count);
    for (line, bytes) in (1..).zip(body.split(|byte| *byte == b'\n')) {
        let signed = SignedEntry::from_line(bytes).map_err(|error| match error {
            EntryError::UnknownVersion(version) => Reason::UnknownEntryVersion { line, version },
            other => Reason::EntryMalformed { line, detail: other.to_string() },
        })?;
        if signed.entry().log != checkpoint.origin {
            return Err(Reason::OtherLog { line, log: signed.entry().log.clone() });
        }
        entries.push(signed);
    }
    Ok(entries)
}

fn check_inclusion(files: &Files, note: &str, checkpoint: &Checkpoint, entries: &[SignedEntry]) -> Result<(), Reason> {
    let mut used = BTreeSet::new();
    for signed in entries {
        let number = signed.entry().number;
        let path = proof_path(number);
        let proof = read_proof(bytes_of(files, &path)?, &path)?;
        if proof.checkpoint != note {
            return Err(Reason::ProofForOtherCheckpoint { path });
        }
        let Checkpoint { size, root, .. } = checkpoint;
        if !tree::verify_inclusion(&signed.hash(), proof.index, *size, &proof.hashes, root) {
            return Err(Reason::NotIncluded { number });
        }
        used.insert(path);
    }
    require_all_used(files, PROOFS, &used)
}

fn read_proof(bytes: &[u8], path: &str) -> Result<Proof, Reason> {
    let malformed = |detail: String| Reason::ProofMalformed { path: path.to_owned(), detail };
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("not UTF-8".to_owned()))?;
    Proof::from_text(text).map_err(|error| malformed(error.to_string()))
}

fn require_all_used(files: &Files, folder: &str, used: &BTreeSet<String>) -> Result<(), Reason> {
    let stranger = files.keys().find(|path| path.starts_with(folder) && !used.contains(*path));
    stranger.map_or(Ok(()), |path| Err(Reason::FileUnexpected { path: path.clone() }))
}

/// Signatures are half of the work over a long case and independent of each other.
const SIGNATURE_THREADS: usize = 4;

fn check_signatures(entries: &[SignedEntry], trust: &Trust) -> Result<BTreeSet<String>, Reason> {
    let part = entries.len().div_ceil(SIGNATURE_THREADS).max(1);
    let signers_of = |part: &[SignedEntry]| -> Result<BTreeSet<String>, Reason> {
        part.iter().map(|signed| Ok(check_signature(signed, trust)?.to_string())).collect()
    };
    // The parts are joined in order, so the first failure is the same as without threads.
    std::thread::scope(|scope| {
        let running: Vec<_> = entries.chunks(part).map(|part| scope.spawn(move || signers_of(part))).collect();
        let mut signers = BTreeSet::new();
        for thread in running {
            let found = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            signers.extend(found);
        }
        Ok(signers)
    })
}

fn check_signature<'t>(signed: &SignedEntry, trust: &'t Trust) -> Result<&'t VerifierKey, Reason> {
    let entry = signed.entry();
    let (number, institution) = (entry.number, entry.institution.clone());
    let key = entry.signer.to_string();
    let held: Vec<_> = trust.institution_keys(&entry.institution, entry.signer).collect();
    if held.is_empty() {
        return Err(Reason::UnknownInstitutionKey { number, institution, key });
    }
    let mut valid = held.iter().filter(|held| held.is_valid_at(entry.recorded)).peekable();
    if valid.peek().is_none() {
        let recorded = entry.recorded.to_string();
        return Err(Reason::KeyNotValidThen { number, institution, key, recorded });
    }
    let signer = valid.find(|held| signed.is_signed_by(&held.key));
    Ok(&signer.ok_or(Reason::SignatureWrong { number })?.key)
}

fn check_chain(entries: &[SignedEntry]) -> Result<(), Reason> {
    let case = entries.first().map(|first| &first.entry().case);
    let mut previous = None;
    for (line, signed) in (1..).zip(entries) {
        let entry = signed.entry();
        if Some(&entry.case) != case {
            return Err(Reason::OtherCase { line });
        }
        if entry.number != line {
            return Err(Reason::NumberOutOfOrder { line, expected: line, found: entry.number });
        }
        if entry.previous != previous {
            return Err(Reason::PreviousWrong { number: line });
        }
        previous = Some(signed.hash());
    }
    match entries.last().map(SignedEntry::entry) {
        Some(last) if last.kind == Kind::ExportMade => Ok(()),
        last => Err(Reason::CutOff { number: last.map_or(0, |last| last.number) }),
    }
}

fn check_commitments(files: &Files, entries: &[SignedEntry]) -> Result<Reveals, Reason> {
    let malformed = |detail: String| Reason::RevealsMalformed { detail };
    let reveals: Reveals =
        canonical::from_slice(bytes_of(files, REVEALS)?).map_err(|error| malformed(error.to_string()))?;
    if reveals.format != PACKAGE_FORMAT {
        return Err(malformed(format!("format {}", reveals.format)));
    }
    for (&number, revealed) in &reveals.entries {
        let nothing = |name: &str| Reason::RevealOfNothing { number, name: name.to_owned() };
        let entry = entry_of_number(entries, number).ok_or_else(|| nothing("*"))?;
        if revealed.is_empty() {
            return Err(malformed(format!("entry {number} reveals nothing")));
        }
        for (name, reveal) in &revealed.fields {
            let committed = entry.fields.get(name).ok_or_else(|| nothing(name))?;
            if reveal.commitment().ok() != Some(*committed) {
                return Err(Reason::CommitmentWrong { number, name: name.clone() });
            }
        }
        let object_count = entry.objects.len() as u64;
        if let Some(at) = revealed.objects.keys().find(|at| **at >= object_count) {
            return Err(nothing(&at.to_string()));
        }
    }
    Ok(reveals)
}

fn check_objects(files: &Files, entries: &[SignedEntry], reveals: &Reveals) -> Result<u64, Reason> {
    let mut used = BTreeSet::new();
    for (number, at, object, reveal) in revealed_objects(entries, reveals) {
        if reveal.commitment().ok() != Some(object.plaintext_commitment) {
            return Err(Reason::ObjectCommitmentWrong { number, object: at });
        }
        let path = object_path(&reveal.sha256, &object.media_type);
        let Some(bytes) = files.get(&path) else {
            return Err(Reason::ObjectMissing { number, path });
        };
        let found = Hash::of(bytes);
        if found != reveal.sha256 || bytes.len() as u64 != object.size_bytes {
            return Err(Reason::ObjectChanged { number, path, found });
        }
        used.insert(path);
    }
    require_all_used(files, OBJECTS, &used)?;
    Ok(used.len() as u64)
}

fn check_derived(files: &Files, derived: &Derived<'_>) -> Result<(), Reason> {
    let differs = |path: &str| Reason::DerivedDiffers { path: path.to_owned() };
    let computed = derived.compute(files).map_err(|_| differs(KEYS))?;
    let changed = computed.iter().find(|(path, bytes)| files.get(*path) != Some(bytes));
    changed.map_or(Ok(()), |(path, _)| Err(differs(path)))
}

fn list_redactions(entries: &[SignedEntry], reveals: &Reveals) -> Vec<Redaction> {
    let mut redactions = Vec::new();
    for signed in entries {
        let entry = signed.entry();
        let number = entry.number;
        let revealed = reveals.entries.get(&number);
        let withheld =
            entry.fields.keys().filter(|name| !revealed.is_some_and(|shown| shown.fields.contains_key(*name)));
        redactions.extend(withheld.map(|name| Redaction::Field { number, name: name.clone() }));
        let withheld =
            (0..entry.objects.len() as u64).filter(|at| !revealed.is_some_and(|shown| shown.objects.contains_key(at)));
        redactions.extend(withheld.map(|object| Redaction::Object { number, object }));
    }
    redactions
}
