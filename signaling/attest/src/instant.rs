//! Instants as the log writes them: RFC 3339, UTC, always six digits of the second, always `Z`.
//! One instant has one spelling, and the order of the texts is the order of the instants.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in UTC, cut down to the microsecond (what the database holds).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(Timestamp);

#[derive(Debug, thiserror::Error)]
pub enum InstantError {
    #[error("an instant is written YYYY-MM-DDThh:mm:ss.ffffffZ")]
    Spelling,
    #[error("the instant lies outside the years 0000 to 9999")]
    Range,
}

impl Instant {
    /// Cuts a timestamp down to its microsecond.
    pub fn from_timestamp(timestamp: Timestamp) -> Result<Self, InstantError> {
        let cut = Timestamp::from_microsecond(timestamp.as_microsecond()).map_err(|_| InstantError::Range)?;
        let instant = Self(cut);
        // A year before 0000 is printed with a sign, which no other reader need understand.
        if instant.to_string().len() == SPELLED_LEN { Ok(instant) } else { Err(InstantError::Range) }
    }

    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

/// Length of `YYYY-MM-DDThh:mm:ss.ffffffZ`.
const SPELLED_LEN: usize = 27;

impl fmt::Display for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.6}", self.0)
    }
}

impl FromStr for Instant {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, InstantError> {
        let timestamp: Timestamp = text.parse().map_err(|_| InstantError::Spelling)?;
        let instant = Self::from_timestamp(timestamp)?;
        if instant.to_string() == text { Ok(instant) } else { Err(InstantError::Spelling) }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
