//! RTCP (RFC 3550, 4585, 5104, draft-holmer transport-cc): a reader of compound packets and writers of ours.

use crate::bytes_be::{be16, be32};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const TRANSPORT_FEEDBACK: u8 = 205;
const PAYLOAD_FEEDBACK: u8 = 206;
const FORMAT_NACK: u8 = 1;
pub const FORMAT_TWCC: u8 = 15;
const FORMAT_PLI: u8 = 1;
const FORMAT_FIR: u8 = 4;
const FORMAT_APPLICATION: u8 = 15;
/// Under this SSRC we send feedback; we have no media of our own.
pub const OUR_SSRC: u32 = 1;
/// Sequence numbers that one packet of ours asks for at most.
pub const MAX_NACK_PAIRS: usize = 16;

/// One packet of a compound, as far as it concerns us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packet<'a> {
    SenderReport {
        ssrc: u32,
        ntp: u64,
        rtp_timestamp: u32,
    },
    /// Pairs of a sequence number and a bit mask of the sixteen after it.
    Nack {
        media_ssrc: u32,
        pairs: &'a [u8],
    },
    /// A picture loss indication or a full intra request: a key frame is wanted.
    KeyFrameRequest {
        media_ssrc: u32,
    },
    /// The receiver's estimate of what its downlink carries (REMB), in bits per second.
    Estimate {
        bits_per_second: u64,
    },
    Other,
}

/// Reads a decrypted compound packet until its end or its first malformed part.
pub fn packets(compound: &[u8]) -> impl Iterator<Item = Packet<'_>> {
    let mut rest = compound;
    std::iter::from_fn(move || {
        let length = 4 + 4 * be16(rest, 2)? as usize;
        let (packet, tail) = rest.split_at_checked(length)?;
        rest = tail;
        read(packet)
    })
}

fn read(packet: &[u8]) -> Option<Packet<'_>> {
    let (first, kind) = (packet[0], packet[1]);
    if first >> 6 != 2 {
        return None;
    }
    Some(match (kind, first & 31) {
        (SENDER_REPORT, _) => Packet::SenderReport {
            ssrc: be32(packet, 4)?,
            ntp: u64::from(be32(packet, 8)?) << 32 | u64::from(be32(packet, 12)?),
            rtp_timestamp: be32(packet, 16)?,
        },
        (TRANSPORT_FEEDBACK, FORMAT_NACK) => Packet::Nack { media_ssrc: be32(packet, 8)?, pairs: packet.get(12..)? },
        (PAYLOAD_FEEDBACK, FORMAT_PLI) => Packet::KeyFrameRequest { media_ssrc: be32(packet, 8)? },
        // A FIR names its media source in its entries; ours carry one.
        (PAYLOAD_FEEDBACK, FORMAT_FIR) => Packet::KeyFrameRequest { media_ssrc: be32(packet, 12)? },
        (PAYLOAD_FEEDBACK, FORMAT_APPLICATION) if packet.get(12..16) == Some(b"REMB") => {
            let word = be32(packet, 16)?;
            Packet::Estimate { bits_per_second: u64::from(word & 0x3ffff) << (word >> 18 & 63).min(40) }
        }
        _ => Packet::Other,
    })
}

/// The sequence numbers that one NACK's pairs name.
pub fn nacked(pairs: &[u8]) -> impl Iterator<Item = u16> + '_ {
    pairs.chunks_exact(4).flat_map(|pair| {
        let (first, mask) = (u16::from_be_bytes([pair[0], pair[1]]), u16::from_be_bytes([pair[2], pair[3]]));
        let rest = (0..16u16).filter(move |bit| mask >> bit & 1 == 1).map(move |bit| first.wrapping_add(bit + 1));
        std::iter::once(first).chain(rest)
    })
}

/// Writes RTCP packets one after another into a buffer on the stack.
pub struct Writer {
    buffer: [u8; Writer::CAPACITY],
    len: usize,
}

/// What an RR says of one source (RFC 3550 section 6.4.1).
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct ReportBlock {
    pub ssrc: u32,
    pub fraction_lost: u8,
    pub lost: u32,
    pub highest: u32,
    pub jitter: u32,
    pub last_report: u32,
    pub delay: u32,
}

impl Writer {
    /// One datagram with room for the SRTCP trailer.
    pub const CAPACITY: usize = 1200;

