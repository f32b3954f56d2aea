//! What time brings: handshakes repeated, missing packets asked for, reports, and silence noticed.

use super::connection::{Half, Presence, Slot};
use super::*;
use crate::ids::Kind;
use crate::rtcp::{MAX_NACK_PAIRS, ReportBlock, Writer};
use crate::twcc;

/// The period of [`Engine::tick`] while there are connections: the resolution of every deadline below.
pub const TICK: Duration = Duration::from_millis(10);
/// Between two reports of arrivals: short enough for the sender's estimator, 9 kb/s of downlink.
const ARRIVALS_INTERVAL: Duration = Duration::from_millis(100);
/// Between two receiver reports, refills of the repair budget, and looks for silence.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
const REPAIR_INTERVAL: Duration = Duration::from_millis(50);
const PRESENCE_INTERVAL: Duration = Duration::from_millis(250);
/// Until a connection whose handshake does not end is told of as lost.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(30);
/// A bound for publishers without transport-wide feedback; loss in the reports slows them down.
const FALLBACK_RATE: u64 = 1_500_000;
/// Below this no picture is worth having; audio does not obey the bound.
const LEAST_RATE: u64 = 60_000;
/// Said to a publisher whom no receiver holds down: the last bound would hold for ever otherwise.
const NO_BOUND: u64 = 8_000_000;

/// When each periodic duty was last done.
pub struct Ticks {
    any: Instant,
    arrivals: Instant,
    reports: Instant,
    repairs: Instant,
    presence: Instant,
}

/// What is due in this tick.
#[derive(Clone, Copy)]
struct Due {
    arrivals: bool,
    reports: bool,
    repairs: bool,
    presence: bool,
}

impl Ticks {
    pub fn new(now: Instant) -> Ticks {
        Ticks { any: now, arrivals: now, reports: now, repairs: now, presence: now }
    }

    fn due(&mut self, now: Instant) -> Option<Due> {
        let passed = |last: &mut Instant, interval: Duration| {
            let due = now >= *last + interval;
            if due {
                *last = now;
            }
            due
        };
        passed(&mut self.any, TICK).then(|| Due {
            arrivals: passed(&mut self.arrivals, ARRIVALS_INTERVAL),
            reports: passed(&mut self.reports, REPORT_INTERVAL),
            repairs: passed(&mut self.repairs, REPAIR_INTERVAL),
            presence: passed(&mut self.presence, PRESENCE_INTERVAL),
        })
    }
}

impl Engine {
    /// Does what is due; cheap to call more often than [`TICK`]. Whether anything was due.
    pub fn tick(&mut self, now: Instant) -> bool {
        let Some(due) = self.ticks.due(now) else { return false };
        for slot in 0..self.connections.end() {
            let Some(connection) = self.connections.get_mut(slot) else { continue };
            if connection.keys.is_none() || due.presence {
                connection.dtls.tick(now);
                self.drain_dtls(slot);
            }
            if due.presence {
                self.look_for_silence(now, slot);
            }
            match self.connections.get_mut(slot).map(|c| &mut c.half) {
                Some(Half::Publisher(_)) => self.report_to_publisher(now, slot, due),
                Some(Half::Subscriber(subscriber)) => {
                    if due.repairs {
                        subscriber.lines.iter_mut().for_each(|line| line.stream.refill_repairs());
                    }
                    if due.reports {
                        let octets = subscriber.lines.iter().map(|line| line.stream.octets()).sum();
                        subscriber.downlink.measure(now, octets, REPORT_INTERVAL);
                    }
                }
                None => {}
            }
        }
        if due.presence {
            self.retry_offers();
        }
        self.outbox.flush();
        true
    }

    fn look_for_silence(&mut self, now: Instant, slot: Slot) {
        let Some(connection) = self.connections.get(slot) else { return };
        let is_silent = now >= connection.heard + PEER_SILENCE;
        match connection.presence {
            Presence::Up if is_silent => self.set_lost(slot),
            Presence::Opening { since } if now >= since + HANDSHAKE_LIMIT => self.set_lost(slot),
            Presence::Lost if !is_silent && connection.keys.is_some() && !connection.dtls.is_closed() => {
                self.set_up(now, slot);
            }
            _ => {}
        }
    }

    /// Requests, arrivals and receiver reports in one compound packet.
    fn report_to_publisher(&mut self, now: Instant, slot: Slot, due: Due) {
        self.ask_for_key_frame(now, slot);
        let bound = due.reports.then(|| self.bound_of(slot)).flatten();
        let Some(publisher) = self.connections.get_mut(slot).and_then(|c| c.publisher()) else { return };
        let mut writer = Writer::new();
        if due.reports {
            let mut blocks = [ReportBlock::default(); 2];
            let mut count = 0;
            for track in publisher.tracks.iter_mut().flatten() {
                blocks[count] = track.report(now);
                count += 1;
            }
            writer.receiver_report(&blocks[..count]);
        }
        for (line, track) in publisher.lines.iter().zip(&mut publisher.tracks) {
            let (Some(line), Some(track)) = (line, track) else { continue };
            let mut wanted = [0; MAX_NACK_PAIRS];
            let count = track.missing(now, &mut wanted);
            if line.nack && count > 0 {
                writer.nack(track.ssrc, &wanted[..count]);
                self.stats.nacks_out += count as u64;
            }
        }
        let video = publisher.tracks[Kind::Video as usize].as_ref().map(|track| track.ssrc);
        if let (Some(bound), Some(ssrc)) = (bound, video) {
            writer.estimate(ssrc, bound);
        }
        let any_ssrc = publisher.tracks.iter().flatten().map(|track| track.ssrc).next_back().unwrap_or(0);
        let mut body = twcc::Body::new();
        if due.arrivals
            && let Some(recorder) = &mut publisher.arrivals
            && let Some(report) = recorder.report(&mut body)
        {
            writer.transport_feedback(any_ssrc, report);
        }
        self.send_rtcp(slot, writer.bytes());
    }

    /// The rate that a publisher must not exceed, if it takes such a bound: what the weakest of its receivers can
    /// carry. A room of two adapts end to end by this; a larger one goes down to its weakest member.
    fn bound_of(&self, slot: Slot) -> Option<u64> {
        let Half::Publisher(publisher) = &self.connections.get(slot)?.half else { return None };
        let line = publisher.lines[Kind::Video as usize].filter(|line| line.remb)?;
        let receivers = publisher.routes.iter().filter(|route| route.kind == Kind::Video);
        let weakest = receivers.filter_map(|route| self.share_of(route.to)).min();
        let free = if line.twcc.is_some() { NO_BOUND } else { FALLBACK_RATE };
        Some(weakest.unwrap_or(free).max(LEAST_RATE))
    }

    /// What a congested receiver can carry of one video: its estimate in equal parts.
    fn share_of(&self, slot: Slot) -> Option<u64> {
        let Half::Subscriber(subscriber) = &self.connections.get(slot)?.half else { return None };
        let bound = subscriber.downlink.bound()?;
        let videos = subscriber.lines.iter().filter(|line| line.kind == Kind::Video && line.flows()).count();
        bound.checked_div(videos as u64)
    }

    /// Offers that a full event queue did not take.
    fn retry_offers(&mut self) {
        let due: Vec<RoomId> = self
            .connections
            .iter()
            .filter(|(_, c)| matches!(&c.half, Half::Subscriber(subscriber) if subscriber.is_dirty))
            .map(|(_, c)| c.room)
            .collect();
        for room in due {
            self.send_offers(room);
        }
    }
}
