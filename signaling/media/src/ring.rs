//! The last packets of one track, in the clear, for receivers that ask for them again.

use crate::ids::Kind;

/// One stored packet: what makes up its payload and the fields that the receiver's header repeats.
#[derive(Clone, Copy, Default)]
struct Meta {
    /// Index plus one; zero is an empty slot.
    stamp: u64,
    timestamp: u32,
    len: u16,
    marker: bool,
}

/// A stored packet, borrowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stored<'a> {
    pub timestamp: u32,
    pub marker: bool,
    pub payload: &'a [u8],
}

/// A fixed number of slots, indexed by the packet's index. Payloads that exceed a slot are not kept.
pub struct Ring {
    slots: Vec<u8>,
    meta: Vec<Meta>,
    slot_len: usize,
}

impl Ring {
    /// Video: 512 packets are 1.8 s at 2.5 Mb/s; pages that are never used cost no memory. Audio: 64 are 1.3 s.
    pub fn new(kind: Kind) -> Ring {
        let (count, slot_len) = match kind {
            Kind::Audio => (64, 512),
            Kind::Video => (512, 1400),
        };
        Ring { slots: vec![0; count * slot_len], meta: vec![Meta::default(); count], slot_len }
    }

    pub fn clear(&mut self) {
        self.meta.fill(Meta::default());
    }

    pub fn put(&mut self, index: u64, timestamp: u32, marker: bool, payload: &[u8]) {
        let slot = index as usize % self.meta.len();
        if payload.len() > self.slot_len {
            self.meta[slot] = Meta::default();
            return;
        }
        self.meta[slot] = Meta { stamp: index + 1, timestamp, len: payload.len() as u16, marker };
        self.slots[slot * self.slot_len..][..payload.len()].copy_from_slice(payload);
    }

    pub fn get(&self, index: u64) -> Option<Stored<'_>> {
        let slot = index as usize % self.meta.len();
        let meta = self.meta[slot];
        let payload = &self.slots[slot * self.slot_len..][..meta.len as usize];
        (meta.stamp == index + 1).then_some(Stored { timestamp: meta.timestamp, marker: meta.marker, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_there_until_its_slot_is_taken() {
        let mut ring = Ring::new(Kind::Audio);
        assert_eq!(ring.get(0), None);
        ring.put(5, 9, true, &[1, 2]);
        assert_eq!(ring.get(5), Some(Stored { timestamp: 9, marker: true, payload: &[1, 2] }));
        assert_eq!(ring.get(69), None);
        ring.put(69, 10, false, &[3]);
        assert_eq!(ring.get(5), None);
        ring.put(133, 10, false, &[0; 600]);
        assert_eq!(ring.get(69), None, "an oversized packet must not leave another one under its index");
        ring.clear();
        assert_eq!(ring.get(133), None);
    }
}
