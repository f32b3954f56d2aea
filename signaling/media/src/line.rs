//! A track as one receiver gets it: our own SSRC, numbering and clock.
//!
//! The invariant of this file: no two different packets are ever placed under one (SSRC, index) of one key. Within a
//! run the publisher's indices are unique and ours differ from them by a constant; a new run begins above everything
//! placed before, and what would fall at or below that floor is dropped.

use crate::ids::Kind;
use crate::track::Run;
use std::time::Instant;

/// Retransmissions to one receiver between two refills: an attacker's NACKs must not multiply into a flood.
const REPAIR_BUDGET: u32 = 64;

/// Where a packet goes in the receiver's stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed {
    pub index: u64,
    pub timestamp: u32,
}

/// How the present run maps to ours.
#[derive(Clone, Copy)]
struct Mapping {
    run: Run,
    delta: i64,
    timestamp_offset: u32,
    /// Indices up to this one belong to earlier runs.
    floor: u64,
}

/// One m-line's stream towards one receiver.
pub struct Downlink {
    pub ssrc: u32,
    pub rtx_ssrc: u32,
    kind: Kind,
    top: u64,
    mapping: Option<Mapping>,
    last: Option<(u32, Instant)>,
    rtx_index: u64,
    repair_budget: u32,
    packets: u32,
    octets: u64,
}

impl Downlink {
    /// `ssrc` and `ssrc + 1` must be new under the key; `start` is below 2^15, so that the first index has no rollover.
    pub fn new(kind: Kind, ssrc: u32, start: u16) -> Downlink {
        Downlink {
            ssrc,
            rtx_ssrc: ssrc.wrapping_add(1),
            kind,
            top: u64::from(start & 0x7fff),
            mapping: None,
            last: None,
            rtx_index: u64::from(start & 0x7fff),
            repair_budget: REPAIR_BUDGET,
            packets: 0,
            octets: 0,
        }
    }

    /// Places a packet of the publisher, or drops one that is older than its run.
    pub fn place(&mut self, now: Instant, run: Run, index: u64, timestamp: u32) -> Option<Placed> {
        let mapping = match self.mapping {
            Some(mapping) if mapping.run == run => mapping,
            before => {
                let mapping = Mapping {
                    run,
                    delta: self.top as i64 + 1 - index as i64,
                    timestamp_offset: match before {
                        Some(before) if before.run.stream == run.stream => before.timestamp_offset,
                        _ => self.continued_clock(now).wrapping_sub(timestamp),
                    },
                    floor: self.top,
                };
                *self.mapping.insert(mapping)
            }
        };
        let placed = index as i64 + mapping.delta;
        if placed <= mapping.floor as i64 {
            return None;
        }
        let placed = Placed { index: placed as u64, timestamp: timestamp.wrapping_add(mapping.timestamp_offset) };
        if placed.index > self.top {
            self.top = placed.index;
            self.last = Some((placed.timestamp, now));
        }
        Some(placed)
    }

    /// The timestamp that a packet of this moment would have had.
    fn continued_clock(&self, now: Instant) -> u32 {
        let Some((timestamp, at)) = self.last else { return self.ssrc.rotate_left(7) };
        let elapsed = now.saturating_duration_since(at).as_micros() as u64;
        let ticks = elapsed * u64::from(self.kind.clock_rate()) / 1_000_000;
        timestamp.wrapping_add(ticks.max(1) as u32)
    }

    /// The publisher's index of one of our sequence numbers, when it belongs to the present run.
    pub fn find(&self, run: Run, sequence: u16) -> Option<(u64, Placed)> {
        let mapping = self.mapping.filter(|mapping| mapping.run == run)?;
        let behind = u64::from((self.top as u16).wrapping_sub(sequence));
        let index = self.top.checked_sub(behind).filter(|index| *index > mapping.floor)?;
        let source = u64::try_from(index as i64 - mapping.delta).ok()?;
        Some((source, Placed { index, timestamp: mapping.timestamp_offset }))
    }

    /// Takes one retransmission from the budget.
    pub fn may_repair(&mut self) -> bool {
        let may = self.repair_budget > 0;
        self.repair_budget = self.repair_budget.saturating_sub(1);
        may
    }

    pub fn refill_repairs(&mut self) {
        self.repair_budget = REPAIR_BUDGET;
    }

    /// The index of the next packet on the repair SSRC.
    pub fn next_repair_index(&mut self) -> u64 {
        self.rtx_index += 1;
        self.rtx_index
    }

    pub fn count(&mut self, octets: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets += octets as u64;
    }

