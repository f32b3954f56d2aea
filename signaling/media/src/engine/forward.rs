//! The packet path: open, place, seal. No lock and no allocation here.

use super::connection::{Connection, Half, Presence, Publisher, Route, Slot};
use super::*;
use crate::bytes_be::be16;
use crate::ids::Kind;
use crate::loss::Arrival;
use crate::srtp::MAX_TRAILER;
use crate::track::{Run, Track};
use crate::udp::DATAGRAM;

/// A header of ours: no contributing sources, no extensions. It must be the same for a packet sent again.
const HEADER: usize = 12;
/// Payloads above this do not fit one datagram of ours with a repair's two bytes.
const MAX_PAYLOAD: usize = DATAGRAM - HEADER - 2 - MAX_TRAILER;

/// A packet to be forwarded, decrypted.
#[derive(Clone, Copy)]
struct Media<'a> {
    kind: Kind,
    index: u64,
    timestamp: u32,
    marker: bool,
    payload: &'a [u8],
}

/// The fields of one of our headers.
struct Outgoing {
    payload_type: u8,
    marker: bool,
    index: u64,
    timestamp: u32,
    ssrc: u32,
}

impl Outgoing {
    fn write(&self, buffer: &mut [u8]) {
        buffer[0] = 0x80;
        buffer[1] = u8::from(self.marker) << 7 | self.payload_type;
        buffer[2..4].copy_from_slice(&(self.index as u16).to_be_bytes());
        buffer[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        buffer[8..HEADER].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

fn payload_type(kind: Kind) -> u8 {
    match kind {
        Kind::Audio => crate::sdp::OPUS_PAYLOAD_TYPE,
        Kind::Video => crate::sdp::VP8_PAYLOAD_TYPE,
    }
}

impl Engine {
    /// Takes an RTP packet of a publisher.
    pub(super) fn rtp(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) -> Option<()> {
        let slot = *self.by_address.get(&from)?;
        let header = Header::parse(datagram)?;
        let connection = self.connections.get_mut(slot)?;
        let opener = &mut connection.keys.as_mut()?.opener;
        let opened = opener.rtp(datagram, header.len, header.ssrc, header.sequence)?;
        connection.hear(now, from);
        self.stats.packets_in += 1;
        let mut connection = self.connections.lift(slot)?;
        let taken = self.publish_packet(now, slot, &mut connection, &header, opened.index, &datagram[..opened.len]);
        self.connections.put_back(slot, connection);
        taken
    }

    /// Notes a packet in its track and forwards it if it is new.
    fn publish_packet(
        &mut self,
        now: Instant,
        slot: Slot,
        connection: &mut Connection,
        header: &Header,
        index: u64,
        packet: &[u8],
    ) -> Option<()> {
        let (room, peer) = (connection.room, connection.peer);
        let publisher = connection.publisher()?;
        let line = *publisher.lines.iter().flatten().find(|line| line.carries(header.payload_type))?;
        if let (Some(id), Some(arrivals)) = (line.twcc, &mut publisher.arrivals)
            && let Some(sequence) = header.extension(packet, id).and_then(|value| be16(value, 0))
        {
            arrivals.arrive(now, sequence);
        }
        let mut payload = header.payload(packet).filter(|payload| payload.len() <= MAX_PAYLOAD)?;
        let place = line.kind as usize;
        let (track, index) = if line.payload_type == header.payload_type {
            let track = &mut publisher.tracks[place];
            (self.track_of(now, track, line.kind, header.ssrc, index, (room, peer)), index)
        } else {
            // A repair without content is padding, by which the sender probes for bandwidth.
            let Some(original) = be16(payload, 0) else { return Some(()) };
            payload = &payload[2..];
            let track = publisher.tracks[place].as_mut()?;
            let index = track.repaired_index(original);
            (track, index)
        };
        if track.arrive(now, index, header) == Arrival::Duplicate {
            return Some(());
        }
        if !publisher.open[place] {
            self.stats.withheld += 1;
            return Some(());
        }
        let media = Media { kind: line.kind, index, timestamp: header.timestamp, marker: header.marker, payload };
        track.ring.put(index, media.timestamp, media.marker, payload);
        let run = track.run;
        for route in publisher.routes.iter().filter(|route| route.kind == line.kind) {
            debug_assert_ne!(route.to, slot);
            self.forward(now, route, run, media);
        }
        Some(())
    }

    /// The track of a packet: the present one, a new one, or the present one begun anew under another SSRC.
    fn track_of<'p>(
        &mut self,
        now: Instant,
        place: &'p mut Option<Track>,
        kind: Kind,
        ssrc: u32,
        index: u64,
        owner: (RoomId, PeerId),
    ) -> &'p mut Track {
        match place {
            Some(track) if track.ssrc == ssrc => {}
            Some(track) => track.restart(ssrc, index, self.next_run()),
            None => {
                let run = self.next_run();
                self.tell(Event::TrackStarted { room: owner.0, peer: owner.1, kind });
                *place = Some(Track::new(kind, ssrc, index, run, now));
            }
        }
        // Filled in by the match above; the closure never runs.
        place.get_or_insert_with(|| Track::new(kind, ssrc, index, 0, now))
    }

    /// Seals one packet for one receiver.
    fn forward(&mut self, now: Instant, route: &Route, run: Run, media: Media) {
        let Some(receiver) = self.connections.get_mut(route.to).filter(|c| c.presence == Presence::Up) else { return };
        let (Some(to), Some(keys)) = (receiver.ice.remote(), &receiver.keys) else { return };
        let Half::Subscriber(subscriber) = &mut receiver.half else { return };
        let Some(line) = subscriber.lines.get_mut(route.line) else { return };
        let Some(placed) = line.stream.place(now, run, media.index, media.timestamp) else { return };
        let buffer = self.outbox.slot();
        let (index, timestamp) = (placed.index, placed.timestamp);
        let payload_type = payload_type(media.kind);
        Outgoing { payload_type, marker: media.marker, index, timestamp, ssrc: line.stream.ssrc }.write(buffer);
        let end = HEADER + media.payload.len();
        buffer[HEADER..end].copy_from_slice(media.payload);
        let len = keys.sealer.rtp(buffer, end, HEADER, line.stream.ssrc, index);
        line.stream.count(media.payload.len());
        self.outbox.push(route.to, to, len);
        self.stats.packets_out += 1;
        self.stats.bytes_out += media.payload.len() as u64;
    }

    /// Sends a packet again to a receiver that asked for it: as a repair (RFC 4588), or the very same packet.
    pub(super) fn repair(&mut self, to_slot: Slot, line: usize, publisher: &Publisher, sequence: u16) -> Option<()> {
        let receiver = self.connections.get_mut(to_slot).filter(|c| c.presence == Presence::Up)?;
        let (to, keys) = (receiver.ice.remote()?, receiver.keys.as_ref()?);
        let Half::Subscriber(subscriber) = &mut receiver.half else { return None };
        let line = subscriber.lines.get_mut(line).filter(|line| line.flows())?;
        let accepted = line.accepted?;
        let track = publisher.tracks[line.kind as usize].as_ref().filter(|_| publisher.open[line.kind as usize])?;
        let (source, placed) = line.stream.find(track.run, sequence)?;
        let stored = track.ring.get(source)?;
        // Chromium asks for audio too, though its answer does not say so.
        if !line.stream.may_repair() {
            return None;
        }
        let buffer = self.outbox.slot();
        let timestamp = stored.timestamp.wrapping_add(placed.timestamp);
        let (start, outgoing) = if accepted.rtx {
            buffer[HEADER..HEADER + 2].copy_from_slice(&(placed.index as u16).to_be_bytes());
            let (ssrc, index) = (line.stream.rtx_ssrc, line.stream.next_repair_index());
            let payload_type = crate::sdp::VP8_RTX_PAYLOAD_TYPE;
            (HEADER + 2, Outgoing { payload_type, marker: stored.marker, index, timestamp, ssrc })
        } else {
            let (ssrc, index, payload_type) = (line.stream.ssrc, placed.index, payload_type(line.kind));
            (HEADER, Outgoing { payload_type, marker: stored.marker, index, timestamp, ssrc })
        };
        outgoing.write(buffer);
        let end = start + stored.payload.len();
        buffer[start..end].copy_from_slice(stored.payload);
        let len = keys.sealer.rtp(buffer, end, HEADER, outgoing.ssrc, outgoing.index);
        self.outbox.push(to_slot, to, len);
        self.stats.packets_out += 1;
        self.stats.retransmitted += 1;
        Some(())
    }
}
