//! Descriptions of a client, as short as the server takes them.

use crate::dtls::Identity;
use crate::sdp::{OPUS_PAYLOAD_TYPE, TWCC_URI, VP8_PAYLOAD_TYPE};
use std::fmt::Write;

/// Id of the transport-wide sequence number in our packets.
pub(super) const TWCC_ID: u8 = 3;

/// A client's half of an ICE exchange.
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
}

impl Credentials {
    /// Fit for loopback only: anybody could guess them.
    pub fn numbered(number: usize) -> Credentials {
        Credentials { ufrag: format!("load{number:04}"), password: format!("loadloadloadloadload{number:04}") }
    }

    fn head(&self, identity: &Identity, mids: &str) -> String {
        format!(
            "v=0\r\no=- {} 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE{mids}\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n\
             a=fingerprint:sha-256 {}\r\na=setup:active\r\n",
            self.ufrag.trim_start_matches("load"),
            self.ufrag,
            self.password,
            identity.fingerprint()
        )
    }
}

/// The value of an attribute's first appearance.
pub(super) fn attribute<'a>(description: &'a str, name: &str) -> Option<&'a str> {
    description.lines().find_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'))
}

/// A publisher's offer of audio and video with transport-wide feedback.
pub fn offer(identity: &Identity, ours: &Credentials) -> String {
    let mut text = ours.head(identity, " 0 1");
    for (mid, kind, payload_type, codec) in
        [(0, "audio", OPUS_PAYLOAD_TYPE, "opus/48000/2"), (1, "video", VP8_PAYLOAD_TYPE, "VP8/90000")]
    {
        // Writing to a String does not fail.
        let _ = write!(
            text,
            "m={kind} 9 UDP/TLS/RTP/SAVPF {payload_type}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=sendonly\r\na=rtcp-mux\r\n\
             a=extmap:{TWCC_ID} {TWCC_URI}\r\na=rtpmap:{payload_type} {codec}\r\na=rtcp-fb:{payload_type} transport-cc\r\n\
             a=rtcp-fb:{payload_type} nack\r\n"
        );
    }
    text
}

/// An answer that takes everything in the server's offer.
pub fn answer(identity: &Identity, ours: &Credentials, offer: &str) -> String {
    let group = attribute(offer, "group").unwrap_or_default().trim_start_matches("BUNDLE");
    let mut text = ours.head(identity, group);
    let media = offer.lines().skip_while(|line| !line.starts_with("m="));
    for line in media {
        let kept = ["m=", "c=", "a=mid:", "a=rtcp-mux", "a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=inactive"];
        if kept.iter().any(|start| line.starts_with(start)) {
            text += line;
        } else if line == "a=sendonly" {
            text += "a=recvonly";
        } else {
            continue;
        }
        text += "\r\n";
    }
    text
}
