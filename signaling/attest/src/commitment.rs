//! A field of an entry is never written into the log, only a salted commitment to it:
//!
//! `HMAC-SHA-256(key = salt (32 bytes), message = length (8 bytes, big endian) ‖ type (1 byte) ‖ value)`
//!
//! where `length` counts the bytes of `value`. Whoever holds salt and value can show what was
//! committed; whoever destroyed the salt has made the commitment random bytes, and the tree above
//! it stays whole. So redaction and erasure are one mechanism.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value as Json;
use sha2::Sha256;

use crate::canonical::{self, CanonicalError};
use crate::hash::{Hash, from_hex, to_hex};
use crate::instant::Instant;

/// A typed value that can be committed to. The types are closed: a new one is a new format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// Text as it was given, in UTF-8, without any normalisation.
    Text(String),
    /// A JSON value; its bytes are its canonical form.
    Json(Json),
    /// An instant; its bytes are its one spelling, in ASCII.
    Instant(Instant),
    /// A SHA-256; its bytes are the 32 raw bytes.
    Hash(Hash),
}

impl Value {
    /// The byte that stands for the type inside a commitment.
    pub fn type_byte(&self) -> u8 {
        match self {
            Self::Text(_) => 1,
            Self::Json(_) => 2,
            Self::Instant(_) => 3,
            Self::Hash(_) => 4,
        }
    }

    /// The bytes that are committed to.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        Ok(match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Json(json) => {
                canonical::require_safe_numbers(json)?;
                canonical::to_vec(json)?
            }
            Self::Instant(instant) => instant.to_string().into_bytes(),
            Self::Hash(hash) => hash.0.to_vec(),
        })
    }
}

/// 32 fresh random bytes for one value. It is a secret until it is revealed, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes bytes that the caller drew from a cryptographic source, or read back.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Salt(…)")
    }
}

impl Serialize for Salt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Salt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_hex(&text).map(Self).map_err(de::Error::custom)
    }
}

/// A value together with its salt: what opens a commitment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reveal {
    pub salt: Salt,
    #[serde(flatten)]
    pub value: Value,
}

impl Reveal {
    pub fn new(value: Value, salt: Salt) -> Self {
        Self { salt, value }
    }

    /// The commitment that this value and salt make.
    pub fn commitment(&self) -> Result<Hash, CanonicalError> {
        commit(&self.salt, &self.value)
    }
}

/// The commitment to a value under a salt.
pub fn commit(salt: &Salt, value: &Value) -> Result<Hash, CanonicalError> {
    let bytes = value.to_bytes()?;
    let length = u64::try_from(bytes.len()).expect("a length in memory fits 64 bits");
    let mut mac = Hmac::<Sha256>::new_from_slice(&salt.0).expect("HMAC takes a key of any length");
    mac.update(&length.to_be_bytes());
    mac.update(&[value.type_byte()]);
    mac.update(&bytes);
    Ok(Hash(mac.finalize().into_bytes().into()))
}