    pub fn new() -> Writer {
        Writer { buffer: [0; Writer::CAPACITY], len: 0 }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// Appends a packet of the given body, if it still fits. Bodies are whole words.
    fn append(&mut self, count: u8, kind: u8, body: &[&[u8]]) {
        let size = 4 + body.iter().map(|part| part.len()).sum::<usize>();
        debug_assert!(size.is_multiple_of(4));
        let Some(out) = self.buffer.get_mut(self.len..self.len + size) else { return };
        out[..2].copy_from_slice(&[0x80 | count, kind]);
        out[2..4].copy_from_slice(&((size / 4 - 1) as u16).to_be_bytes());
        let mut at = 4;
        for part in body {
            out[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        self.len += size;
    }

    pub fn sender_report(&mut self, ssrc: u32, ntp: u64, rtp_timestamp: u32, packets: u32, octets: u32) {
        let words = [ssrc, (ntp >> 32) as u32, ntp as u32, rtp_timestamp, packets, octets];
        self.append(0, SENDER_REPORT, &[words.map(u32::to_be_bytes).as_flattened()]);
    }

    pub fn receiver_report(&mut self, blocks: &[ReportBlock]) {
        let mut body = [0u8; 2 * 24];
        let blocks = &blocks[..blocks.len().min(2)];
        for (out, block) in body.chunks_exact_mut(24).zip(blocks) {
            let lost = u32::from(block.fraction_lost) << 24 | block.lost.min(0x7f_ffff);
            let words = [block.ssrc, lost, block.highest, block.jitter, block.last_report, block.delay];
            out.copy_from_slice(words.map(u32::to_be_bytes).as_flattened());
        }
        self.append(blocks.len() as u8, RECEIVER_REPORT, &[&OUR_SSRC.to_be_bytes(), &body[..24 * blocks.len()]]);
    }

    /// Asks for the sequence numbers, given in ascending order; those that do not fit stay for the next time.
    pub fn nack(&mut self, media_ssrc: u32, wanted: &[u16]) {
        let mut pairs = [[0u8; 4]; MAX_NACK_PAIRS];
        let (mut used, mut at) = (0, 0);
        while at < wanted.len() && used < MAX_NACK_PAIRS {
            let (first, mut mask) = (wanted[at], 0u16);
            at += 1;
            while let Some(ahead) =
                wanted.get(at).map(|next| next.wrapping_sub(first)).filter(|ahead| (1..=16).contains(ahead))
            {
                mask |= 1 << (ahead - 1);
                at += 1;
            }
            let ([a, b], [c, d]) = (first.to_be_bytes(), mask.to_be_bytes());
            pairs[used] = [a, b, c, d];
            used += 1;
        }
        if used > 0 {
            let head = [OUR_SSRC, media_ssrc].map(u32::to_be_bytes);
            self.append(FORMAT_NACK, TRANSPORT_FEEDBACK, &[head.as_flattened(), pairs[..used].as_flattened()]);
        }
    }

    pub fn picture_loss(&mut self, media_ssrc: u32) {
        let head = [OUR_SSRC, media_ssrc].map(u32::to_be_bytes);
        self.append(FORMAT_PLI, PAYLOAD_FEEDBACK, &[head.as_flattened()]);
    }

    /// A bound on the sender's rate (draft-alvestrand-rmcat-remb).
    pub fn estimate(&mut self, media_ssrc: u32, bits_per_second: u64) {
        let exponent = (64 - bits_per_second.leading_zeros()).saturating_sub(18);
        let word = 1 << 24 | exponent << 18 | (bits_per_second >> exponent) as u32;
        let head = [OUR_SSRC, 0].map(u32::to_be_bytes);
        let tail = [word, media_ssrc].map(u32::to_be_bytes);
        self.append(FORMAT_APPLICATION, PAYLOAD_FEEDBACK, &[head.as_flattened(), b"REMB", tail.as_flattened()]);
    }

    /// Transport-wide feedback, its body already made by [`crate::twcc`].
    pub fn transport_feedback(&mut self, media_ssrc: u32, body: &[u8]) {
        let head = [OUR_SSRC, media_ssrc].map(u32::to_be_bytes);
        self.append(FORMAT_TWCC, TRANSPORT_FEEDBACK, &[head.as_flattened(), body]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_we_can_read() {
        let mut writer = Writer::new();
        writer.receiver_report(&[ReportBlock { ssrc: 5, ..ReportBlock::default() }]);
        writer.sender_report(7, 0x0102_0304_0506_0708, 9, 10, 11);
        writer.nack(8, &[65534, 65535, 0, 40]);
        writer.picture_loss(9);
        writer.estimate(9, 2_500_000);
        let read: Vec<_> = packets(writer.bytes()).collect();
        assert_eq!(read[0], Packet::Other);
        assert_eq!(read[1], Packet::SenderReport { ssrc: 7, ntp: 0x0102_0304_0506_0708, rtp_timestamp: 9 });
        let Packet::Nack { media_ssrc: 8, pairs } = read[2] else { panic!("{:?}", read[2]) };
        assert_eq!(nacked(pairs).collect::<Vec<_>>(), [65534, 65535, 0, 40]);
        assert_eq!(read[3], Packet::KeyFrameRequest { media_ssrc: 9 });
        let Packet::Estimate { bits_per_second } = read[4] else { panic!("{:?}", read[4]) };
        assert!((2_490_000..=2_500_000).contains(&bits_per_second));
        assert_eq!(read.len(), 5);
    }

    #[test]
    fn a_truncated_compound_ends_where_it_breaks() {
        let mut writer = Writer::new();
        writer.picture_loss(9);
        writer.picture_loss(10);
        let cut = &writer.bytes()[..20];
        assert_eq!(packets(cut).collect::<Vec<_>>(), [Packet::KeyFrameRequest { media_ssrc: 9 }]);
        assert_eq!(packets(&[0x81, 206, 0, 0]).count(), 0);
    }
}
