//! The floor: recvmmsg, open, seal, sendmmsg. No rooms, no numbering, no repair, no reports.

use super::{Link, LoadError, PROFILE};
use crate::rtp::Header;
use crate::srtp::{Keys, MAX_TRAILER, Opener, Sealer};
use crate::udp::{self, DATAGRAM, Inbox, Outbox};
use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the thread looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// A relay in a thread of its own, with keys that nobody had to agree on.
pub struct Bare {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Receiver {
    to: SocketAddr,
    sealer: Sealer,
}

struct Relay {
    openers: HashMap<SocketAddr, (Opener, usize)>,
    rooms: Vec<Vec<(SocketAddr, Receiver)>>,
}

impl Bare {
    /// Rooms of so many, everybody sending to everybody else. `name` is the thread's. Returns senders and receivers.
    pub fn start(name: &str, rooms: usize, people: usize) -> Result<(Bare, Vec<Link>, Vec<Link>), LoadError> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let server = socket.local_addr()?;
        let mut relay = Relay { openers: HashMap::new(), rooms: vec![] };
        let (mut publishers, mut subscribers) = (vec![], vec![]);
        for room in 0..rooms {
            let mut receivers = vec![];
            for person in 0..people {
                let seed = room * people + person;
                let (sending, theirs) = link(server, seed)?;
                let (receiving, ours) = link(server, seed + rooms * people)?;
                let from = sending.socket.local_addr()?;
                relay.openers.insert(from, (theirs.opener, room));
                receivers.push((from, Receiver { to: receiving.socket.local_addr()?, sealer: ours.sealer }));
                publishers.push(sending);
                subscribers.push(receiving);
            }
            relay.rooms.push(receivers);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        socket.set_read_timeout(Some(LOOK))?;
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || relay.run(&socket, &seen))?;
        Ok((Bare { stop, thread: Some(thread) }, publishers, subscribers))
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic of the relay has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}

/// A connection to the relay, and the relay's end of it.
fn link(server: SocketAddr, seed: usize) -> Result<(Link, Keys), LoadError> {
    let socket = UdpSocket::bind((server.ip(), 0))?;
    socket.connect(server)?;
    let material: Vec<u8> = (0..PROFILE.material_len()).map(|place| (seed * 131 + place * 7) as u8).collect();
    let short = LoadError::Description("key material");
    let (Some(keys), Some(theirs)) = (Keys::of_client(PROFILE, &material), Keys::from_material(PROFILE, &material))
    else {
        return Err(short);
    };
    let ssrc = seed as u32 * 2 + 1;
    Ok((Link { socket, keys, check: vec![], ssrc, next: [0; 2], transport_sequence: 0 }, theirs))
}

impl Relay {
    fn run(mut self, socket: &UdpSocket, stop: &AtomicBool) {
        udp::tune(socket);
        let Ok(sending) = socket.try_clone() else { return };
        let (mut inbox, mut outbox) = (Inbox::new(), Outbox::new(sending));
        while !stop.load(Ordering::Acquire) {
            let (received, _) = inbox.receive(socket, true);
            for position in 0..received {
                let (from, datagram) = inbox.get(position);
                self.relay(from, datagram, &mut outbox);
            }
            outbox.flush();
        }
    }

    fn relay(&mut self, from: SocketAddr, datagram: &mut [u8], outbox: &mut Outbox) -> Option<()> {
        let header = Header::parse(datagram)?;
        let (opener, room) = self.openers.get_mut(&from)?;
        let opened = opener.rtp(datagram, header.len, header.ssrc, header.sequence)?;
        let plain = datagram.get(..opened.len).filter(|plain| plain.len() + MAX_TRAILER <= DATAGRAM)?;
        for (place, (owner, receiver)) in self.rooms[*room].iter().enumerate() {
            if *owner == from {
                continue;
            }
            let buffer = outbox.slot();
            buffer[..plain.len()].copy_from_slice(plain);
            let len = receiver.sealer.rtp(buffer, plain.len(), header.len, header.ssrc, opened.index);
            // Rooms have at most eight places, so this numbers all receivers.
            outbox.push((*room * 8 + place) as u32, receiver.to, len);
        }
        Some(())
    }
}
