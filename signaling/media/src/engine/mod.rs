//! The rooms of one media thread: a state machine of commands, datagrams and time. It owns no clock; its socket is
//! used for sending only.

mod connect;
mod connection;
mod feedback;
mod forward;
mod negotiate;
mod room;
mod tick;

pub use tick::TICK;

#[cfg(test)]
mod tests;

use crate::dtls::Identity;
use crate::ids::{PeerId, RoomId, Side};
use crate::rtp::Header;
use crate::seam::{Command, Event, Stats};
use crate::udp::Outbox;
use connection::{Connection, Connections, Slot};
use rand::RngExt;
use rand::rngs::StdRng;
use room::Room;
use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// No authenticated packet for this long: the client is told of as lost. Browsers check consent every 2.5 s on an
/// idle connection, so two checks may fail.
pub const PEER_SILENCE: Duration = Duration::from_secs(6);
/// Participants of a room; a visit has two to five.
pub const MAX_PEERS_PER_ROOM: usize = 8;
/// Rooms of one thread. Measured load is a third of this on one core.
pub const MAX_ROOMS_PER_THREAD: usize = 1000;

/// Everything that one media thread knows.
pub struct Engine {
    identity: Identity,
    candidates: Vec<SocketAddr>,
    rooms: HashMap<RoomId, Room>,
    connections: Connections,
    /// Where authenticated checks have come from.
    by_address: HashMap<SocketAddr, Slot>,
    by_ufrag: HashMap<String, Slot>,
    outbox: Outbox,
    events: mpsc::Sender<Event>,
    rng: StdRng,
    stats: Stats,
    /// Numbers of runs (see [`crate::track::Run`]) are never used twice.
    last_run: u64,
    ticks: tick::Ticks,
}

impl Engine {
    /// `candidates` must not be empty; the socket is the one that they lead to.
    pub fn new(
        identity: Identity,
        candidates: Vec<SocketAddr>,
        socket: UdpSocket,
        events: mpsc::Sender<Event>,
        rng: StdRng,
        now: Instant,
    ) -> Engine {
        Engine {
            identity,
            candidates,
            rooms: HashMap::new(),
            connections: Connections::default(),
            by_address: HashMap::new(),
            by_ufrag: HashMap::new(),
            outbox: Outbox::new(socket),
            events,
            rng,
            stats: Stats::default(),
            last_run: 0,
            ticks: tick::Ticks::new(now),
        }
    }

    /// Obeys a command of the program. Replies that nobody waits for any more are dropped.
    pub fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::OpenRoom { room } => self.open_room(room),
            Command::CloseRoom { room } => self.close_room(now, room),
            Command::Publish { room, peer, offer, reply } => {
                let _ = reply.send(self.publish(now, room, peer, &offer));
            }
            Command::Subscribe { room, peer } => self.subscribe(now, room, peer),
            Command::Answer { room, peer, version, answer, reply } => {
                let _ = reply.send(self.answer(now, room, peer, version, &answer));
            }
            Command::Leave { room, peer } => self.leave(now, room, peer),
            Command::SetForwarding { room, on } => self.set_forwarding(now, room, on),
            Command::SetMuted { room, peer, kind, muted } => self.set_muted(now, room, peer, kind, muted),
        }
        self.outbox.flush();
    }

    /// Takes a datagram, which is decrypted in place. RFC 7983 tells the protocols apart by their first byte.
    pub fn datagram(&mut self, now: Instant, from: SocketAddr, datagram: &mut [u8]) {
        self.stats.datagrams_in += 1;
        self.stats.bytes_in += datagram.len() as u64;
        let taken = match datagram {
            [0..=3, ..] => self.stun(now, from, datagram),
            [20..=63, ..] => self.dtls(now, from, datagram),
            [128..=191, 192..=223, ..] => self.rtcp(now, from, datagram),
            [128..=191, ..] => self.rtp(now, from, datagram),
            _ => None,
        };
        self.stats.rejected += u64::from(taken.is_none());
    }

    /// Sends what has collected.
    pub fn flush(&mut self) {
        self.outbox.flush();
    }

    /// To be called between batches: makes room for the answers to the next one.
    pub fn flush_if_full(&mut self, expected: usize) {
        if self.outbox.is_short_of(expected) {
            self.outbox.flush();
        }
    }

    pub fn is_idle(&self) -> bool {
        self.connections.is_empty()
    }

    pub fn stats(&mut self) -> Stats {
        self.stats.dropped += self.outbox.take_dropped();
        self.stats.rooms = self.rooms.len() as u64;
        self.stats.peers = self.rooms.values().map(|room| room.peers.len() as u64).sum();
        self.stats.half_open = self.connections.iter().filter(|(_, c)| c.keys.is_none()).count() as u64;
        self.stats
    }

    /// Says goodbye to everybody.
    pub fn shut_down(&mut self, now: Instant) {
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.close_room(now, room);
        }
        self.outbox.flush();
    }

    fn next_run(&mut self) -> u64 {
        self.last_run += 1;
        self.last_run
    }

    /// A random string of ICE characters; 24 of them carry 144 bits.
    fn token(&mut self, len: usize) -> String {
        const ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/";
        (0..len).map(|_| char::from(ALPHABET[usize::from(self.rng.random::<u8>() & 63)])).collect()
    }

    /// Whether the event could be queued.
    fn tell(&mut self, event: Event) -> bool {
        let told = self.events.try_send(event).is_ok();
        self.stats.events_lost += u64::from(!told);
        told
    }

    /// Seals a compound packet for a client and queues it.
    fn send_rtcp(&mut self, slot: Slot, plain: &[u8]) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let (Some(to), Some(keys)) = (connection.ice.remote(), &mut connection.keys) else { return };
        if plain.is_empty() {
            return;
        }
        let buffer = self.outbox.slot();
        buffer[..plain.len()].copy_from_slice(plain);
        let len = keys.sealer.rtcp(buffer, plain.len());
        self.outbox.push(slot, to, len);
    }
}
