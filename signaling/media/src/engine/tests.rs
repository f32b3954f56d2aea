//! The engine against hostile and damaged input, and its promise about nonces, on datagrams that it really sends.

use super::connection::Presence;
use super::*;
use crate::ids::Kind;
use crate::rtcp::Writer;
use crate::srtp::{Keys, MAX_TRAILER, Profile};
use rand::SeedableRng;
use std::collections::HashMap;
use tokio::sync::oneshot;

const OFFER: &str = include_str!("../../tests/sdp/chromium-publisher-offer.sdp");
const ANSWER: &str = include_str!("../../tests/sdp/chromium-subscriber-answer.sdp");
const ROOM: RoomId = RoomId(1);
const MOTHER: PeerId = PeerId(1);
const SON: PeerId = PeerId(2);

/// A client's end of an association, whose handshake is skipped.
struct End {
    socket: UdpSocket,
    address: SocketAddr,
    keys: Keys,
}

/// An engine with a publisher and a subscriber whose keys are known.
struct Bench {
    engine: Engine,
    now: Instant,
    rng: StdRng,
    publisher: End,
    subscriber: End,
    _events: mpsc::Receiver<Event>,
}

/// Both ends of an association from the same material.
fn keys(seed: u8) -> (Keys, Keys) {
    let profile = Profile::Aes128Gcm;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for (a, b) in [(16, seed), (12, seed + 2)] {
        ours.extend([vec![b; a], vec![b + 1; a]].concat());
        theirs.extend([vec![b + 1; a], vec![b; a]].concat());
    }
    let make = |material: &[u8]| Keys::from_material(profile, material).expect("enough material");
    (make(&ours), make(&theirs))
}

impl Bench {
    fn new(seed: u64) -> Bench {
        let now = Instant::now();
        let (events, received) = mpsc::channel(1000);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback");
        let local = socket.local_addr().expect("bound");
        let identity = Identity::generate().expect("a certificate");
        let rng = StdRng::seed_from_u64(seed);
        let mut engine = Engine::new(identity, vec![local], socket, events, rng, now);
        engine.command(now, Command::OpenRoom { room: ROOM });
        let (reply, _answer) = oneshot::channel();
        engine.command(now, Command::Publish { room: ROOM, peer: MOTHER, offer: OFFER.into(), reply });
        engine.command(now, Command::Subscribe { room: ROOM, peer: SON });
        let room = &engine.rooms[&ROOM];
        let publisher = room.peer(MOTHER).and_then(|peer| peer.publisher).expect("published");
        let subscriber = room.peer(SON).and_then(|peer| peer.subscriber).expect("subscribed");
        let ends = [(publisher, 10), (subscriber, 60)].map(|(slot, seed)| engine.skip_handshake(now, slot, seed));
        let (reply, mut taken) = oneshot::channel();
        let version = engine.rooms[&ROOM].peer(SON).expect("there").last_version;
        engine.command(now, Command::Answer { room: ROOM, peer: SON, version, answer: ANSWER.into(), reply });
        assert_eq!(taken.try_recv(), Ok(Ok(())));
        let [publisher, subscriber] = ends;
        Bench { engine, now, rng: StdRng::seed_from_u64(seed), publisher, subscriber, _events: received }
    }

    fn chance(&mut self, below: u32) -> u32 {
        self.rng.random_range(0..below)
    }