    /// Bytes of payload placed so far.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// What a sender report says of this stream at the publisher's timestamp: ours, packets, octets.
    pub fn report(&self, run: Run, timestamp: u32) -> Option<(u32, u32, u32)> {
        let mapping = self.mapping.filter(|mapping| mapping.run == run)?;
        Some((timestamp.wrapping_add(mapping.timestamp_offset), self.packets, self.octets as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{Arrival, Losses};
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::time::Duration;

    /// What may happen to a stream between a publisher and one receiver.
    #[derive(Clone, Debug)]
    enum Step {
        /// A packet this far from the highest one.
        Packet(i16),
        /// A repair of a packet this far below, under the publisher's repair SSRC.
        Repair(u16),
        /// Forwarding stopped and went on.
        Silence,
        /// Another encoder, at this sequence number.
        Restart(u16),
        /// The receiver asks for a packet this far below its highest one.
        Nack(u16),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            8 => (-40i16..60).prop_map(Step::Packet),
            1 => any::<i16>().prop_map(Step::Packet),
            2 => (0u16..2000).prop_map(Step::Repair),
            1 => Just(Step::Silence),
            1 => any::<u16>().prop_map(Step::Restart),
            4 => (0u16..100).prop_map(Step::Nack),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        /// The plaintext of a packet is known by (stream, publisher's index): whatever happens, one index of ours
        /// carries one of them.
        #[test]
        fn no_two_packets_share_an_index(steps in proptest::collection::vec(step(), 1..300), start in any::<u16>()) {
            let now = Instant::now();
            let mut line = Downlink::new(Kind::Video, 5, start);
            let (mut run, mut losses) = (Run { run: 1, stream: 1 }, Losses::new(1, 1000));
            let mut sealed: HashMap<u64, (u64, u64)> = HashMap::new();
            let mut repairs: HashMap<u64, ()> = HashMap::new();
            for (tick, step) in steps.into_iter().enumerate() {
                let now = now + Duration::from_millis(tick as u64);
                let index = match step {
                    Step::Packet(ahead) => losses.guess((losses.top() as u16).wrapping_add_signed(ahead)),
                    Step::Repair(behind) => losses.guess((losses.top() as u16).wrapping_sub(behind)),
                    Step::Silence => { run.run += 1; continue }
                    Step::Restart(at) => {
                        run = Run { run: run.run + 1, stream: run.run + 1 };
                        losses = Losses::new(1, u64::from(at));
                        continue
                    }
                    Step::Nack(behind) => {
                        if let Some((source, placed)) = line.find(run, (line.top as u16).wrapping_sub(behind)) {
                            // The ring would only have it if it had been placed; then it is the same packet.
                            if let Some(before) = sealed.get(&placed.index) {
                                prop_assert_eq!(*before, (run.stream, source));
                            }
                            prop_assert!(repairs.insert(line.next_repair_index(), ()).is_none());
                        }
                        continue
                    }
                };
                if losses.arrive(now, index) == Arrival::Duplicate { continue }
                if let Some(placed) = line.place(now, run, index, 0) {
                    prop_assert!(sealed.insert(placed.index, (run.stream, index)).is_none());
                }
            }
        }
    }

    #[test]
    fn silence_leaves_no_gap_and_a_new_stream_no_jump_of_the_clock() {
        let now = Instant::now();
        let mut line = Downlink::new(Kind::Video, 5, 100);
        let run = Run { run: 1, stream: 1 };
        let first = line.place(now, run, 50, 9_000).expect("placed");
        let second = line.place(now, run, 51, 12_000).expect("placed");
        assert_eq!((second.index, second.timestamp), (first.index + 1, first.timestamp.wrapping_add(3_000)));
        let resumed = line.place(now, Run { run: 2, stream: 1 }, 90, 15_000).expect("placed");
        assert_eq!((resumed.index, resumed.timestamp), (second.index + 1, second.timestamp.wrapping_add(3_000)));
        assert_eq!(line.place(now, Run { run: 2, stream: 1 }, 89, 15_000), None);
        let later = now + Duration::from_secs(1);
        let other = line.place(later, Run { run: 3, stream: 3 }, 7, 77).expect("placed");
        assert_eq!((other.index, other.timestamp), (resumed.index + 1, resumed.timestamp.wrapping_add(90_000)));
        assert_eq!(line.find(run, first.index as u16), None, "nothing of an earlier run is sent again");
        assert_eq!(line.find(Run { run: 3, stream: 3 }, other.index as u16).map(|(source, _)| source), Some(7));
    }
}
