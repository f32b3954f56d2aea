//! Signed notes (c2sp.org/signed-note), checkpoints (c2sp.org/tlog-checkpoint) and proofs of
//! inclusion (c2sp.org/tlog-proof). Only Ed25519 keys (type 0x01) are known here; signature lines
//! of anybody else, for instance a witness, are left alone, as the specification demands.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use crate::hash::{Hash, from_hex, to_hex};
use crate::tree::MAX_PROOF_HASHES;

/// Longest key name; a name is a schema-less URL.
pub const MAX_NAME_BYTES: usize = 128;
/// Longest note: a checkpoint with 16 post-quantum cosignatures (5 kB each) fits.
pub const MAX_NOTE_BYTES: usize = 128 * 1024;
/// Most signature lines in a note; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;
/// The signature type of Ed25519 in signed-note.
const ED25519: u8 = 0x01;
const PROOF_HEADER: &str = "c2sp.org/tlog-proof@v1";

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("a key name has 1 to 128 characters without spaces, plus signs or control characters")]
    Name,
    #[error("not a verifier key (name+id+key) of type Ed25519")]
    VerifierKey,
    #[error("not a signed note: {0}")]
    Note(&'static str),
    #[error("no signature by a known key")]
    Unsigned,
    #[error("the signature by {0} is wrong")]
    WrongSignature(String),
    #[error("not a checkpoint: {0}")]
    Checkpoint(&'static str),
    #[error("not a proof of inclusion: {0}")]
    Proof(&'static str),
}

/// The four bytes by which a signature names its key: SHA-256(name ‖ LF ‖ 0x01 ‖ public key)[..4].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_hex(&text).map(Self).map_err(de::Error::custom)
    }
}

/// A public key with the name under which it signs (a C2SP "vkey").
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: KeyId,
    public: VerifyingKey,
}

impl VerifierKey {
    pub fn new(name: &str, public: VerifyingKey) -> Result<Self, NoteError> {
        require_name(name)?;
        let digest =
            Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(public.as_bytes()).finalize();
        let id = KeyId([digest[0], digest[1], digest[2], digest[3]]);
        Ok(Self { name: name.to_owned(), id, public })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Strict Ed25519: no second encoding of a signature and no weak key is accepted.
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.public.verify_strict(message, &signature).is_ok()
    }
}

fn require_name(name: &str) -> Result<(), NoteError> {
    let is_allowed = |c: char| !c.is_whitespace() && !c.is_control() && c != '+';
    if !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(is_allowed) {
        Ok(())
    } else {
        Err(NoteError::Name)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.public.as_bytes());
        write!(formatter, "{}+{}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::VerifierKey)?;
        let [ED25519, public @ ..] = key.as_slice() else {
            return Err(NoteError::VerifierKey);
        };
        let public = public.try_into().map_err(|_| NoteError::VerifierKey)?;
        let public = VerifyingKey::from_bytes(public).map_err(|_| NoteError::VerifierKey)?;
        let parsed = Self::new(name, public)?;
        if parsed.id.to_string() == id && !parsed.public.is_weak() { Ok(parsed) } else { Err(NoteError::VerifierKey) }
    }
}

/// Appends a signature line to a text that ends in a newline. The caller made the signature over
/// exactly these bytes, wherever the private key lives.
pub fn with_signature(text: &str, key: &VerifierKey, signature: &[u8; 64]) -> String {
    let mut raw = key.id.0.to_vec();
    raw.extend(signature);
    format!("{text}\n\u{2014} {} {}\n", key.name, STANDARD.encode(raw))
}

/// Signs a text that ends in a newline with a key held in memory.
pub fn sign(text: &str, name: &str, key: &SigningKey) -> Result<String, NoteError> {
    let verifier = VerifierKey::new(name, key.verifying_key())?;
    Ok(with_signature(text, &verifier, &key.sign(text.as_bytes()).to_bytes()))
}

/// One signature line of a note.
struct SignatureLine<'a> {
    name: &'a str,
    raw: Vec<u8>,
}

/// Checks a note against known keys. Returns its text and the first known key that signed it; a
/// wrong signature under a known key refuses the whole note, a line of an unknown key does not.
pub fn open<'n, 'k>(note: &'n str, known: &'k [VerifierKey]) -> Result<(&'n str, &'k VerifierKey), NoteError> {
    let (text, lines) = split(note)?;
    let mut signer = None;
    for line in &lines {
        let Some(key) = known.iter().find(|key| key.name == line.name && line.raw[..4] == key.id.0) else {
            continue;
        };
        let signature = line.raw[4..].try_into().ok();
        if !signature.is_some_and(|signature| key.verifies(text.as_bytes(), signature)) {
            return Err(NoteError::WrongSignature(key.name.clone()));
        }
        signer = signer.or(Some(key));
    }
    Ok((text, signer.ok_or(NoteError::Unsigned)?))
}

