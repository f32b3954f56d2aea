//! A media thread: waits on its socket with a deadline, and is woken for commands by a one-byte datagram.

use crate::dtls::Identity;
use crate::engine::{Engine, TICK};
use crate::seam::{Command, Event, QueueFull, StartError, Stats};
use crate::udp::{self, Inbox};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Commands that may wait for one thread; each is handled in well under a millisecond.
const COMMAND_QUEUE: usize = 1024;
/// Commands handled between two looks at the socket.
const COMMANDS_AT_ONCE: usize = 16;
/// Without connections there is nothing to do but obey, and for that the thread is woken.
const IDLE_WAIT: Duration = Duration::from_millis(500);
/// A datagram of this one byte belongs to no protocol here; it only ends the wait.
const WAKE: [u8; 1] = [255];
/// Batches taken before commands and timers are looked at, so that a flood cannot hold them up.
const BATCHES_AT_ONCE: usize = 16;

/// What the program holds of a thread.
pub struct Handle {
    queue: SyncSender<Command>,
    local: SocketAddr,
    waker: UdpSocket,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What thread and program both see.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    stats: Mutex<Stats>,
}

/// Binds a socket and starts its thread.
pub fn start(
    listen: SocketAddr,
    advertise: &[IpAddr],
    identity: Identity,
    events: mpsc::Sender<Event>,
) -> Result<Handle, StartError> {
    let refused = |source| StartError::Listen { address: listen, source };
    let socket = UdpSocket::bind(listen).map_err(refused)?;
    let local = socket.local_addr().map_err(refused)?;
    socket.set_read_timeout(Some(TICK)).map_err(refused)?;
    let sending = socket.try_clone().map_err(refused)?;
    let waker = UdpSocket::bind((reachable(local.ip()), 0)).map_err(refused)?;
    let candidates = candidates(local, advertise);
    let rng = StdRng::from_seed(seed()?);
    let (queue, commands) = sync_channel(COMMAND_QUEUE);
    let shared = Arc::new(Shared::default());
    let seen = shared.clone();
    let thread = std::thread::Builder::new()
        .name("media".into())
        .spawn(move || {
            let engine = Engine::new(identity, candidates, sending, events, rng, Instant::now());
            run(engine, &socket, &commands, &seen);
        })
        .map_err(StartError::Thread)?;
    Ok(Handle { queue, local, waker, shared, thread: Mutex::new(Some(thread)) })
}

/// From the operating system's source; passwords of ICE are drawn from it.
fn seed() -> Result<[u8; 32], StartError> {
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).map_err(|_| StartError::Identity("no randomness".to_owned()))?;
    Ok(seed)
}

/// Where the thread can be reached from this machine.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

fn candidates(local: SocketAddr, advertise: &[IpAddr]) -> Vec<SocketAddr> {
    if advertise.is_empty() {
        return vec![SocketAddr::new(reachable(local.ip()), local.port())];
    }
    advertise.iter().map(|ip| SocketAddr::new(*ip, local.port())).collect()
}

impl Handle {
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    pub fn send(&self, command: Command) -> Result<(), QueueFull> {
        self.queue.try_send(command).map_err(|_| QueueFull)?;
        self.wake();
        Ok(())
    }

    /// A wake-up that is lost in a full socket buffer is not needed: the thread is awake then.
    fn wake(&self) {
        let _ = self.waker.send_to(&WAKE, (reachable(self.local.ip()), self.local.port()));
    }

    pub fn stats(&self) -> Stats {
        *self.shared.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        self.wake();
    }

    pub fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("a media thread had panicked");
        }
    }
}

/// The loop of a thread: datagrams, commands, time.
fn run(mut engine: Engine, socket: &UdpSocket, commands: &Receiver<Command>, shared: &Shared) {
    udp::tune(socket);
    let mut inbox = Inbox::new();
    let mut waits_idle = false;
    while !shared.stop.load(Ordering::Acquire) {
        if engine.is_idle() != waits_idle {
            waits_idle = engine.is_idle();
            let wait = if waits_idle { IDLE_WAIT } else { TICK };
            if let Err(error) = socket.set_read_timeout(Some(wait)) {
                tracing::error!(%error, "the media socket takes no timeout");
            }
        }
        let now = receive(&mut engine, socket, &mut inbox);
        if !obey(&mut engine, commands, now) {
            break;
        }
        if (engine.tick(now) || engine.is_idle())
            && let Ok(mut stats) = shared.stats.try_lock()
        {
            *stats = engine.stats();
        }
    }
    engine.shut_down(Instant::now());
}

/// Waits for datagrams and takes those that are there; returns the time.
fn receive(engine: &mut Engine, socket: &UdpSocket, inbox: &mut Inbox) -> Instant {
    let mut now = Instant::now();
    for batch in 0..BATCHES_AT_ONCE {
        let (received, more) = inbox.receive(socket, batch == 0);
        now = Instant::now();
        for position in 0..received {
            let (from, datagram) = inbox.get(position);
            if datagram != WAKE {
                engine.datagram(now, from, datagram);
            }
        }
        if !more {
            break;
        }
        engine.flush_if_full(udp::BATCH * crate::engine::MAX_PEERS_PER_ROOM);
    }
    engine.flush();
    now
}

/// Handles waiting commands; false when nobody can send any more.
fn obey(engine: &mut Engine, commands: &Receiver<Command>, now: Instant) -> bool {
    for _ in 0..COMMANDS_AT_ONCE {
        match commands.try_recv() {
            Ok(command) => engine.command(now, command),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => return false,
        }
    }
    true
}
