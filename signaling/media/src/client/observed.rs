//! What a headless participant has seen of the others.

use crate::ids::{Kind, PeerId};
use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::sansio::Protocol;
use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Packets of one track of one participant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Received {
    /// Whose track it is, from the description.
    pub owner: PeerId,
    pub kind: Kind,
    pub packets: u64,
    pub bytes: u64,
    /// Packets between the first and the last that have not come, or not yet.
    pub missing: u64,
    pub first_at: Instant,
    pub last_at: Instant,
}

/// The counts of one track, and what is needed to keep them.
struct Count {
    received: Received,
    first: u64,
    highest: u64,
}

/// Shared between the tasks that read tracks and whoever asks.
#[derive(Clone, Default)]
pub struct Observed {
    tracks: Arc<Mutex<HashMap<(PeerId, Kind), Count>>>,
    pub rtcp: Arc<AtomicU64>,
    pub key_frame_requests: Arc<AtomicU64>,
}

impl Observed {
    pub fn tracks(&self) -> Vec<Received> {
        let tracks = self.tracks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Received> = tracks.values().map(|count| count.received).collect();
        all.sort_by_key(|received| (received.owner, received.kind == Kind::Video));
        all
    }

    pub fn note(&self, now: Instant, owner: PeerId, kind: Kind, sequence: u16, bytes: usize) {
        let mut tracks = self.tracks.lock().unwrap_or_else(PoisonError::into_inner);
        // One rollover above zero, so that a packet from before the first one has a place.
        let first = u64::from(sequence) + (1 << 16);
        let count = tracks.entry((owner, kind)).or_insert(Count {
            received: Received { owner, kind, packets: 0, bytes: 0, missing: 0, first_at: now, last_at: now },
            first,
            highest: first,
        });
        let ahead = i64::from(sequence.wrapping_sub(count.highest as u16) as i16);
        let index = count.highest.saturating_add_signed(ahead);
        count.highest = count.highest.max(index);
        count.first = count.first.min(index);
        count.received.packets += 1;
        count.received.bytes += bytes as u64;
        count.received.missing = (count.highest - count.first + 1).saturating_sub(count.received.packets);
        count.received.last_at = now;
    }
}

/// Counts RTCP and key frame requests on their way in, and lets everything pass.
pub struct Watch {
    observed: Observed,
    inbound: VecDeque<TaggedPacket>,
    outbound: VecDeque<TaggedPacket>,
}

impl Watch {
    pub fn new(observed: Observed) -> Watch {
        Watch { observed, inbound: VecDeque::new(), outbound: VecDeque::new() }
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Watch {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = rtc::shared::error::Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let is_request =
                |packet: &&dyn Any| packet.is::<PictureLossIndication>() || packet.is::<FullIntraRequest>();
            self.observed.rtcp.fetch_add(packets.len() as u64, Ordering::Relaxed);
            let requests = packets.iter().map(|packet| packet.as_any()).filter(is_request).count() as u64;
            self.observed.key_frame_requests.fetch_add(requests, Ordering::Relaxed);
        }
        self.inbound.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.inbound.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        self.outbound.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.outbound.pop_front()
    }
}

impl Interceptor for Watch {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