fn split(note: &str) -> Result<(&str, Vec<SignatureLine<'_>>), NoteError> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(NoteError::Note("too long"));
    }
    if note.chars().any(|c| c < ' ' && c != '\n') {
        return Err(NoteError::Note("control character"));
    }
    let at = note.rfind("\n\n").ok_or(NoteError::Note("no blank line before the signatures"))?;
    let signatures = note[at + 2..].strip_suffix('\n').ok_or(NoteError::Note("no newline at the end"))?;
    let lines: Vec<_> = signatures.split('\n').map(signature_line).collect::<Result<_, _>>()?;
    if lines.len() > MAX_SIGNATURES {
        return Err(NoteError::Note("too many signatures"));
    }
    Ok((&note[..=at], lines))
}

fn signature_line(line: &str) -> Result<SignatureLine<'_>, NoteError> {
    const MALFORMED: NoteError = NoteError::Note("malformed signature line");
    let rest = line.strip_prefix("\u{2014} ").ok_or(MALFORMED)?;
    let (name, signature) = rest.split_once(' ').ok_or(MALFORMED)?;
    require_name(name).map_err(|_| MALFORMED)?;
    let raw = STANDARD.decode(signature).map_err(|_| MALFORMED)?;
    if raw.len() > 4 { Ok(SignatureLine { name, raw }) } else { Err(MALFORMED) }
}

/// What a log says about its tree at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub origin: String,
    pub size: u64,
    pub root: Hash,
}

impl Checkpoint {
    /// The note text: three lines. Format v1 has no extension lines.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    pub fn from_text(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').unwrap_or_default().split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Checkpoint("expected three lines"));
        };
        require_name(origin).map_err(|_| NoteError::Checkpoint("bad origin"))?;
        let size = decimal(size).ok_or(NoteError::Checkpoint("bad tree size"))?;
        let root = hash_line(root).ok_or(NoteError::Checkpoint("bad root hash"))?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The checkpoint as a note signed by the log; the key's name is the origin.
    pub fn sign(&self, key: &SigningKey) -> Result<String, NoteError> {
        sign(&self.text(), &self.origin, key)
    }

    /// The checkpoint of a note, if a known key whose name is the origin signed it.
    pub fn open<'k>(note: &str, known: &'k [VerifierKey]) -> Result<(Self, &'k VerifierKey), NoteError> {
        let (text, signer) = open(note, known)?;
        let checkpoint = Self::from_text(text)?;
        if signer.name == checkpoint.origin { Ok((checkpoint, signer)) } else { Err(NoteError::Unsigned) }
    }
}

/// The checkpoint that a note claims to be, without any check of its signatures.
pub fn unverified_checkpoint(note: &str) -> Result<Checkpoint, NoteError> {
    Checkpoint::from_text(split(note)?.0)
}

/// A proof of inclusion with the checkpoint that it leads to (c2sp.org/tlog-proof).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub index: u64,
    pub hashes: Vec<Hash>,
    /// The signed note, verbatim.
    pub checkpoint: String,
}

impl Proof {
    pub fn from_text(text: &str) -> Result<Self, NoteError> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(NoteError::Proof("no checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(PROOF_HEADER) {
            return Err(NoteError::Proof("unknown first line"));
        }
        let index = lines
            .next()
            .and_then(|line| decimal(line.strip_prefix("index ")?))
            .ok_or(NoteError::Proof("bad index line"))?;
        let hashes = lines
            .map(|line| hash_line(line).ok_or(NoteError::Proof("bad hash line")))
            .collect::<Result<Vec<_>, _>>()?;
        if hashes.len() > MAX_PROOF_HASHES {
            return Err(NoteError::Proof("too many hashes"));
        }
        Ok(Self { index, hashes, checkpoint: checkpoint.to_owned() })
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{PROOF_HEADER}\nindex {}", self.index)?;
        for hash in &self.hashes {
            writeln!(formatter, "{}", STANDARD.encode(hash.0))?;
        }
        write!(formatter, "\n{}", self.checkpoint)
    }
}

/// A decimal number without sign or leading zeroes.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn hash_line(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok().map(Hash)
}
