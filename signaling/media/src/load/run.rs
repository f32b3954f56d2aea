//! Sends in real time, reads what comes, and tells delays from stamp to arrival.

use super::describe::TWCC_ID;
use super::{Link, is_timeout};
use crate::ids::Kind;
use crate::sdp::{OPUS_PAYLOAD_TYPE, VP8_PAYLOAD_TYPE};
use crate::srtp::MAX_TRAILER;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a publisher sends: 30 pictures a second of so many packets, 50 packets of voice.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub packets_per_picture: usize,
    pub video_bytes: usize,
    pub audio_bytes: usize,
}

impl Default for Shape {
    /// 120 video packets of 1,100 bytes and 50 audio packets of 80 a second: 1.1 Mb/s.
    fn default() -> Shape {
        Shape { packets_per_picture: 4, video_bytes: 1100, audio_bytes: 80 }
    }
}

/// What came of it.
#[derive(Default, Debug)]
pub struct Measured {
    pub sent: u64,
    pub received: u64,
    /// From the moment before sealing to the moment after the receiver's read, nanoseconds.
    pub delays_ns: Vec<u64>,
}

/// The pattern of sending repeats after this: three pictures, five packets of voice.
const CYCLE: Duration = Duration::from_millis(100);
const PICTURES: u32 = 3;
const VOICES: u32 = 5;
/// A browser proves its consent this often.
const CONSENT: Duration = Duration::from_secs(2);
/// What is under way when sending ends is waited for.
const DRAIN: Duration = Duration::from_millis(200);
const HEADER: usize = 12 + 8;
const STAMP: usize = 8;

/// One sending thread, one thread per receiver, for so long.
pub fn run(publishers: &mut [Link], subscribers: &mut [Link], shape: Shape, time: Duration) -> Measured {
    let (epoch, done) = (Instant::now(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let done = &done;
        let readers: Vec<_> = subscribers.iter_mut().map(|link| scope.spawn(move || read(link, epoch, done))).collect();
        let sent = send_all(publishers, shape, epoch, time);
        std::thread::sleep(DRAIN);
        done.store(true, Ordering::Release);
        let mut measured = Measured { sent, ..Measured::default() };
        for reader in readers {
            // A reader that panicked has said so; its packets count as lost.
            let delays = reader.join().unwrap_or_default();
            measured.received += delays.len() as u64;
            measured.delays_ns.extend(delays);
        }
        measured
    })
}

/// Who sends what at which moment of a cycle; publishers are spread evenly over it, as chance does in life.
fn plan(publishers: usize) -> Vec<(Duration, usize, Kind)> {
    let mut plan = vec![];
    for publisher in 0..publishers {
        for (kind, times) in [(Kind::Video, PICTURES), (Kind::Audio, VOICES)] {
            let period = CYCLE / times;
            let phase = period * publisher as u32 / publishers as u32;
            plan.extend((0..times).map(|turn| (phase + period * turn, publisher, kind)));
        }
    }
    plan.sort_by_key(|(at, ..)| *at);
    plan
}

fn send_all(publishers: &mut [Link], shape: Shape, epoch: Instant, time: Duration) -> u64 {
    let (plan, mut sent, mut cycle) = (plan(publishers.len()), 0, 0);
    while epoch.elapsed() < time {
        for (at, publisher, kind) in &plan {
            let due = CYCLE * cycle + *at;
            if let Some(wait) = due.checked_sub(epoch.elapsed()) {
                std::thread::sleep(wait);
            }
            let link = &mut publishers[*publisher];
            let (packets, bytes) = match kind {
                Kind::Video => (shape.packets_per_picture, shape.video_bytes),
                Kind::Audio => (1, shape.audio_bytes),
            };
            for packet in 0..packets {
                sent += u64::from(link.send(*kind, bytes, packet + 1 == packets, epoch));
            }
        }
        if CYCLE * cycle >= CONSENT && (CYCLE * cycle).as_millis().is_multiple_of(CONSENT.as_millis()) {
            publishers.iter().for_each(Link::consent);
        }
        cycle += 1;
    }
    sent
}

