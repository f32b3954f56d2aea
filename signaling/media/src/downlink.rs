//! What a receiver's network can carry, from its own estimate (REMB), as a bound for those who send to it.
//!
//! A receiver's estimate never exceeds one and a half times what it receives, so obeyed at all times it would hold a
//! sender down who has only just begun. It is obeyed from the first sign of congestion until it is no longer needed.

use std::time::{Duration, Instant};

/// Receivers repeat their estimates every second.
const ESTIMATE_LIFE: Duration = Duration::from_secs(5);
/// An estimate below this part of what is sent means that the path does not keep up (receivers cut to 85 percent of
/// what they got).
const CONGESTED_PERCENT: u64 = 92;
/// An estimate this far above what is sent holds nobody down any more.
const RELEASED_PERCENT: u64 = 140;

/// One receiver's downlink.
#[derive(Default)]
pub struct Downlink {
    estimate: Option<(u64, Instant)>,
    octets_before: u64,
    is_congested: bool,
}

impl Downlink {
    /// The receiver says what it can carry, in bits per second.
    pub fn note_estimate(&mut self, now: Instant, bits_per_second: u64) {
        self.estimate = Some((bits_per_second, now));
    }

    /// To be called at every report with all that was ever sent to the receiver, and the time since the last call.
    pub fn measure(&mut self, now: Instant, octets: u64, elapsed: Duration) {
        let sent = octets.saturating_sub(self.octets_before) * 8_000 / (elapsed.as_millis() as u64).max(1);
        self.octets_before = octets;
        let Some((estimate, _)) = self.estimate.filter(|(_, at)| now < *at + ESTIMATE_LIFE) else {
            self.is_congested = false;
            return;
        };
        if estimate * 100 < sent * CONGESTED_PERCENT {
            self.is_congested = true;
        } else if estimate * 100 > sent * RELEASED_PERCENT {
            self.is_congested = false;
        }
    }

    /// The bound for everything sent to this receiver, while it is congested.
    pub fn bound(&self) -> Option<u64> {
        self.estimate.filter(|_| self.is_congested).map(|(estimate, _)| estimate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_estimate_binds_from_congestion_until_it_is_no_longer_needed() {
        let (mut now, mut octets, mut downlink) = (Instant::now(), 0, Downlink::default());
        let mut second = |sent_bits: u64, estimate: u64| {
            now += SECOND;
            octets += sent_bits / 8;
            downlink.note_estimate(now, estimate);
            downlink.measure(now, octets, SECOND);
            downlink.bound()
        };
        assert_eq!(second(300_000, 450_000), None, "a beginning is not held down");
        assert_eq!(second(1_000_000, 1_010_000), None);
        assert_eq!(second(1_000_000, 850_000), Some(850_000));
        assert_eq!(second(850_000, 900_000), Some(900_000), "it grows as the receiver finds room");
        assert_eq!(second(600_000, 900_000), None, "the sender uses less by itself");
    }

    #[test]
    fn a_receiver_that_no_longer_says_anything_binds_nobody() {
        let (now, mut downlink) = (Instant::now(), Downlink::default());
        downlink.note_estimate(now, 100_000);
        downlink.measure(now + SECOND, 100_000, SECOND);
        assert_eq!(downlink.bound(), Some(100_000));
        downlink.measure(now + SECOND * 9, 1_000_000, SECOND * 8);
        assert_eq!(downlink.bound(), None);
    }
}
