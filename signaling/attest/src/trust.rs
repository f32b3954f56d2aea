//! Trust anchors: the keys that the person who verifies has decided to believe, and when each
//! was valid. They come from that person, never from the package.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::instant::Instant;
use crate::note::{KeyId, NoteError, VerifierKey};

/// The version of the trust file.
pub const TRUST_FORMAT: u64 = 1;

#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error("the trust file is not JSON of the documented shape: {0}")]
    Shape(#[from] serde_json::Error),
    #[error("trust file format {0} is unknown")]
    UnknownFormat(u64),
    #[error("key {key:?} in the trust file: {error}")]
    Key { key: String, error: NoteError },
    #[error("the validity of key {0:?} ends before it begins")]
    Validity(String),
}

/// The trust file as written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustFile {
    format: u64,
    logs: Vec<String>,
    institutions: Vec<InstitutionLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstitutionLine {
    key: String,
    from: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

/// An institution's key with the time in which its signatures count.
#[derive(Clone, Debug)]
pub struct InstitutionKey {
    pub key: VerifierKey,
    /// First instant at which it is valid.
    pub from: Timestamp,
    /// First instant at which it is not valid any more, if it has ended.
    pub until: Option<Timestamp>,
}

impl InstitutionKey {
    pub fn is_valid_at(&self, instant: Instant) -> bool {
        let at = instant.timestamp();
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Whom the person who verifies trusts.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    pub logs: Vec<VerifierKey>,
    pub institutions: Vec<InstitutionKey>,
}

impl Trust {
    pub fn from_json(bytes: &[u8]) -> Result<Self, TrustError> {
        let file: TrustFile = serde_json::from_slice(bytes)?;
        if file.format != TRUST_FORMAT {
            return Err(TrustError::UnknownFormat(file.format));
        }
        let logs = file.logs.iter().map(|key| parse_key(key)).collect::<Result<_, _>>()?;
        let institutions = file.institutions.into_iter().map(institution).collect::<Result<_, _>>()?;
        Ok(Self { logs, institutions })
    }

    /// The trust file that says this.
    pub fn to_json(&self) -> String {
        let file = TrustFile {
            format: TRUST_FORMAT,
            logs: self.logs.iter().map(ToString::to_string).collect(),
            institutions: self
                .institutions
                .iter()
                .map(|institution| InstitutionLine {
                    key: institution.key.to_string(),
                    from: institution.from,
                    until: institution.until,
                })
                .collect(),
        };
        let json = serde_json::to_string_pretty(&file).expect("plain strings always serialize");
        json + "\n"
    }

    /// The trusted keys of an institution under a key id.
    pub fn institution_keys<'t>(&'t self, name: &str, id: KeyId) -> impl Iterator<Item = &'t InstitutionKey> {
        self.institutions.iter().filter(move |held| held.key.name() == name && held.key.id() == id)
    }
}

fn parse_key(text: &str) -> Result<VerifierKey, TrustError> {
    text.parse().map_err(|error| TrustError::Key { key: text.to_owned(), error })
}

fn institution(line: InstitutionLine) -> Result<InstitutionKey, TrustError> {
    if line.until.is_some_and(|until| until <= line.from) {
        return Err(TrustError::Validity(line.key));
    }
    Ok(InstitutionKey { key: parse_key(&line.key)?, from: line.from, until: line.until })
}
