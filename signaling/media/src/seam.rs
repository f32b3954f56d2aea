//! The seam between the program and its media threads: commands in, events out, all bounded.

use crate::dtls::Identity;
use crate::ids::{Kind, PeerId, RoomId, Side};
use crate::sdp::SdpError;
use crate::thread::{self, Handle};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Events that may wait for the program. A full queue loses events, which are counted, and never stops media.
const EVENT_QUEUE: usize = 4096;

/// Where the media plane listens and under which addresses clients reach it.
#[derive(Clone, Debug)]
pub struct Config {
    /// One UDP address per media thread; port 0 takes a free one.
    pub listen: Vec<SocketAddr>,
    /// Host candidates given out, each with the thread's own port. Empty: the address listened on, or loopback when
    /// that is the unspecified one.
    pub advertise: Vec<IpAddr>,
}

/// What the program asks of a room.
#[derive(Debug)]
pub enum Command {
    OpenRoom {
        room: RoomId,
    },
    CloseRoom {
        room: RoomId,
    },
    /// The client's offer for what it sends. The same browser connection again is an ICE restart and keeps its keys;
    /// another one replaces it.
    Publish {
        room: RoomId,
        peer: PeerId,
        offer: String,
        reply: oneshot::Sender<Result<String, SdpError>>,
    },
    /// Starts the connection that carries the others' media, or restarts its ICE. The offer comes as
    /// [`Event::Offer`]; a client that answers from a new browser connection gets a new association.
    Subscribe {
        room: RoomId,
        peer: PeerId,
    },
    /// The client's answer to the offer with this version; an answer to an older offer changes nothing.
    Answer {
        room: RoomId,
        peer: PeerId,
        version: u32,
        answer: String,
        reply: oneshot::Sender<Result<(), SdpError>>,
    },
    Leave {
        room: RoomId,
        peer: PeerId,
    },
    /// Off: no packet of media and no report about media leaves in this room.
    SetForwarding {
        room: RoomId,
        on: bool,
    },
    /// Withholds one kind of a participant's media from all others, whatever the client does.
    SetMuted {
        room: RoomId,
        peer: PeerId,
        kind: Kind,
        muted: bool,
    },
}

impl Command {
    fn room(&self) -> RoomId {
        match self {
            Command::OpenRoom { room }
            | Command::CloseRoom { room }
            | Command::Publish { room, .. }
            | Command::Subscribe { room, .. }
            | Command::Answer { room, .. }
            | Command::Leave { room, .. }
            | Command::SetForwarding { room, .. }
            | Command::SetMuted { room, .. } => *room,
        }
    }
}

/// What a room tells the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// To be passed to the client; each offer supersedes the earlier ones. Versions of a peer only grow.
    Offer { room: RoomId, peer: PeerId, version: u32, offer: String },
    /// Keys are agreed and packets may flow, for the first time or again after [`Event::Lost`].
    Connected { room: RoomId, peer: PeerId, side: Side },
    /// No authenticated packet came for five seconds, or the client closed its end. It may come back by itself; only
    /// [`Command::Leave`] ends it.
    Lost { room: RoomId, peer: PeerId, side: Side },
    /// The first packet of a track of this participant has arrived.
    TrackStarted { room: RoomId, peer: PeerId, kind: Kind },
}

/// Totals since the start, except where a field says "now". Fit for counters and gauges of Prometheus.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stats {
    /// Rooms open now.
    pub rooms: u64,
    /// Participants with at least one connection now.
    pub peers: u64,
    /// Connections whose keys are not agreed yet, now.
    pub half_open: u64,
    pub datagrams_in: u64,
    pub bytes_in: u64,
    /// RTP packets that passed authentication.
    pub packets_in: u64,
    /// RTP packets handed to the kernel for receivers, retransmissions included.
    pub packets_out: u64,
    /// Bytes of media payload forwarded.
    pub bytes_out: u64,
    /// Datagrams that the kernel would not take.
    pub dropped: u64,
    /// Datagrams that were malformed, unauthenticated or from nobody we know.
    pub rejected: u64,
    /// RTP packets not forwarded because the room or the track is silenced.
    pub withheld: u64,
    pub stun_checks: u64,
    /// Packets asked for by receivers, and those of them that were sent again.
    pub nacks_in: u64,
    pub retransmitted: u64,
    /// Packets asked for from publishers.
    pub nacks_out: u64,
    /// Key frames asked for by receivers and, after the rate limit, from publishers.
    pub plis_in: u64,
    pub plis_out: u64,
    /// Handshakes completed, by SRTP profile.
    pub handshakes_gcm: u64,
    pub handshakes_sha1: u64,
    /// Events lost to a full queue. Offers are not lost: they are made again.
    pub events_lost: u64,
}

impl Stats {
    /// Adds another thread's figures.
    fn add(&mut self, other: &Stats) {
        macro_rules! sum { ($($field:ident),*) => { $(self.$field += other.$field;)* } }
        sum!(
            rooms,
            peers,
            half_open,
            datagrams_in,
            bytes_in,
            packets_in,
            packets_out,
            bytes_out,
            dropped,
            rejected,
            withheld,
            stun_checks,
            nacks_in,
            retransmitted,
            nacks_out,
            plis_in,
            plis_out,
            handshakes_gcm,
            handshakes_sha1,
            events_lost
        );
    }
}

/// The command was not taken: the thread is overloaded or has stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the media thread takes no more commands now")]
pub struct QueueFull;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("no address to listen on")]
    NoAddress,
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    #[error("cannot make a certificate: {0}")]
    Identity(String),
}

/// Handle to the media threads; cheap to clone. The threads end with [`Media::shutdown`] or with the last handle.
#[derive(Clone)]
pub struct Media {
    threads: Arc<[Handle]>,
}

impl Media {
    /// Binds the sockets and starts one thread per address.
    pub fn start(config: Config, identity: Identity) -> Result<(Media, mpsc::Receiver<Event>), StartError> {
        if config.listen.is_empty() {
            return Err(StartError::NoAddress);
        }
        let (events, received) = mpsc::channel(EVENT_QUEUE);
        let threads = config
            .listen
            .iter()
            .map(|listen| thread::start(*listen, &config.advertise, identity.clone(), events.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        Ok((Media { threads: threads.into() }, received))
    }

    /// The addresses really bound, one per thread.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.threads.iter().map(Handle::local_address).collect()
    }

    /// Queues a command for the thread that owns the room. A dropped command drops its reply channel.
    pub fn command(&self, command: Command) -> Result<(), QueueFull> {
        // Ids are random, so their remainder spreads rooms evenly; a room never changes its thread.
        let owner = command.room().0 % self.threads.len() as u128;
        self.threads[owner as usize].send(command)
    }

    /// Sums of all threads, at most a few milliseconds old while packets flow.
    pub fn stats(&self) -> Stats {
        let mut total = Stats::default();
        for thread in self.threads.iter() {
            total.add(&thread.stats());
        }
        total
    }

    /// Says goodbye to every client, ends the threads and waits for them (milliseconds).
    pub fn shutdown(self) {
        for thread in self.threads.iter() {
            thread.stop();
        }
        for thread in self.threads.iter() {
            thread.join();
        }
    }
}
