//! What a client's description means for us: tracks that it will send, or lines of our offer that it takes.

use super::parse::{Description, Direction, MediaLine, Medium};
use super::{OPUS_PAYLOAD_TYPE, SdpError, Session, TWCC_URI, VP8_PAYLOAD_TYPE, VP8_RTX_PAYLOAD_TYPE};
use crate::ids::Kind;

fn codec(kind: Kind) -> &'static str {
    match kind {
        Kind::Audio => "opus/48000/2",
        Kind::Video => "VP8/90000",
    }
}

/// A track that a publisher offers and we take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct UplinkLine {
    pub kind: Kind,
    pub payload_type: u8,
    /// Payload type of retransmissions (RFC 4588).
    pub rtx: Option<u8>,
    pub nack: bool,
    /// Id of the transport-wide sequence number, when its feedback is wanted.
    pub twcc: Option<u8>,
    pub remb: bool,
}

impl UplinkLine {
    pub fn carries(&self, payload_type: u8) -> bool {
        self.payload_type == payload_type || self.rtx == Some(payload_type)
    }
}

/// One m-line of a publisher's offer: taken, or refused under its own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PublisherLine {
    Taken {
        mid: String,
        line: UplinkLine,
    },
    /// A second line of a kind, one that sends nothing, or data.
    Refused {
        mid: String,
        medium: Medium,
    },
}

/// A publisher's offer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PublisherOffer {
    pub session: Session,
    pub lines: Vec<PublisherLine>,
}

impl PublisherOffer {
    pub fn parse(text: &str) -> Result<PublisherOffer, SdpError> {
        let description = Description::parse(text)?;
        if !description.may_be_active {
            return Err(SdpError::Unsupported("a client that does not start the DTLS handshake"));
        }
        let mut lines = Vec::with_capacity(description.lines.len());
        let mut taken: Vec<UplinkLine> = Vec::with_capacity(2);
        for line in &description.lines {
            let mid = line.mid.to_owned();
            let sends = !line.refused && matches!(line.direction, Direction::SendOnly | Direction::Both);
            match line.medium {
                Medium::Track(kind) if sends && taken.iter().all(|other| other.kind != kind) => {
                    let line = uplink(kind, line)?;
                    taken.push(line);
                    lines.push(PublisherLine::Taken { mid, line });
                }
                medium => lines.push(PublisherLine::Refused { mid, medium }),
            }
        }
        let mut types: Vec<u8> = taken.iter().flat_map(|line| [Some(line.payload_type), line.rtx]).flatten().collect();
        types.sort_unstable();
        if types.is_empty() {
            return Err(SdpError::Unsupported("an offer that sends neither audio nor video"));
        }
        // Packets are told apart by payload type, so one number must not mean two things.
        if types.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(SdpError::Malformed("a payload type used twice"));
        }
        Ok(PublisherOffer { session: description.session, lines })
    }

    /// The tracks taken.
    pub fn tracks(&self) -> impl Iterator<Item = UplinkLine> {
        self.lines.iter().filter_map(|line| match line {
            PublisherLine::Taken { line, .. } => Some(*line),
            PublisherLine::Refused { .. } => None,
        })
    }
}

fn uplink(kind: Kind, line: &MediaLine) -> Result<UplinkLine, SdpError> {
    if !line.has("rtcp-mux") {
        return Err(SdpError::Unsupported("RTCP on a port of its own"));
    }
    let payload_type = line.payload_types(codec(kind)).next().ok_or(match kind {
        Kind::Audio => SdpError::Unsupported("audio without Opus"),
        Kind::Video => SdpError::Unsupported("video without VP8"),
    })?;
    let nack = line.has_feedback(payload_type, "nack");
    Ok(UplinkLine {
        kind,
        payload_type,
        rtx: line.rtx_of(payload_type).filter(|_| nack),
        nack,
        twcc: line.extension(TWCC_URI).filter(|_| line.has_feedback(payload_type, "transport-cc")),
        remb: line.has_feedback(payload_type, "goog-remb"),
    })
}

/// What a subscriber said to one m-line of our offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AcceptedLine {
    /// It wants to receive.
    pub receives: bool,
    pub rtx: bool,
}

/// A subscriber's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Answer {
    pub session: Session,
    pub lines: Vec<AcceptedLine>,
}

impl Answer {
    /// Reads an answer to an offer with m-lines of these kinds.
    pub fn parse(text: &str, offered: impl ExactSizeIterator<Item = Kind>) -> Result<Answer, SdpError> {
        let description = Description::parse(text)?;
        if !description.may_be_active {
            return Err(SdpError::Unsupported("a client that does not start the DTLS handshake"));
        }
        if description.lines.len() != offered.len() {
            return Err(SdpError::Mismatch);
        }
        let lines =
            offered.zip(&description.lines).map(|(kind, line)| accepted(kind, line)).collect::<Result<_, _>>()?;
        Ok(Answer { session: description.session, lines })
    }
}

fn accepted(kind: Kind, line: &MediaLine) -> Result<AcceptedLine, SdpError> {
    if line.medium != Medium::Track(kind) {
        return Err(SdpError::Mismatch);
    }
    let payload_type = match kind {
        Kind::Audio => OPUS_PAYLOAD_TYPE,
        Kind::Video => VP8_PAYLOAD_TYPE,
    };
    let codec_taken = line.payload_types(codec(kind)).any(|number| number == payload_type);
    let wanted = matches!(line.direction, Direction::ReceiveOnly | Direction::Both);
    Ok(AcceptedLine {
        receives: !line.refused && wanted && codec_taken,
        rtx: line.rtx_of(payload_type) == Some(VP8_RTX_PAYLOAD_TYPE),
    })
}
