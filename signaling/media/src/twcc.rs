//! The receiving side of transport-wide congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01):
//! arrival times by transport-wide sequence number, told to the publisher, whose own estimator does the rest.

use std::time::Instant;

/// Packets remembered between two reports: 2 s at 1,000 packets a second.
const WINDOW: u64 = 2048;
/// Packets in one report; more go into the next one. So a report fits a datagram even with every delta large.
const MAX_REPORTED: u64 = 400;
/// The unit of a delta, in microseconds.
const TICK: i64 = 250;
/// Ticks in the unit of the reference time (64 ms).
const TICKS_PER_REFERENCE: i64 = 256;
/// Symbols in a vector chunk of two bits each.
const VECTOR: usize = 7;
const MAX_RUN: usize = 0x1fff;
/// Reference time, count, and for every packet two bytes of delta and a share of a chunk.
const MAX_BODY: usize = 8 + 3 * MAX_REPORTED as usize;

const LOST: u8 = 0;
const SMALL_DELTA: u8 = 1;
const LARGE_DELTA: u8 = 2;

/// Arrivals of one publisher connection.
pub struct Recorder {
    start: Instant,
    /// First sequence number that has not been reported, and the one after the highest seen; unwrapped.
    unreported: u64,
    next: u64,
    /// Sequence number plus one, and arrival in ticks since `start`.
    arrivals: Vec<(u64, i64)>,
    reports: u8,
}

impl Recorder {
    pub fn new(start: Instant) -> Recorder {
        Recorder { start, unreported: 0, next: 0, arrivals: vec![(0, 0); WINDOW as usize], reports: 0 }
    }

    /// Notes a packet. One that comes after its report stays reported as lost.
    pub fn arrive(&mut self, now: Instant, sequence: u16) {
        let ahead = i64::from(sequence.wrapping_sub(self.next as u16) as i16);
        let first = self.next == 0;
        let index = if first { u64::from(sequence) + (1 << 16) } else { self.next.saturating_add_signed(ahead) };
        if first || index >= self.unreported + WINDOW {
            self.unreported = index;
        }
        if index < self.unreported {
            return;
        }
        self.next = self.next.max(index + 1);
        let ticks = now.saturating_duration_since(self.start).as_micros() as i64 / TICK;
        self.arrivals[(index % WINDOW) as usize] = (index + 1, ticks);
    }

    fn ticks(&self, index: u64) -> Option<i64> {
        let (stamp, ticks) = self.arrivals[(index % WINDOW) as usize];
        (stamp == index + 1).then_some(ticks)
    }

    /// Writes the body of a report (after the two SSRCs) of what is unreported; `None` if nothing has come.
    pub fn report<'a>(&mut self, out: &'a mut Body) -> Option<&'a [u8]> {
        // Losses before the first arrival are told with it: the base is the first number unreported.
        let first = (self.unreported..self.next).find_map(|index| self.ticks(index))?;
        let (base, reference) = (self.unreported, first.div_euclid(TICKS_PER_REFERENCE));
        let mut symbols = [LOST; MAX_REPORTED as usize];
        let mut deltas = Deltas { bytes: [0; 2 * MAX_REPORTED as usize], len: 0 };
        let (mut count, mut previous) = (0, reference * TICKS_PER_REFERENCE);
        for index in base..self.next.min(base + MAX_REPORTED) {
            if let Some(ticks) = self.ticks(index) {
                // A pause longer than a delta can say: the rest goes into the next report.
                let Ok(delta) = i16::try_from(ticks - previous) else { break };
                symbols[count] = deltas.push(delta);
                previous = ticks;
            }
            count += 1;
        }
        if count == 0 {
            self.unreported = self.next;
            return None;
        }
        self.unreported = base + count as u64;
        out.len = 0;
        out.push(&(base as u16).to_be_bytes());
        out.push(&(count as u16).to_be_bytes());
        out.push(&(reference as u32).to_be_bytes()[1..]);
        out.push(&[self.reports]);
        self.reports = self.reports.wrapping_add(1);
        write_chunks(&symbols[..count], out);
        out.push(&deltas.bytes[..deltas.len]);
        out.pad();
        Some(&out.bytes[..out.len])
    }
}

struct Deltas {
    bytes: [u8; 2 * MAX_REPORTED as usize],
    len: usize,
}

impl Deltas {
    /// Appends a delta and returns the symbol of its size.
    fn push(&mut self, delta: i16) -> u8 {
        match u8::try_from(delta) {
            Ok(small) => {
                self.bytes[self.len] = small;
                self.len += 1;
                SMALL_DELTA
            }
            Err(_) => {
                self.bytes[self.len..self.len + 2].copy_from_slice(&delta.to_be_bytes());
                self.len += 2;
                LARGE_DELTA
            }
        }
    }
}