impl Link {
    fn consent(&self) {
        if !self.check.is_empty() {
            // A check that is lost is followed by the next one.
            let _ = self.socket.send(&self.check);
        }
    }

    /// Sends one packet with its stamp; whether the kernel took it.
    fn send(&mut self, kind: Kind, bytes: usize, marker: bool, epoch: Instant) -> bool {
        let index = self.next[kind as usize];
        self.next[kind as usize] += 1;
        let ssrc = self.ssrc + kind as u32;
        let (payload_type, ticks) = match kind {
            Kind::Audio => (OPUS_PAYLOAD_TYPE, 960 * index),
            Kind::Video => (VP8_PAYLOAD_TYPE, 750 * index),
        };
        let mut buffer = [0u8; 1500];
        buffer[0] = 0x90;
        buffer[1] = u8::from(marker) << 7 | payload_type;
        buffer[2..4].copy_from_slice(&(index as u16).to_be_bytes());
        buffer[4..8].copy_from_slice(&(ticks as u32).to_be_bytes());
        buffer[8..12].copy_from_slice(&ssrc.to_be_bytes());
        buffer[12..17].copy_from_slice(&[0xBE, 0xDE, 0, 1, TWCC_ID << 4 | 1]);
        buffer[17..19].copy_from_slice(&self.transport_sequence.to_be_bytes());
        self.transport_sequence = self.transport_sequence.wrapping_add(1);
        buffer[HEADER..HEADER + STAMP].copy_from_slice(&(epoch.elapsed().as_nanos() as u64).to_be_bytes());
        let end = HEADER + bytes.clamp(STAMP, buffer.len() - HEADER - MAX_TRAILER);
        let len = self.keys.sealer.rtp(&mut buffer, end, HEADER, ssrc, index);
        self.socket.send(&buffer[..len]).is_ok()
    }
}

/// Reads until told to end and nothing comes any more; delays of all packets that open.
fn read(link: &mut Link, epoch: Instant, done: &AtomicBool) -> Vec<u64> {
    let mut delays = Vec::with_capacity(8192);
    let (mut buffer, mut asked) = ([0u8; 2048], None::<Instant>);
    if link.socket.set_read_timeout(Some(DRAIN / 4)).is_err() {
        return delays;
    }
    loop {
        if asked.is_none_or(|at| at.elapsed() >= CONSENT) {
            link.consent();
            asked = Some(Instant::now());
        }
        match link.socket.recv(&mut buffer) {
            Ok(len) => {
                let now = epoch.elapsed().as_nanos() as u64;
                delays.extend(link.stamp(&mut buffer[..len]).map(|stamp| now.saturating_sub(stamp)));
            }
            Err(error) if is_timeout(&error) && !done.load(Ordering::Acquire) => {}
            Err(_) => return delays,
        }
    }
}

impl Link {
    /// The stamp of a media packet.
    fn stamp(&mut self, datagram: &mut [u8]) -> Option<u64> {
        let is_media = matches!(datagram, [128..=191, second, ..] if !(192..=223).contains(second));
        let header = crate::rtp::Header::parse(datagram).filter(|_| is_media)?;
        let opened = self.keys.opener.rtp(datagram, header.len, header.ssrc, header.sequence)?;
        let stamp = datagram[..opened.len].get(header.len..header.len + STAMP)?;
        Some(u64::from_be_bytes(stamp.try_into().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Bare;

    #[test]
    fn the_relay_carries_every_packet_to_everybody_else() {
        let (_bare, mut publishers, mut subscribers) = Bare::start("relay", 2, 3).expect("a relay");
        let measured = run(&mut publishers, &mut subscribers, Shape::default(), Duration::from_millis(300));
        assert!(measured.sent > 0);
        assert_eq!(measured.received, measured.sent * 2, "each to the two others of its room");
    }
}
