//! One DTLS association with one client, and what it publishes or receives.

use crate::downlink;
use crate::dtls::Dtls;
use crate::ids::{Kind, PeerId, RoomId, Side};
use crate::line::Downlink;
use crate::sdp::{AcceptedLine, Session, UplinkLine};
use crate::srtp::Keys;
use crate::stun;
use crate::track::Track;
use crate::twcc;
use aws_lc_rs::hmac;
use bytes::BytesMut;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Addresses remembered for one connection: paths that a browser checks before it nominates one.
const MAX_ADDRESSES: usize = 8;
/// A nominated address that is silent for this long gives way to one that is heard: not every client nominates again
/// after its network gave it another address. Media or reports come far more often than this.
const ADDRESS_SILENCE: Duration = Duration::from_millis(1500);

/// Place of a connection in [`Connections`]; reused after its end.
pub type Slot = u32;

/// Our half of an ICE exchange.
pub struct Credentials {
    pub ufrag: String,
    pub password: String,
    pub key: hmac::Key,
}

impl Credentials {
    pub fn new(ufrag: String, password: String) -> Credentials {
        let key = stun::key(&password);
        Credentials { ufrag, password, key }
    }
}

/// Credentials and the addresses that have proved to know them.
pub struct Ice {
    pub current: Credentials,
    /// Still valid until the first check with the current ones: a restart interrupts nothing.
    pub previous: Option<Credentials>,
    remote: Option<(SocketAddr, Instant)>,
    known: Vec<SocketAddr>,
}

impl Ice {
    pub fn new(current: Credentials) -> Ice {
        Ice { current, previous: None, remote: None, known: Vec::with_capacity(MAX_ADDRESSES) }
    }

    /// Where media is sent: the pair that the client nominated last, or at first the one it came from.
    pub fn remote(&self) -> Option<SocketAddr> {
        self.remote.map(|(address, _)| address)
    }

    pub fn known(&self) -> &[SocketAddr] {
        &self.known
    }

    pub fn key(&self, ufrag: &str) -> Option<&hmac::Key> {
        let previous = self.previous.iter();
        std::iter::once(&self.current).chain(previous).find(|c| c.ufrag == ufrag).map(|c| &c.key)
    }

    /// Notes an authenticated packet.
    pub fn hear(&mut self, now: Instant, from: SocketAddr) {
        if let Some((remote, heard)) = &mut self.remote
            && *remote == from
        {
            *heard = now;
        }
    }

    /// Notes an authenticated check; returns an address that is forgotten for it.
    pub fn learn(&mut self, now: Instant, from: SocketAddr, nominated: bool) -> Option<SocketAddr> {
        let gives_way = |(_, heard): (SocketAddr, Instant)| now >= heard + ADDRESS_SILENCE;
        if nominated || self.remote.is_none_or(gives_way) {
            self.remote = Some((from, now));
        }
        self.hear(now, from);
        if self.known.contains(&from) {
            return None;
        }
        let oldest = self.known.iter().position(|address| Some(*address) != self.remote());
        let forgotten = oldest.filter(|_| self.known.len() == MAX_ADDRESSES).map(|place| self.known.remove(place));
        self.known.push(from);
        forgotten
    }
}

/// Whether the client is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// Keys are not agreed yet.
    Opening {
        since: Instant,
    },
    Up,
    /// Told to the program; media is not sent until it is heard of again.
    Lost,
}

/// What a publisher sends and where it goes.
#[derive(Default)]
pub struct Publisher {
    pub lines: [Option<UplinkLine>; 2],
    pub tracks: [Option<Track>; 2],
    /// Not silenced by the room or by a mute.
    pub open: [bool; 2],
    pub routes: Vec<Route>,
    pub arrivals: Option<twcc::Recorder>,
}

/// A receiver of one track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    pub kind: Kind,
    pub to: Slot,
    pub line: usize,
}

