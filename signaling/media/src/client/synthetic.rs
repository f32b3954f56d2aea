//! Media made without a camera: packets that real decoders accept.

use crate::ids::Kind;
use bytes::{BufMut, Bytes, BytesMut};
use rtc::rtp;

/// 20 ms of Opus silence (full band, stereo, CELT): the frame that encoders send for digital silence.
const OPUS_SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
/// A grey VP8 key frame of 16 by 16 pixels. Decoders ignore zeros behind it, so it can be of any size.
const VP8_KEY_FRAME: [u8; 30] = [
    0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x10, 0x00, 0x10, 0x00, 0x00, 0x47, 0x08, 0x85, 0x85, 0x88, 0x99, 0x84, 0x88,
    0x02, 0x02, 0x00, 0x0c, 0x0d, 0x60, 0x00, 0xfe, 0xc3, 0xe0, 0x00,
];
/// The payload descriptor of RFC 7741: start of the first partition, or its continuation.
const VP8_START: u8 = 0x10;
const VP8_CONTINUED: u8 = 0x00;
/// Payload of one packet; leaves room for headers and tags within any MTU.
const MAX_FRAGMENT: usize = 1100;

/// Makes the packets of one track.
pub struct Source {
    kind: Kind,
    payload_type: u8,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

impl Source {
    pub fn new(kind: Kind, payload_type: u8, ssrc: u32) -> Source {
        // Shortly before the wrap of the sequence numbers, where mistakes show.
        Source { kind, payload_type, ssrc, sequence: u16::MAX - 40, timestamp: 0 }
    }

    /// The packets of the next frame, `ticks` of the RTP clock after the last one; at least `size_bytes` of payload.
    pub fn frame(&mut self, ticks: u32, size_bytes: usize) -> Vec<rtp::Packet> {
        self.timestamp = self.timestamp.wrapping_add(ticks);
        match self.kind {
            Kind::Audio => vec![self.packet(Bytes::from_static(&OPUS_SILENCE), false)],
            Kind::Video => self.key_frame(size_bytes),
        }
    }

    fn key_frame(&mut self, size_bytes: usize) -> Vec<rtp::Packet> {
        let mut frame = VP8_KEY_FRAME.to_vec();
        frame.resize(size_bytes.max(VP8_KEY_FRAME.len()), 0);
        let fragments: Vec<&[u8]> = frame.chunks(MAX_FRAGMENT).collect();
        let last = fragments.len() - 1;
        let mut packets = Vec::with_capacity(fragments.len());
        for (place, fragment) in fragments.into_iter().enumerate() {
            let mut payload = BytesMut::with_capacity(1 + fragment.len());
            payload.put_u8(if place == 0 { VP8_START } else { VP8_CONTINUED });
            payload.put_slice(fragment);
            packets.push(self.packet(payload.freeze(), place == last));
        }
        packets
    }

    fn packet(&mut self, payload: Bytes, marker: bool) -> rtp::Packet {
        self.sequence = self.sequence.wrapping_add(1);
        rtp::Packet {
            header: rtp::header::Header {
                version: 2,
                marker,
                payload_type: self.payload_type,
                sequence_number: self.sequence,
                timestamp: self.timestamp,
                ssrc: self.ssrc,
                ..Default::default()
            },
            payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::begins_vp8_key_frame;

    #[test]
    fn a_large_frame_is_one_key_frame_in_several_packets() {
        let packets = Source::new(Kind::Video, 96, 1).frame(3_000, 3_000);
        assert_eq!(packets.len(), 3);
        assert!(begins_vp8_key_frame(&packets[0].payload));
        assert!(!begins_vp8_key_frame(&packets[1].payload));
        assert_eq!(packets.iter().map(|p| p.header.marker).collect::<Vec<_>>(), [false, false, true]);
        assert!(packets.iter().all(|p| p.header.timestamp == 3_000));
    }
}
