//! A network path in user space: it loses datagrams of media and gives its client new addresses. Each of the client's
//! sockets has an address of its own towards the server.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

struct Shared {
    /// Where the client believes the server to be.
    inner: UdpSocket,
    server: SocketAddr,
    loss_percent: AtomicU8,
    chance: AtomicU32,
    outer: Mutex<HashMap<SocketAddr, Arc<UdpSocket>>>,
}

pub struct Path(Arc<Shared>);

impl Path {
    pub fn new(server: SocketAddr, loss_percent: u8) -> Path {
        let inner = UdpSocket::bind((server.ip(), 0)).expect("loopback");
        let shared = Arc::new(Shared {
            inner,
            server,
            loss_percent: AtomicU8::new(loss_percent),
            chance: AtomicU32::new(1),
            outer: Mutex::default(),
        });
        let up = shared.clone();
        std::thread::spawn(move || up.carry_up());
        Path(shared)
    }

    /// The description with this path in the server's place.
    pub fn redirect(&self, sdp: &str) -> String {
        let here = self.0.inner.local_addr().expect("bound").port();
        sdp.replace(&format!(" {} ", self.0.server.port()), &format!(" {here} "))
    }

    pub fn set_loss(&self, percent: u8) {
        self.0.loss_percent.store(percent, Ordering::Relaxed);
    }

    pub fn change_address(&self) {
        self.0.outer.lock().expect("no panic under it").clear();
    }
}

impl Shared {
    /// Loss of media; checks and handshakes suffer only when everything does.
    fn loses(&self, datagram: &[u8]) -> bool {
        let percent = u32::from(self.loss_percent.load(Ordering::Relaxed));
        let is_media = datagram.first().is_some_and(|first| *first >= 128);
        // A linear congruence: the same losses in every run.
        let next = |seed: u32| Some(seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
        let seed = self.chance.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).unwrap_or_default();
        (is_media || percent == 100) && (seed >> 16) % 100 < percent
    }

    fn carry_up(self: Arc<Shared>) {
        let mut buffer = [0; 2048];
        while let Ok((len, client)) = self.inner.recv_from(&mut buffer) {
            if self.loses(&buffer[..len]) {
                continue;
            }
            let mut outer = self.outer.lock().expect("no panic under it");
            let socket = outer.entry(client).or_insert_with(|| self.clone().new_address(client));
            let _ = socket.send_to(&buffer[..len], self.server);
        }
    }

    fn new_address(self: Arc<Shared>, client: SocketAddr) -> Arc<UdpSocket> {
        let socket = Arc::new(UdpSocket::bind((self.server.ip(), 0)).expect("loopback"));
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let down = socket.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while let Ok((len, _)) = down.recv_from(&mut buffer) {
                let current = self.outer.lock().expect("no panic under it").get(&client).map(Arc::as_ptr);
                if current != Some(Arc::as_ptr(&down)) {
                    return; // the old address is gone, as on a real network
                }
                if !self.loses(&buffer[..len]) {
                    let _ = self.inner.send_to(&buffer[..len], client);
                }
            }
        });
        socket
    }
}