    /// The publisher sends a packet.
    fn publish(&mut self, payload_type: u8, ssrc: u32, index: u64, payload: &[u8]) {
        let mut packet = vec![0x80, payload_type];
        packet.extend((index as u16).to_be_bytes());
        packet.extend((index as u32).wrapping_mul(3000).to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet.extend(payload);
        let len = packet.len();
        packet.extend([0; MAX_TRAILER]);
        let len = self.publisher.keys.sealer.rtp(&mut packet, len, 12, ssrc, index);
        self.engine.datagram(self.now, self.publisher.address, &mut packet[..len]);
    }

    /// The subscriber sends a compound.
    fn report(&mut self, plain: &[u8]) {
        let mut packet = plain.to_vec();
        packet.extend([0; MAX_TRAILER]);
        let len = self.subscriber.keys.sealer.rtcp(&mut packet, plain.len());
        self.engine.datagram(self.now, self.subscriber.address, &mut packet[..len]);
    }

    /// RTP datagrams that have reached the subscriber.
    fn arrived(&mut self) -> Vec<Vec<u8>> {
        self.engine.flush();
        let (mut buffer, mut all) = ([0; 2048], vec![]);
        while let Ok(len) = self.subscriber.socket.recv(&mut buffer) {
            if !(192..=223).contains(&buffer[1]) {
                all.push(buffer[..len].to_vec());
            }
        }
        all
    }

    fn video_ssrc(&self) -> u32 {
        let slot = self.engine.rooms[&ROOM].peer(SON).and_then(|peer| peer.subscriber).expect("subscribed");
        let connection = self.engine.connections.get(slot).expect("it is there");
        let connection::Half::Subscriber(subscriber) = &connection.half else { panic!("a publisher") };
        subscriber.lines.iter().find(|line| line.kind == Kind::Video).expect("a line").stream.ssrc
    }
}

impl Engine {
    fn skip_handshake(&mut self, now: Instant, slot: Slot, seed: u8) -> End {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback");
        socket.set_nonblocking(true).expect("it can");
        crate::udp::tune(&socket);
        let address = socket.local_addr().expect("bound");
        let (ours, theirs) = keys(seed);
        let connection = self.connections.get_mut(slot).expect("it is there");
        connection.ice.learn(now, address, true);
        connection.keys = Some(Box::new(ours));
        connection.presence = Presence::Up;
        self.by_address.insert(address, slot);
        End { socket, address, keys: theirs }
    }
}

/// The plaintexts under one (SSRC, sequence number) are one: datagrams with the same nonce are the same datagrams.
#[test]
fn no_nonce_is_used_for_two_datagrams() {
    for seed in 0..12 {
        let mut bench = Bench::new(seed);
        let mut sent: HashMap<(u32, u16), Vec<u8>> = HashMap::new();
        let (mut ssrc, mut index, mut rtx_index, mut repeated, mut repairs) = (1000, 5_000u64, 0u64, 0, 0);
        for step in 0..3_000u32 {
            bench.now += Duration::from_millis(3);
            match bench.chance(100) {
                0..=59 => {
                    index += 1 + u64::from(bench.chance(10) == 0) * u64::from(bench.chance(5));
                    bench.publish(96, ssrc, index, &[0x10, step as u8, (step >> 8) as u8, ssrc as u8]);
                }
                60..=64 => {
                    let behind = u64::from(bench.chance(60));
                    bench.publish(96, ssrc, index - behind, &[0x10, 0xee, step as u8]);
                }
                65..=69 => {
                    rtx_index += 1;
                    let original = (index - u64::from(bench.chance(100))) as u16;
                    let [a, b] = original.to_be_bytes();
                    bench.publish(97, 9_999, rtx_index, &[a, b, 0x10, 0xdd, step as u8, (step >> 8) as u8]);
                }
                70..=71 if ssrc < 1_020 => (ssrc, index) = (ssrc + 1, u64::from(bench.chance(30_000)) + 200),
                72..=73 => {
                    let now = bench.now;
                    bench.engine.command(now, Command::SetForwarding { room: ROOM, on: false });
                    bench.publish(96, ssrc, index + 1, &[0x10, 0xaa]);
                    index += 1;
                    bench.engine.command(now, Command::SetForwarding { room: ROOM, on: true });
                }
                74..=79 => {
                    bench.engine.tick(bench.now);
                }
                _ => {
                    let highest = sent.keys().filter(|(s, _)| *s == bench.video_ssrc()).map(|(_, n)| *n).max();
                    let wanted = highest.unwrap_or(0).wrapping_sub(bench.chance(80) as u16);
                    let mut request = Writer::new();
                    request.nack(bench.video_ssrc(), &[wanted, wanted.wrapping_add(3)]);
                    bench.report(request.bytes());
                }
            }
            for datagram in bench.arrived() {
                let header = Header::parse(&datagram).expect("our own header");
                repairs += u32::from(header.payload_type == 97);
                if let Some(before) = sent.insert((header.ssrc, header.sequence), datagram.clone()) {
                    repeated += 1;
                    assert_eq!(before, datagram, "seed {seed}, step {step}");
                }
            }
        }
        assert!(sent.len() > 1_000 && repairs > 50, "{} sent, {repairs} repairs, {repeated} repeated", sent.len());
    }
}

#[test]
fn what_comes_out_is_what_went_in() {
    let mut bench = Bench::new(1);
    bench.publish(96, 1000, 7_000, &[0x10, 1, 2, 3]);
    bench.publish(96, 1000, 7_001, &[0x10, 4, 5, 6]);
    bench.publish(111, 1001, 900, &[7, 8]);
    let mut payloads = vec![];
    for mut datagram in bench.arrived() {
        let header = Header::parse(&datagram).expect("a header");
        let opener = &mut bench.subscriber.keys.opener;
        let opened = opener.rtp(&mut datagram, header.len, header.ssrc, header.sequence).expect("authentic");
        payloads.push((header.payload_type, datagram[header.len..opened.len].to_vec()));
    }
    assert_eq!(payloads, [(96, vec![0x10, 1, 2, 3]), (96, vec![0x10, 4, 5, 6]), (111, vec![7, 8])]);
}

#[test]
fn a_flood_of_requests_is_answered_within_its_budget() {
    let mut bench = Bench::new(1);
    for index in 0..300 {
        bench.publish(96, 1000, 5_000 + index, &[0x10, index as u8]);
    }
    let highest = bench.arrived().iter().filter_map(|datagram| Header::parse(datagram)).map(|h| h.sequence).max();
    let highest = highest.expect("packets came");
    let wanted: Vec<u16> = (0..200).map(|back| highest - 200 + back).collect();
    for _ in 0..50 {
        let mut request = Writer::new();
        request.nack(bench.video_ssrc(), &wanted);
        bench.report(request.bytes());
    }
    let repaired = bench.arrived().len();
    assert!((1..=64).contains(&repaired), "{repaired}");
}

#[test]
fn hostile_datagrams_are_counted_and_harm_nobody() {
    let mut bench = Bench::new(7);
    let strangers: SocketAddr = "127.0.0.1:9".parse().expect("an address");
    let addresses = [strangers, bench.publisher.address, bench.subscriber.address];
    let seeds = [stun_sample(), hello_sample(), vec![0x80; 60], vec![0x80, 200, 0, 6, 0, 0, 0, 1, 9, 9, 9, 9]];
    for step in 0..60_000usize {
        let mut datagram = seeds[step % seeds.len()].clone();
        match bench.chance(3) {
            0 => datagram = (0..bench.chance(300)).map(|_| bench.rng.random()).collect(),
            1 => datagram.truncate(bench.chance(datagram.len() as u32) as usize),
            _ => {}
        }
        for _ in 0..bench.chance(6) {
            let at = bench.chance(datagram.len().max(1) as u32) as usize;
            if let Some(byte) = datagram.get_mut(at) {
                *byte ^= 1 << bench.chance(8);
            }
        }
        let from = addresses[step % addresses.len()];
        bench.engine.datagram(bench.now, from, &mut datagram);
    }
    assert!(bench.engine.stats().rejected > 20_000);
    bench.publish(96, 1000, 5_000, &[0x10, 1]);
    assert_eq!(bench.arrived().len(), 1, "the visit goes on");
}

/// Sealed by a participant who means harm: everything behind authentication is read without trust, too.
#[test]
fn hostile_participants_harm_nobody() {
    let mut bench = Bench::new(9);
    for step in 0..20_000u64 {
        bench.now += Duration::from_micros(500);
        let mut payload: Vec<u8> = (0..bench.chance(1_460)).map(|_| bench.rng.random()).collect();
        if step % 2 == 0 {
            let payload_type = [96, 97, 111, 5][bench.chance(4) as usize];
            let ssrc = 1000 + bench.chance(6);
            bench.publish(payload_type, ssrc, 5_000 + step, &payload);
        } else {
            payload.truncate(1_200);
            let kinds = [200, 201, 202, 205, 206, 207];
            let (kind, words) = (kinds[bench.chance(6) as usize], bench.chance(20) as u8);
            let mut compound = vec![0x80 | bench.chance(32) as u8, kind, 0, words];
            compound.extend(bench.video_ssrc().to_be_bytes());
            compound.extend(bench.video_ssrc().to_be_bytes());
            compound.extend(payload);
            bench.report(&compound);
        }
        bench.engine.tick(bench.now);
    }
    bench.arrived();
    let after = 25_100;
    bench.publish(96, 1000, after, &[0x10, 1]);
    assert_eq!(bench.arrived().len(), 1, "the visit goes on");
}

#[test]
fn a_room_that_closes_leaves_nothing_behind() {
    let mut bench = Bench::new(1);
    bench.engine.command(bench.now, Command::CloseRoom { room: ROOM });
    assert!(bench.engine.is_idle());
    assert!(bench.engine.by_address.is_empty() && bench.engine.by_ufrag.is_empty() && bench.engine.rooms.is_empty());
}

#[test]
fn no_more_rooms_are_opened_than_a_thread_bears() {
    let mut bench = Bench::new(1);
    for room in 0..MAX_ROOMS_PER_THREAD as u128 + 50 {
        bench.engine.command(bench.now, Command::OpenRoom { room: RoomId(room << 64) });
    }
    assert_eq!(bench.engine.stats().rooms, MAX_ROOMS_PER_THREAD as u64);
}

fn stun_sample() -> Vec<u8> {
    let mut request = vec![0, 1, 0, 0x2c, 0x21, 0x12, 0xa4, 0x42];
    request.extend([5; 12]);
    request.extend([0, 6, 0, 9]);
    request.extend(*b"evtj:h6vY\0\0\0");
    request.extend([0, 8, 0, 20]);
    request.extend([9; 20]);
    let length = request.len() as u16 - 20;
    request[2..4].copy_from_slice(&length.to_be_bytes());
    request
}

fn hello_sample() -> Vec<u8> {
    let mut hello =
        vec![22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 70, 1, 0, 0, 58, 0, 0, 0, 0, 0, 0, 0, 0, 58, 0xfe, 0xfd];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 15, 0, 23, 0, 0, 0, 14, 0, 7, 0, 4, 0, 1, 0, 7, 0, 0]);
    hello
}
