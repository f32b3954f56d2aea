//! RTP packets as they arrive (RFC 3550, RFC 8285): where the payload begins, and the few fields that matter here.

use crate::bytes_be::{be16, be32};

const FIXED_HEADER: usize = 12;
const ONE_BYTE_EXTENSIONS: u16 = 0xBEDE;
const TWO_BYTE_EXTENSIONS: u16 = 0x1000;

/// The header of a plausible RTP packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    pub padded: bool,
    pub marker: bool,
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Length with contributing sources and extensions: where the payload begins.
    pub len: usize,
}

impl Header {
    pub fn parse(packet: &[u8]) -> Option<Header> {
        let (first, second) = (*packet.first()?, *packet.get(1)?);
        if first >> 6 != 2 {
            return None;
        }
        let mut len = FIXED_HEADER + 4 * (first & 15) as usize;
        if first & 0x10 != 0 {
            len += 4 + 4 * be16(packet, len + 2)? as usize;
        }
        let header = Header {
            padded: first & 0x20 != 0,
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: be16(packet, 2)?,
            timestamp: be32(packet, 4)?,
            ssrc: be32(packet, 8)?,
            len,
        };
        (len <= packet.len()).then_some(header)
    }

    /// The payload of a decrypted packet without its padding; `None` when the padding count is impossible.
    pub fn payload<'a>(&self, packet: &'a [u8]) -> Option<&'a [u8]> {
        let body = packet.get(self.len..)?;
        if !self.padded {
            return Some(body);
        }
        let padding = *body.last()? as usize;
        if padding == 0 { None } else { body.get(..body.len().checked_sub(padding)?) }
    }

    /// The header extension with this id, in either form of RFC 8285.
    pub fn extension<'a>(&self, packet: &'a [u8], wanted: u8) -> Option<&'a [u8]> {
        let fixed = FIXED_HEADER + 4 * (packet.first()? & 15) as usize;
        if packet.first()? & 0x10 == 0 {
            return None;
        }
        let profile = be16(packet, fixed)?;
        let mut rest = packet.get(fixed + 4..self.len)?;
        while let Some(&first) = rest.first() {
            if first == 0 {
                rest = &rest[1..];
                continue;
            }
            let (id, at, len) = if profile == ONE_BYTE_EXTENSIONS {
                (first >> 4, 1, (first & 15) as usize + 1)
            } else if profile & 0xfff0 == TWO_BYTE_EXTENSIONS {
                (first, 2, *rest.get(1)? as usize)
            } else {
                return None;
            };
            let value = rest.get(at..at + len)?;
            if id == wanted {
                return Some(value);
            }
            rest = &rest[at + len..];
        }
        None
    }
}

/// Whether a VP8 payload (RFC 7741) begins a key frame.
#[cfg_attr(not(test), expect(dead_code, reason = "used by tests until layers are switched on key frames"))]
pub fn begins_vp8_key_frame(payload: &[u8]) -> bool {
    let Some(&descriptor) = payload.first() else { return false };
    // Only the start of the first partition holds the frame header.
    if descriptor & 0x10 == 0 || descriptor & 0x0f != 0 {
        return false;
    }
    let mut at = 1;
    if descriptor & 0x80 != 0 {
        let Some(&extension) = payload.get(1) else { return false };
        at = 2;
        if extension & 0x80 != 0 {
            let long = payload.get(at).is_some_and(|picture| picture & 0x80 != 0);
            at += if long { 2 } else { 1 };
        }
        at += usize::from(extension & 0x40 != 0) + usize::from(extension & 0x30 != 0);
    }
    payload.get(at).is_some_and(|frame| frame & 1 == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_no_payload() {
        let mut packet = vec![0xA0, 96, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 9, 9, 0, 0, 3];
        let header = Header::parse(&packet).expect("a header");
        assert_eq!(header.payload(&packet), Some(&[9, 9][..]));
        *packet.last_mut().expect("not empty") = 5;
        assert_eq!(header.payload(&packet), Some(&[][..]));
        *packet.last_mut().expect("not empty") = 6;
        assert_eq!(header.payload(&packet), None);
        *packet.last_mut().expect("not empty") = 0;
        assert_eq!(header.payload(&packet), None);
    }

    #[test]
    fn extensions_are_found_in_both_forms() {
        let one = [0x90, 96, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 2, 0x10, 5, 0x31, 1, 2, 0, 0, 0, 77];
        let header = Header::parse(&one).expect("a header");
        assert_eq!(header.len, 24);
        assert_eq!(header.extension(&one, 3), Some(&[1, 2][..]));
        assert_eq!(header.extension(&one, 1), Some(&[5][..]));
        assert_eq!(header.extension(&one, 4), None);
        let two = [0x90, 96, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2, 0x10, 0, 0, 2, 3, 2, 1, 2, 0, 0, 0, 0, 77];
        let header = Header::parse(&two).expect("a header");
        assert_eq!(header.extension(&two, 3), Some(&[1, 2][..]));
    }

    #[test]
    fn a_key_frame_is_told_by_its_first_packet() {
        assert!(begins_vp8_key_frame(&[0x10, 0x50, 0, 0]));
        assert!(!begins_vp8_key_frame(&[0x10, 0x51, 0, 0]));
        assert!(!begins_vp8_key_frame(&[0x00, 0x50]));
        assert!(begins_vp8_key_frame(&[0x90, 0x80, 0x81, 0x22, 0x50]));
        assert!(!begins_vp8_key_frame(&[0x90, 0x80]));
    }
}
