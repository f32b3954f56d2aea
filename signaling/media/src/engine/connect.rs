//! How a client's datagrams find their connection and agree on keys: ICE-lite and DTLS.

use super::connection::{Half, Presence, Slot};
use super::*;
use crate::client_hello::is_client_hello;
use crate::dtls::Progress;
use crate::srtp::Profile;
use crate::stun::Request;
use crate::udp::DATAGRAM;
use bytes::BytesMut;

/// Datagrams of a ClientHello kept until an answer tells whose it is.
const MAX_EARLY_HELLO: usize = 4;

impl Engine {
    /// Answers a connectivity check of a client that knows our password, and follows its address.
    pub(super) fn stun(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Option<()> {
        let request = Request::parse(datagram)?;
        let slot = *self.by_ufrag.get(request.ufrag)?;
        let connection = self.connections.get_mut(slot)?;
        let key = connection.ice.key(request.ufrag)?;
        if !request.verify(key) {
            return None;
        }
        self.stats.stun_checks += 1;
        let len = request.answer(from, key, self.outbox.slot());
        self.outbox.push(slot, from, len);
        connection.heard = now;
        if connection.ice.current.ufrag == request.ufrag
            && let Some(previous) = connection.ice.previous.take()
        {
            self.by_ufrag.remove(&previous.ufrag);
        }
        if let Some(forgotten) = connection.ice.learn(now, from, request.use_candidate) {
            self.by_address.remove(&forgotten);
        }
        if self.by_address.get(&from) != Some(&slot) {
            self.by_address.insert(from, slot);
        }
        Some(())
    }

    /// A datagram of a handshake, or an alert.
    pub(super) fn dtls(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> Option<()> {
        let slot = *self.by_address.get(&from)?;
        let connection = self.connections.get_mut(slot)?;
        if let Half::Subscriber(subscriber) = &mut connection.half
            && !subscriber.is_answered
            && connection.keys.is_some()
            && is_client_hello(datagram)
        {
            if subscriber.early_hello.len() < MAX_EARLY_HELLO {
                subscriber.early_hello.push(BytesMut::from(datagram));
            }
            return Some(());
        }
        let progress = connection.dtls.receive(now, datagram);
        self.advance(now, slot, progress);
        Some(())
    }

    /// Sends what the handshake wants to send and takes note of how far it came.
    pub(super) fn advance(&mut self, now: Instant, slot: Slot, progress: Progress) {
        self.drain_dtls(slot);
        let Some(connection) = self.connections.get_mut(slot) else { return };
        match progress {
            Progress::Nothing => {}
            Progress::Established(keys) => {
                match keys.profile {
                    Profile::Aes128Gcm => self.stats.handshakes_gcm += 1,
                    Profile::Aes128Sha1 => self.stats.handshakes_sha1 += 1,
                }
                connection.keys = Some(keys);
                connection.heard = now;
                self.set_up(now, slot);
            }
            Progress::Closed => self.set_lost(slot),
        }
    }

    /// The client is there: packets may flow, and its pictures begin with a key frame.
    pub(super) fn set_up(&mut self, now: Instant, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        connection.presence = Presence::Up;
        let (room, peer, side) = (connection.room, connection.peer, connection.side());
        self.tell(Event::Connected { room, peer, side });
        if side == Side::Subscriber {
            self.want_key_frames_for(now, slot);
        }
    }

    pub(super) fn set_lost(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if connection.presence != Presence::Lost {
            connection.presence = Presence::Lost;
            let (room, peer, side) = (connection.room, connection.peer, connection.side());
            self.tell(Event::Lost { room, peer, side });
        }
    }

    pub(super) fn drain_dtls(&mut self, slot: Slot) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        while let Some(message) = connection.dtls.transmit() {
            let Some(to) = connection.ice.remote().filter(|_| message.len() <= DATAGRAM) else { continue };
            self.outbox.slot()[..message.len()].copy_from_slice(&message);
            self.outbox.push(slot, to, message.len());
        }
    }

    /// Ends a connection: goodbye to the client, and every name of it forgotten.
    pub(super) fn disconnect(&mut self, now: Instant, slot: Slot) {
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.dtls.close(now);
            self.drain_dtls(slot);
        }
        // Queued datagrams are grouped by slot, which is free for another connection after this.
        self.outbox.flush();
        let Some(connection) = self.connections.remove(slot) else { return };
        let previous = connection.ice.previous.iter();
        for credentials in std::iter::once(&connection.ice.current).chain(previous) {
            self.by_ufrag.remove(&credentials.ufrag);
        }
        for address in connection.ice.known() {
            if self.by_address.get(address) == Some(&slot) {
                self.by_address.remove(address);
            }
        }
    }
}
