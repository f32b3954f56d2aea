//! Which packets of a publisher's track are missing, and when to ask for them again.

use crate::srtp::Window;
use std::time::{Duration, Instant};

/// A gap may be reordering for this long before it is loss.
const REORDER_WAIT: Duration = Duration::from_millis(12);
/// Between two requests for one packet: a round trip of a mobile network.
const ASK_AGAIN: Duration = Duration::from_millis(100);
/// After these, and the time they take, the packet is too late for a conversation.
const MAX_REQUESTS: u8 = 6;
/// More missing packets than this are an outage, not loss: a key frame is cheaper.
const MAX_MISSING: usize = 128;

struct Missing {
    index: u64,
    ask_at: Instant,
    requests: u8,
}

/// What a packet is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    Fresh,
    /// Seen before, or so old that we cannot tell. It must not be forwarded.
    Duplicate,
}

/// The gaps of one track.
pub struct Losses {
    window: Window,
    missing: Vec<Missing>,
    given_up: bool,
}

impl Losses {
    /// From the track's first packet.
    pub fn new(ssrc: u32, index: u64) -> Losses {
        Losses { window: Window::new(ssrc, index), missing: Vec::with_capacity(MAX_MISSING), given_up: false }
    }

    /// The highest index seen.
    pub fn top(&self) -> u64 {
        self.window.top()
    }

    /// The index of a sequence number repeated inside a repair packet.
    pub fn guess(&self, sequence: u16) -> u64 {
        self.window.guess(sequence)
    }

    /// Notes a packet, and the gap that it opens or fills.
    pub fn arrive(&mut self, now: Instant, index: u64) -> Arrival {
        if !self.window.is_fresh(index) {
            return Arrival::Duplicate;
        }
        let expected = self.window.top() + 1;
        if index > expected {
            self.open_gap(now, expected, index);
        } else if index < expected {
            self.missing.retain(|missing| missing.index != index);
        }
        self.window.mark(index);
        Arrival::Fresh
    }

    fn open_gap(&mut self, now: Instant, from: u64, to: u64) {
        if (to - from) as usize > MAX_MISSING - self.missing.len() {
            self.missing.clear();
            self.given_up = true;
            return;
        }
        let ask_at = now + REORDER_WAIT;
        self.missing.extend((from..to).map(|index| Missing { index, ask_at, requests: 0 }));
    }

    /// Fills `out` with sequence numbers to ask for now, ascending, and returns how many.
    pub fn due(&mut self, now: Instant, out: &mut [u16]) -> usize {
        let before = self.missing.len();
        self.missing.retain(|missing| missing.requests < MAX_REQUESTS || missing.ask_at > now);
        self.given_up |= self.missing.len() < before;
        let due = self.missing.iter_mut().filter(|missing| missing.ask_at <= now);
        let mut count = 0;
        for (missing, out) in due.zip(out) {
            *out = missing.index as u16;
            missing.ask_at = now + ASK_AGAIN;
            missing.requests += 1;
            count += 1;
        }
        count
    }

    /// Whether packets were lost for good since the last call: decoding needs a key frame.
    pub fn take_given_up(&mut self) -> bool {
        std::mem::take(&mut self.given_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(losses: &mut Losses, now: Instant) -> Vec<u16> {
        let mut out = [0; 256];
        let count = losses.due(now, &mut out);
        out[..count].to_vec()
    }

    #[test]
    fn a_gap_is_asked_for_after_the_reordering_window_until_it_is_filled() {
        let start = Instant::now();
        let mut losses = Losses::new(1, 65_534);
        assert_eq!(losses.arrive(start, 65_538), Arrival::Fresh);
        assert_eq!(due(&mut losses, start), [] as [u16; 0]);
        assert_eq!(losses.arrive(start, 65_536), Arrival::Fresh);
        let later = start + REORDER_WAIT;
        assert_eq!(due(&mut losses, later), [65_535, 1]);
        assert_eq!(due(&mut losses, later), [] as [u16; 0]);
        assert_eq!(losses.arrive(later, 65_535), Arrival::Fresh);
        assert_eq!(losses.arrive(later, 65_535), Arrival::Duplicate);
        assert_eq!(due(&mut losses, later + ASK_AGAIN), [1]);
        assert!(!losses.take_given_up());
    }

    #[test]
    fn requests_end_and_then_a_key_frame_is_needed() {
        let start = Instant::now();
        let mut losses = Losses::new(1, 10);
        losses.arrive(start, 12);
        let asked = (1..100).filter(|step| !due(&mut losses, start + ASK_AGAIN * *step).is_empty()).count();
        assert_eq!(asked, usize::from(MAX_REQUESTS));
        assert!(losses.take_given_up());
        assert!(!losses.take_given_up());
    }

    #[test]
    fn an_outage_is_not_asked_for_packet_by_packet() {
        let start = Instant::now();
        let mut losses = Losses::new(1, 10);
        losses.arrive(start, 5_000);
        assert!(losses.take_given_up());
        assert_eq!(due(&mut losses, start + ASK_AGAIN), [] as [u16; 0]);
        assert_eq!(losses.arrive(start, 5_001), Arrival::Fresh);
    }
}