/// Room for one report on the caller's stack.
pub struct Body {
    bytes: [u8; MAX_BODY],
    len: usize,
}

impl Body {
    pub fn new() -> Body {
        Body { bytes: [0; MAX_BODY], len: 0 }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn pad(&mut self) {
        while !self.len.is_multiple_of(4) {
            self.push(&[0]);
        }
    }
}

/// Long runs of a symbol as run-length chunks, everything else as vectors of two-bit symbols.
fn write_chunks(mut symbols: &[u8], out: &mut Body) {
    while let Some(&symbol) = symbols.first() {
        let run = symbols.iter().take(MAX_RUN).take_while(|other| **other == symbol).count();
        let (chunk, taken) = if run >= VECTOR {
            (u16::from(symbol) << 13 | run as u16, run)
        } else {
            let taken = symbols.len().min(VECTOR);
            let packed = (0..VECTOR)
                .fold(0u16, |packed, place| packed << 2 | u16::from(symbols.get(place).copied().unwrap_or(LOST)));
            (0b11 << 14 | packed, taken)
        };
        out.push(&chunk.to_be_bytes());
        symbols = &symbols[taken..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes_be::be16;
    use proptest::prelude::*;
    use std::time::Duration;

    /// A reader written from the draft: arrival in ticks by sequence number.
    fn read(body: &[u8]) -> Vec<(u16, Option<i64>)> {
        let (base, count) = (be16(body, 0).expect("base"), be16(body, 2).expect("count") as usize);
        let mut ticks = i64::from(u32::from_be_bytes([0, body[4], body[5], body[6]])) * 256;
        let (mut at, mut symbols) = (8, vec![]);
        while symbols.len() < count {
            let chunk = be16(body, at).expect("a chunk");
            at += 2;
            match chunk >> 14 {
                0 | 1 => symbols.extend(std::iter::repeat_n(chunk >> 13 & 3, (chunk & 0x1fff) as usize)),
                2 => symbols.extend((0..14).rev().map(|bit| chunk >> bit & 1)),
                _ => symbols.extend((0..7).rev().map(|place| chunk >> (2 * place) & 3)),
            }
        }
        let mut out = vec![];
        for (place, symbol) in symbols[..count].iter().enumerate() {
            let sequence = base.wrapping_add(place as u16);
            match symbol {
                0 => out.push((sequence, None)),
                1 => {
                    ticks += i64::from(body[at]);
                    at += 1;
                    out.push((sequence, Some(ticks)));
                }
                _ => {
                    ticks += i64::from(be16(body, at).expect("a delta") as i16);
                    at += 2;
                    out.push((sequence, Some(ticks)));
                }
            }
        }
        assert_eq!(at.next_multiple_of(4), body.len());
        out
    }

    proptest! {
        #[test]
        fn a_report_tells_every_arrival(
            first in any::<u16>(),
            packets in proptest::collection::vec((1u16..4, 0u64..40_000), 1..300),
        ) {
            let start = Instant::now();
            let mut recorder = Recorder::new(start);
            let (mut sequence, mut at, mut expected) = (first, 0, vec![]);
            for (step, micros) in packets {
                at += micros;
                recorder.arrive(start + Duration::from_micros(at), sequence);
                expected.push((sequence, at as i64 / TICK));
                sequence = sequence.wrapping_add(step);
            }
            let (mut got, mut body) = (vec![], Body::new());
            while let Some(report) = recorder.report(&mut body) {
                got.extend(read(report));
            }
            let arrived: Vec<_> = got.iter().filter_map(|(s, ticks)| Some((*s, (*ticks)?))).collect();
            prop_assert_eq!(arrived, expected);
            prop_assert!(got.windows(2).all(|pair| pair[1].0 == pair[0].0.wrapping_add(1)));
        }
    }

    #[test]
    fn a_long_pause_and_a_wild_jump_do_not_stop_the_reports() {
        let start = Instant::now();
        let mut recorder = Recorder::new(start);
        let mut body = Body::new();
        recorder.arrive(start, 5);
        recorder.arrive(start + Duration::from_secs(30), 6);
        assert_eq!(read(recorder.report(&mut body).expect("the first")).len(), 1);
        assert_eq!(read(recorder.report(&mut body).expect("the second")).len(), 1);
        recorder.arrive(start + Duration::from_secs(31), 20_006);
        assert_eq!(read(recorder.report(&mut body).expect("after the jump")), [(20_006, Some(124_000))]);
        assert_eq!(recorder.report(&mut body), None);
    }
}
