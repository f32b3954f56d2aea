//! A track as its publisher sends it: what has arrived, what is missing, and what reports about it say.

use crate::ids::Kind;
use crate::loss::{Arrival, Losses};
use crate::ring::Ring;
use crate::rtcp::ReportBlock;
use crate::rtp::Header;
use std::time::{Duration, Instant};

/// Between two key frame requests: a key frame of several packets must have had the time to arrive.
const KEY_FRAME_INTERVAL: Duration = Duration::from_millis(400);

/// The numbers under which receivers place a track's packets. A new run continues a receiver's numbering without a
/// gap (after silence), a new stream continues its clock as well (after another encoder or another publisher).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Run {
    /// Never used twice in an engine, for any track.
    pub run: u64,
    /// The run in which this stream began.
    pub stream: u64,
}

/// Key frames wanted and asked for.
#[derive(Default)]
struct KeyFrames {
    wanted: bool,
    asked_at: Option<Instant>,
}

/// Reception statistics of RFC 3550 section 6.4 and appendix A.8.
struct Reception {
    first: u64,
    received: u64,
    expected_before: u64,
    received_before: u64,
    /// In RTP clock ticks, times 16.
    jitter: u32,
    transit: Option<i64>,
    /// Middle of the last sender report's NTP time, and when it came.
    sender_report: Option<(u32, Instant)>,
}

/// One track of one publisher connection.
pub struct Track {
    pub ssrc: u32,
    pub run: Run,
    pub ring: Ring,
    kind: Kind,
    losses: Losses,
    reception: Reception,
    key_frames: KeyFrames,
    epoch: Instant,
}

impl Track {
    /// From its first packet.
    pub fn new(kind: Kind, ssrc: u32, index: u64, run: u64, now: Instant) -> Track {
        Track {
            ssrc,
            run: Run { run, stream: run },
            ring: Ring::new(kind),
            kind,
            // The packet that brought the track here is yet to be noted by `arrive`.
            losses: Losses::new(ssrc, index.saturating_sub(1)),
            reception: Reception::new(index),
            key_frames: KeyFrames::default(),
            epoch: now,
        }
    }

    /// The publisher's encoder began anew under another SSRC.
    pub fn restart(&mut self, ssrc: u32, index: u64, run: u64) {
        self.ssrc = ssrc;
        self.run = Run { run, stream: run };
        self.losses = Losses::new(ssrc, index.saturating_sub(1));
        self.reception = Reception::new(index);
        self.ring.clear();
    }

    /// Silence is over, or begins: receivers number on without a gap and nothing from before is sent again.
    pub fn begin_run(&mut self, run: u64) {
        self.run.run = run;
        self.ring.clear();
    }

    /// Notes a packet; a duplicate must not be forwarded.
    pub fn arrive(&mut self, now: Instant, index: u64, header: &Header) -> Arrival {
        let arrival = self.losses.arrive(now, index);
        if arrival == Arrival::Fresh {
            let at = now.saturating_duration_since(self.epoch).as_micros() as i64;
            self.reception.arrive(at * i64::from(self.kind.clock_rate()) / 1_000_000, header.timestamp);
        }
        arrival
    }

    /// The index of the packet that a repair packet repeats.
    pub fn repaired_index(&self, sequence: u16) -> u64 {
        self.losses.guess(sequence)
    }

    /// Sequence numbers to ask the publisher for now; loss for good makes a key frame wanted.
    pub fn missing(&mut self, now: Instant, out: &mut [u16]) -> usize {
        let count = self.losses.due(now, out);
        if self.losses.take_given_up() {
            self.want_key_frame();
        }
        count
    }

    pub fn want_key_frame(&mut self) {
        self.key_frames.wanted = self.kind == Kind::Video;
    }

    /// Whether to ask for a key frame now.
    pub fn take_key_frame_request(&mut self, now: Instant) -> bool {
        let rested = self.key_frames.asked_at.is_none_or(|at| now >= at + KEY_FRAME_INTERVAL);
        if !self.key_frames.wanted || !rested {
            return false;
        }
        self.key_frames = KeyFrames { wanted: false, asked_at: Some(now) };
        true
    }

    pub fn note_sender_report(&mut self, now: Instant, ntp: u64) {
        self.reception.sender_report = Some(((ntp >> 16) as u32, now));
    }

    pub fn report(&mut self, now: Instant) -> ReportBlock {
        self.reception.report(self.ssrc, self.losses.top(), now)
    }
}

impl Reception {
    fn new(first: u64) -> Reception {
        Reception {
            first,
            received: 0,
            expected_before: 0,
            received_before: 0,
            jitter: 0,
            transit: None,
            sender_report: None,
        }
    }

    /// `ticks` is the time of arrival on the RTP clock.
    fn arrive(&mut self, ticks: i64, timestamp: u32) {
        self.received += 1;
        let transit = i64::from((ticks as u32).wrapping_sub(timestamp) as i32);
        if let Some(before) = self.transit.replace(transit) {
            let change = (transit as i32).wrapping_sub(before as i32).unsigned_abs();
            // J += (|D| - J) / 16, in sixteenths.
            self.jitter = self.jitter.wrapping_add(change).wrapping_sub((self.jitter + 8) >> 4);
        }
    }

    fn report(&mut self, ssrc: u32, top: u64, now: Instant) -> ReportBlock {
        let expected = (top + 1).saturating_sub(self.first);
        let (new, got) = (expected - self.expected_before.min(expected), self.received - self.received_before);
        (self.expected_before, self.received_before) = (expected, self.received);
        let fraction_lost = (new.saturating_sub(got) << 8).checked_div(new).unwrap_or(0).min(255) as u8;
        let (last_report, delay) = self.sender_report.map_or((0, 0), |(middle, at)| {
            let delay = now.saturating_duration_since(at).as_micros() as u64;
            (middle, (delay * 65_536 / 1_000_000) as u32)
        });
        ReportBlock {
            ssrc,
            fraction_lost,
            lost: expected.saturating_sub(self.received).min(0x7f_ffff) as u32,
            highest: top as u32,
            jitter: self.jitter >> 4,
            last_report,
            delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(sequence: u16, timestamp: u32) -> Header {
        Header { padded: false, marker: false, payload_type: 96, sequence, timestamp, ssrc: 7, len: 12 }
    }

    #[test]
    fn a_report_tells_loss_since_the_last_one() {
        let now = Instant::now();
        let mut track = Track::new(Kind::Video, 7, 100, 1, now);
        for index in [100u64, 101, 103] {
            assert_eq!(track.arrive(now, index, &header(index as u16, 0)), Arrival::Fresh);
        }
        let report = track.report(now);
        assert_eq!((report.fraction_lost, report.lost, report.highest), (64, 1, 103));
        track.arrive(now, 104, &header(104, 0));
        let report = track.report(now);
        assert_eq!((report.fraction_lost, report.lost), (0, 1));
    }

    #[test]
    fn key_frame_requests_are_limited_and_none_is_forgotten() {
        let now = Instant::now();
        let mut track = Track::new(Kind::Video, 7, 100, 1, now);
        assert!(!track.take_key_frame_request(now));
        track.want_key_frame();
        assert!(track.take_key_frame_request(now));
        track.want_key_frame();
        assert!(!track.take_key_frame_request(now));
        assert!(track.take_key_frame_request(now + KEY_FRAME_INTERVAL));
        assert!(!track.take_key_frame_request(now + KEY_FRAME_INTERVAL * 2));
        let mut audio = Track::new(Kind::Audio, 7, 100, 1, now);
        audio.want_key_frame();
        assert!(!audio.take_key_frame_request(now));
    }
}