/// One m-line of a subscriber's connection.
pub struct Line {
    pub kind: Kind,
    /// Whose track it carries; inactive without one, and free for another.
    pub owner: Option<PeerId>,
    pub stream: Downlink,
    /// What the client said to it, since it has this owner.
    pub accepted: Option<AcceptedLine>,
}

impl Line {
    pub fn flows(&self) -> bool {
        self.owner.is_some() && self.accepted.is_some_and(|accepted| accepted.receives)
    }
}

/// What a subscriber is offered.
pub struct Subscriber {
    pub lines: Vec<Line>,
    /// Session id of our offers.
    pub session: u64,
    /// The newest offer, answered or not; an answer must name it.
    pub version: Option<u32>,
    pub is_answered: bool,
    /// An offer must be made.
    pub is_dirty: bool,
    /// A ClientHello that came before the answer to an ICE restart: maybe the client has begun anew.
    pub early_hello: Vec<BytesMut>,
    /// SSRCs are counted from a random one, so none comes twice under one key.
    pub next_ssrc: u32,
    /// What its network can carry.
    pub downlink: downlink::Downlink,
}

/// The two shapes of a connection.
#[expect(clippy::large_enum_variant, reason = "a connection is boxed as a whole")]
pub enum Half {
    Publisher(Publisher),
    Subscriber(Subscriber),
}

/// One association.
pub struct Connection {
    pub room: RoomId,
    pub peer: PeerId,
    pub ice: Ice,
    pub dtls: Dtls,
    pub keys: Option<Box<Keys>>,
    /// The client's end; unknown until a subscriber answers.
    pub session: Option<Session>,
    pub presence: Presence,
    pub heard: Instant,
    pub half: Half,
}

impl Connection {
    /// Notes an authenticated packet.
    pub fn hear(&mut self, now: Instant, from: SocketAddr) {
        self.heard = now;
        self.ice.hear(now, from);
    }

    pub fn side(&self) -> Side {
        match self.half {
            Half::Publisher(_) => Side::Publisher,
            Half::Subscriber(_) => Side::Subscriber,
        }
    }

    pub fn publisher(&mut self) -> Option<&mut Publisher> {
        match &mut self.half {
            Half::Publisher(publisher) => Some(publisher),
            Half::Subscriber(_) => None,
        }
    }

    pub fn subscriber(&mut self) -> Option<&mut Subscriber> {
        match &mut self.half {
            Half::Subscriber(subscriber) => Some(subscriber),
            Half::Publisher(_) => None,
        }
    }
}

/// Connections by slot.
#[derive(Default)]
pub struct Connections {
    slots: Vec<Option<Box<Connection>>>,
    free: Vec<Slot>,
}

impl Connections {
    pub fn insert(&mut self, connection: Connection) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            (self.slots.len() - 1) as Slot
        });
        self.slots[slot as usize] = Some(Box::new(connection));
        slot
    }

    pub fn remove(&mut self, slot: Slot) -> Option<Box<Connection>> {
        let removed = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(removed)
    }

    /// Takes a connection out while others are worked on; [`Connections::put_back`] must follow.
    pub fn lift(&mut self, slot: Slot) -> Option<Box<Connection>> {
        self.slots.get_mut(slot as usize)?.take()
    }

    pub fn put_back(&mut self, slot: Slot, connection: Box<Connection>) {
        self.slots[slot as usize] = Some(connection);
    }

    pub fn get(&self, slot: Slot) -> Option<&Connection> {
        self.slots.get(slot as usize)?.as_deref()
    }

    pub fn get_mut(&mut self, slot: Slot) -> Option<&mut Connection> {
        self.slots.get_mut(slot as usize)?.as_deref_mut()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Slot, &Connection)> {
        self.slots.iter().enumerate().filter_map(|(slot, c)| Some((slot as Slot, c.as_deref()?)))
    }

    /// One more than the highest slot in use.
    pub fn end(&self) -> Slot {
        self.slots.len() as Slot
    }

    pub fn is_empty(&self) -> bool {
        self.slots.len() == self.free.len()
    }
}
