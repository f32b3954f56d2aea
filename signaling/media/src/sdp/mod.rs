//! As much of SDP (RFC 8866, 8829, 8843) as two connections of fixed shape need: Opus and VP8, one bundle, multiplexed
//! RTCP, ICE-lite, DTLS with the client active. Descriptions are read without trust; ours contain the server's
//! addresses only.

mod negotiate;
mod parse;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use negotiate::{AcceptedLine, Answer, PublisherOffer, UplinkLine};
pub(crate) use write::{OfferedLine, OfferedSource, Transport, write_publisher_answer, write_subscriber_offer};

use aws_lc_rs::digest;
use std::fmt;

/// The longest description taken: Chromium's largest here is about 15 KiB.
pub const MAX_SDP_BYTES: usize = 64 * 1024;

/// Payload types and codecs of our own offers. They never change within a connection: a packet sent again must have
/// the very same header.
pub(crate) const OPUS_PAYLOAD_TYPE: u8 = 111;
pub(crate) const VP8_PAYLOAD_TYPE: u8 = 96;
pub(crate) const VP8_RTX_PAYLOAD_TYPE: u8 = 97;

pub(crate) const TWCC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// Why a description was not taken. Nothing has changed then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SdpError {
    #[error("the description is longer than {MAX_SDP_BYTES} bytes")]
    TooLong,
    #[error("malformed description: {0}")]
    Malformed(&'static str),
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    #[error("the answer does not fit the offer")]
    Mismatch,
    /// An answer to an offer that has been superseded, or to none.
    #[error("the answer is for another version of the offer")]
    Stale,
    #[error("no such room")]
    NoSuchRoom,
    #[error("the room or the server is full")]
    Full,
}

/// The SHA-256 hash of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate in DER.
    pub(crate) fn of_certificate(der: &[u8]) -> Fingerprint {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Fingerprint(hash)
    }

    /// From hex pairs with colons.
    fn parse(text: &str) -> Option<Fingerprint> {
        let mut hash = [0; 32];
        let mut pairs = text.split(':');
        for byte in &mut hash {
            let pair = pairs.next().filter(|pair| pair.len() == 2)?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        pairs.next().is_none().then_some(Fingerprint(hash))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if position == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

/// Which browser connection a description comes from: it changes with a reload and stays in an ICE restart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Session {
    pub id: String,
    pub fingerprint: Fingerprint,
    /// The client's user fragment, which changes with every ICE restart.
    pub ufrag: String,
}

impl Session {
    /// Whether both come from one browser connection, maybe before and after an ICE restart.
    pub fn is_same_object(&self, other: &Session) -> bool {
        self.id == other.id && self.fingerprint == other.fingerprint
    }
}
