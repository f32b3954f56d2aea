//! RTCP of clients: reports and requests.

use super::connection::{Half, Presence, Slot};
use super::*;
use crate::ids::Kind;
use crate::rtcp::{self, Packet, Writer};

impl Engine {
    /// Takes a compound RTCP packet.
    pub(super) fn rtcp(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) -> Option<()> {
        let slot = *self.by_address.get(&from)?;
        let connection = self.connections.get_mut(slot)?;
        let len = connection.keys.as_mut()?.opener.rtcp(datagram)?;
        connection.hear(now, from);
        self.compound(now, slot, &datagram[..len]);
        Some(())
    }

    /// A decrypted compound packet.
    pub(super) fn compound(&mut self, now: Instant, slot: Slot, plain: &[u8]) {
        for packet in rtcp::packets(plain) {
            match packet {
                Packet::SenderReport { ssrc, ntp, rtp_timestamp } => {
                    self.relay_sender_report(now, slot, ssrc, ntp, rtp_timestamp);
                }
                Packet::Nack { media_ssrc, pairs } => self.repair_all(slot, media_ssrc, pairs),
                Packet::KeyFrameRequest { media_ssrc } => self.relay_key_frame_request(now, slot, media_ssrc),
                Packet::Estimate { bits_per_second } => {
                    if let Some(subscriber) = self.connections.get_mut(slot).and_then(|c| c.subscriber()) {
                        subscriber.downlink.note_estimate(now, bits_per_second);
                    }
                }
                Packet::Other => {}
            }
        }
    }

    /// Gives the publisher's pair of clocks to the receivers (lip sync), with our SSRC, timestamp and counts.
    fn relay_sender_report(&mut self, now: Instant, slot: Slot, ssrc: u32, ntp: u64, timestamp: u32) -> Option<()> {
        let mut connection = self.connections.lift(slot)?;
        if let Half::Publisher(publisher) = &mut connection.half
            && let Some(kind) = Kind::ALL
                .into_iter()
                .find(|kind| publisher.tracks[*kind as usize].as_ref().is_some_and(|track| track.ssrc == ssrc))
            && let Some(track) = &mut publisher.tracks[kind as usize]
        {
            track.note_sender_report(now, ntp);
            let run = track.run;
            for route in publisher.routes.iter().filter(|route| route.kind == kind && publisher.open[kind as usize]) {
                let mut report = Writer::new();
                if let Some(receiver) = self.connections.get_mut(route.to).filter(|c| c.presence == Presence::Up)
                    && let Half::Subscriber(subscriber) = &receiver.half
                    && let Some(line) = subscriber.lines.get(route.line)
                    && let Some((timestamp, packets, octets)) = line.stream.report(run, timestamp)
                {
                    report.sender_report(line.stream.ssrc, ntp, timestamp, packets, octets);
                }
                self.send_rtcp(route.to, report.bytes());
            }
        }
        self.connections.put_back(slot, connection);
        Some(())
    }

    /// The line of a subscriber with this SSRC, and the connection of the one whose track it carries.
    fn source_of(&self, slot: Slot, media_ssrc: u32) -> Option<(usize, Slot)> {
        let connection = self.connections.get(slot)?;
        let Half::Subscriber(subscriber) = &connection.half else { return None };
        let place = subscriber.lines.iter().position(|line| line.stream.ssrc == media_ssrc && line.flows())?;
        let owner = subscriber.lines[place].owner?;
        let publisher = self.rooms.get(&connection.room)?.peer(owner)?.publisher?;
        Some((place, publisher))
    }

    fn repair_all(&mut self, slot: Slot, media_ssrc: u32, pairs: &[u8]) {
        let Some((line, source)) = self.source_of(slot, media_ssrc) else { return };
        let Some(connection) = self.connections.lift(source) else { return };
        if let Half::Publisher(publisher) = &connection.half {
            for sequence in rtcp::nacked(pairs) {
                self.stats.nacks_in += 1;
                self.repair(slot, line, publisher, sequence);
            }
        }
        self.connections.put_back(source, connection);
    }

    fn relay_key_frame_request(&mut self, now: Instant, slot: Slot, media_ssrc: u32) {
        let Some((_, source)) = self.source_of(slot, media_ssrc) else { return };
        self.stats.plis_in += 1;
        self.want_key_frame(now, source);
    }

    /// Asks for a key frame, now or as soon as the rate limit allows.
    pub(super) fn want_key_frame(&mut self, now: Instant, publisher: Slot) {
        let connection = self.connections.get_mut(publisher);
        if let Some(publisher) = connection.and_then(|c| c.publisher())
            && let Some(track) = &mut publisher.tracks[Kind::Video as usize]
        {
            track.want_key_frame();
        }
        self.ask_for_key_frame(now, publisher);
    }

    /// Sends the request if one is wanted and due.
    pub(super) fn ask_for_key_frame(&mut self, now: Instant, slot: Slot) {
        let Some(publisher) = self.connections.get_mut(slot).and_then(|c| c.publisher()) else { return };
        if !publisher.open[Kind::Video as usize] {
            return; // it will be wanted again when forwarding goes on
        }
        let Some(track) = &mut publisher.tracks[Kind::Video as usize] else { return };
        if track.take_key_frame_request(now) {
            let mut request = Writer::new();
            request.picture_loss(track.ssrc);
            self.stats.plis_out += 1;
            self.send_rtcp(slot, request.bytes());
        }
    }

    /// A receiver begins, or begins again: everything that it watches must begin with a key frame.
    pub(super) fn want_key_frames_for(&mut self, now: Instant, subscriber: Slot) {
        let Some(connection) = self.connections.get(subscriber) else { return };
        let Half::Subscriber(half) = &connection.half else { return };
        let Some(room) = self.rooms.get(&connection.room) else { return };
        let mut sources = [None; MAX_PEERS_PER_ROOM];
        let owners = half.lines.iter().filter(|l| l.kind == Kind::Video && l.flows()).filter_map(|l| l.owner);
        for (place, owner) in sources.iter_mut().zip(owners) {
            *place = room.peer(owner).and_then(|peer| peer.publisher);
        }
        for source in sources.into_iter().flatten() {
            self.want_key_frame(now, source);
        }
    }
}
