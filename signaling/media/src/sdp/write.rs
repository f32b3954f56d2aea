//! Our descriptions. Each m-line repeats the transport, as browsers do.

use super::negotiate::{PublisherLine, PublisherOffer, UplinkLine};
use super::parse::Medium;
use super::{Fingerprint, OPUS_PAYLOAD_TYPE, TWCC_URI, VP8_PAYLOAD_TYPE, VP8_RTX_PAYLOAD_TYPE};
use crate::ids::{Kind, PeerId};
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// Priority of our only type of candidate (RFC 8445 section 5.1.2.1, type preference 126, component 1); the second
/// and later addresses come after it.
const HOST_PRIORITY: u32 = (126 << 24) | (65535 << 8) | 255;

/// Our end of a connection.
pub(crate) struct Transport<'a> {
    pub ufrag: &'a str,
    pub password: &'a str,
    pub fingerprint: Fingerprint,
    /// Never empty.
    pub candidates: &'a [SocketAddr],
}

/// Whose track an m-line of a subscriber's offer carries, and under which SSRCs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OfferedSource {
    pub owner: PeerId,
    pub ssrc: u32,
    pub rtx_ssrc: u32,
}

/// One m-line of a subscriber's offer; without a source it is inactive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OfferedLine {
    pub kind: Kind,
    pub source: Option<OfferedSource>,
}

/// The answer to a publisher.
pub(crate) fn write_publisher_answer(
    offer: &PublisherOffer,
    transport: &Transport,
    session: u64,
    version: u32,
) -> String {
    let taken = offer.lines.iter().filter_map(|line| match line {
        PublisherLine::Taken { mid, .. } => Some(mid.clone()),
        PublisherLine::Refused { .. } => None,
    });
    let mut out = Text::begin(session, version, taken);
    for line in &offer.lines {
        match line {
            PublisherLine::Refused { mid, medium } => out.refused(mid, *medium),
            PublisherLine::Taken { mid, line } => {
                let types = [Some(line.payload_type), line.rtx];
                out.media(line.kind, &types, mid, transport, "passive", "recvonly");
                out.uplink(line);
            }
        }
    }
    out.0
}

/// An offer to a subscriber. The mid of a line is its position.
pub(crate) fn write_subscriber_offer(
    lines: &[OfferedLine],
    transport: &Transport,
    session: u64,
    version: u32,
) -> String {
    let mut out = Text::begin(session, version, (0..lines.len()).map(|position| position.to_string()));
    for (position, line) in lines.iter().enumerate() {
        let direction = if line.source.is_some() { "sendonly" } else { "inactive" };
        let types = match line.kind {
            Kind::Audio => [Some(OPUS_PAYLOAD_TYPE), None],
            Kind::Video => [Some(VP8_PAYLOAD_TYPE), Some(VP8_RTX_PAYLOAD_TYPE)],
        };
        // A re-offer says actpass as well (RFC 8842 section 5.5); the roles stay as they were.
        out.media(line.kind, &types, &position.to_string(), transport, "actpass", direction);
        out.downlink(line);
    }
    out.0
}

struct Text(String);

impl Text {
    fn begin(session: u64, version: u32, mids: impl Iterator<Item = String>) -> Text {
        let bundle: String = mids.map(|mid| format!(" {mid}")).collect();
        let mut out = Text(String::with_capacity(4096));
        out.line(format_args!("v=0"));
        out.line(format_args!("o=- {session} {version} IN IP4 127.0.0.1"));
        out.line(format_args!("s=-"));
        out.line(format_args!("t=0 0"));
        out.line(format_args!("a=group:BUNDLE{bundle}"));
        out.line(format_args!("a=ice-lite"));
        out.line(format_args!("a=msid-semantic: WMS *"));
        out
    }

    fn line(&mut self, line: std::fmt::Arguments) {
        // Writing to a String does not fail.
        let _ = write!(self.0, "{line}\r\n");
    }

    fn refused(&mut self, mid: &str, medium: Medium) {
        match medium {
            Medium::Track(kind) => self.line(format_args!("m={} 0 UDP/TLS/RTP/SAVPF 0", kind.as_str())),
            Medium::Data => self.line(format_args!("m=application 0 UDP/DTLS/SCTP webrtc-datachannel")),
        }
        self.line(format_args!("c=IN IP4 0.0.0.0"));
        if !mid.is_empty() {
            self.line(format_args!("a=mid:{mid}"));
        }
        self.line(format_args!("a=inactive"));
    }

    /// An m-line with everything that does not depend on its codec.
    fn media(
        &mut self,
        kind: Kind,
        types: &[Option<u8>],
        mid: &str,
        transport: &Transport,
        setup: &str,
        direction: &str,
    ) {
        let types: String = types.iter().flatten().map(|number| format!(" {number}")).collect();
        let first = transport.candidates[0];
        let family = if first.is_ipv4() { "IP4" } else { "IP6" };
        self.line(format_args!("m={} {} UDP/TLS/RTP/SAVPF{types}", kind.as_str(), first.port()));
        self.line(format_args!("c=IN {family} {}", first.ip()));
        self.line(format_args!("a=mid:{mid}"));
        self.line(format_args!("a=ice-ufrag:{}", transport.ufrag));
        self.line(format_args!("a=ice-pwd:{}", transport.password));
        self.line(format_args!("a=fingerprint:sha-256 {}", transport.fingerprint));
        self.line(format_args!("a=setup:{setup}"));
        self.line(format_args!("a=rtcp-mux"));
        self.line(format_args!("a=rtcp-rsize"));
        self.line(format_args!("a={direction}"));
        for (place, address) in transport.candidates.iter().enumerate() {
            let priority = HOST_PRIORITY - ((place as u32) << 8);
            let ip: IpAddr = address.ip();
            self.line(format_args!("a=candidate:{} 1 udp {priority} {ip} {} typ host", place + 1, address.port()));
        }
        self.line(format_args!("a=end-of-candidates"));
    }

    fn uplink(&mut self, line: &UplinkLine) {
        self.codec(line.kind, line.payload_type, line.rtx, line.nack);
        if line.remb {
            self.line(format_args!("a=rtcp-fb:{} goog-remb", line.payload_type));
        }
        if let Some(id) = line.twcc {
            self.line(format_args!("a=rtcp-fb:{} transport-cc", line.payload_type));
            self.line(format_args!("a=extmap:{id} {TWCC_URI}"));
        }
    }

    fn downlink(&mut self, line: &OfferedLine) {
        match line.kind {
            Kind::Audio => self.codec(line.kind, OPUS_PAYLOAD_TYPE, None, true),
            Kind::Video => {
                self.codec(line.kind, VP8_PAYLOAD_TYPE, Some(VP8_RTX_PAYLOAD_TYPE), true);
                self.line(format_args!("a=rtcp-fb:{VP8_PAYLOAD_TYPE} goog-remb"));
            }
        }
        let Some(OfferedSource { owner, ssrc, rtx_ssrc }) = line.source else { return };
        let (owner, kind) = (owner.hex(), line.kind.as_str());
        self.line(format_args!("a=msid:{owner} {owner}-{kind}"));
        if line.kind == Kind::Video {
            self.line(format_args!("a=ssrc-group:FID {ssrc} {rtx_ssrc}"));
        }
        // Chromium takes the first SSRC for that of the media and never looks at the packets of another.
        self.line(format_args!("a=ssrc:{ssrc} cname:{owner}"));
        if line.kind == Kind::Video {
            self.line(format_args!("a=ssrc:{rtx_ssrc} cname:{owner}"));
        }
    }

    fn codec(&mut self, kind: Kind, number: u8, rtx: Option<u8>, nack: bool) {
        match kind {
            Kind::Audio => {
                self.line(format_args!("a=rtpmap:{number} opus/48000/2"));
                // In-band redundancy and silence suppression: the networks here lose packets and cost money.
                self.line(format_args!("a=fmtp:{number} minptime=10;useinbandfec=1;usedtx=1"));
            }
            Kind::Video => {
                self.line(format_args!("a=rtpmap:{number} VP8/90000"));
                self.line(format_args!("a=rtcp-fb:{number} nack pli"));
                self.line(format_args!("a=rtcp-fb:{number} ccm fir"));
            }
        }
        if nack {
            self.line(format_args!("a=rtcp-fb:{number} nack"));
        }
        if let Some(rtx) = rtx {
            self.line(format_args!("a=rtpmap:{rtx} rtx/90000"));
            self.line(format_args!("a=fmtp:{rtx} apt={number}"));
        }
    }
}
