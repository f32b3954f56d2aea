//! CPU per forwarded packet and added delay of the engine, beside the bare relay in the same run, by turns.
//! Prints one JSON line a figure. Run by `tests/bench.sh media`.

use media::load::{self, Bare, Credentials, Link, Measured, Shape};
use media::{Command, Config, Event, Identity, Media, PeerId, RoomId};
use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

type Failure = Box<dyn Error>;

/// Counted pairs, after one that is not.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);
/// The engine's own name for its thread, and ours for the relay's.
const ENGINE_THREAD: &str = "media";
const BARE_THREAD: &str = "bare";

fn main() -> Result<(), Failure> {
    for (rooms, people) in [(25, 2), (5, 5)] {
        let (_media, mut engine) = engine(rooms, people)?;
        let (_bare, publishers, subscribers) = Bare::start(BARE_THREAD, rooms, people)?;
        let mut bare = Side { thread: BARE_THREAD, publishers, subscribers };
        let (mut engines, mut bares) = (vec![], vec![]);
        for round in 0..=ROUNDS {
            let pair = (engine.measure()?, bare.measure()?);
            if round > 0 {
                engines.push(pair.0);
                bares.push(pair.1);
            }
            eprintln!("{rooms} rooms of {people}, round {round} of {ROUNDS}");
        }
        let name = format!("rooms_{rooms}x{people}");
        tell(&format!("{name}.engine"), &engines);
        tell(&format!("{name}.bare"), &bares);
        let ratios = engines.iter().zip(&bares).map(|(engine, bare)| engine.cpu_ns / bare.cpu_ns).collect();
        figure(&format!("{name}.cpu_ratio"), median(ratios), "engine / bare, median of pairs", ROUNDS);
    }
    Ok(())
}

/// Who is measured under a load of their own.
struct Side {
    thread: &'static str,
    publishers: Vec<Link>,
    subscribers: Vec<Link>,
}

struct Round {
    /// Of the forwarding thread, per packet that arrived at a receiver.
    cpu_ns: f64,
    measured: Measured,
}

impl Side {
    fn measure(&mut self) -> Result<Round, Failure> {
        let before = cpu_ns(self.thread)?;
        let measured = load::run(&mut self.publishers, &mut self.subscribers, Shape::default(), ROUND);
        let cpu_ns = (cpu_ns(self.thread)? - before) as f64 / measured.received.max(1) as f64;
        Ok(Round { cpu_ns, measured })
    }
}

/// What the scheduler has counted for the thread of this name, kernel's part included.
fn cpu_ns(thread: &str) -> Result<u64, Failure> {
    for task in std::fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if std::fs::read_to_string(task.join("comm"))?.trim() == thread {
            let text = std::fs::read_to_string(task.join("schedstat"))?;
            return Ok(text.split(' ').next().ok_or("an empty schedstat")?.parse()?);
        }
    }
    Err(format!("no thread {thread}").into())
}

/// The engine with its rooms full: everybody publishes, everybody receives all others on one connection.
fn engine(rooms: usize, people: usize) -> Result<(Media, Side), Failure> {
    let identity = Identity::generate()?;
    let config = Config { listen: vec!["127.0.0.1:0".parse()?], advertise: vec![] };
    let (media, mut events) = Media::start(config, Identity::generate()?)?;
    let server = media.local_addresses()[0];
    let mut side = Side { thread: ENGINE_THREAD, publishers: vec![], subscribers: vec![] };
    for number in 0..rooms {
        let room = RoomId(number as u128);
        media.command(Command::OpenRoom { room })?;
        let peers: Vec<PeerId> = (0..people).map(|person| PeerId((person as u128 + 1) << 96)).collect();
        for peer in &peers {
            let place = side.publishers.len();
            let ours = Credentials::numbered(place);
            let (reply, answer) = oneshot::channel();
            let offer = load::offer(&identity, &ours);
            media.command(Command::Publish { room, peer: *peer, offer, reply })?;
            let answer = answer.blocking_recv()??;
            side.publishers.push(Link::connect(&identity, &ours, &answer, server, place as u32 * 2 + 1)?);
        }
        for (peer, (version, offer)) in offers(&media, &mut events, room, &peers)? {
            let ours = Credentials::numbered(5000 + side.subscribers.len());
            let answer = load::answer(&identity, &ours, &offer);
            let (reply, taken) = oneshot::channel();
            media.command(Command::Answer { room, peer, version, answer, reply })?;
            taken.blocking_recv()??;
            side.subscribers.push(Link::connect(&identity, &ours, &offer, server, 0)?);
        }
    }
    Ok((media, side))
}

/// The first offer to each participant, all others being there already.
fn offers(
    media: &Media,
    events: &mut mpsc::Receiver<Event>,
    room: RoomId,
    peers: &[PeerId],
) -> Result<HashMap<PeerId, (u32, String)>, Failure> {
    for peer in peers {
        media.command(Command::Subscribe { room, peer: *peer })?;
    }
    let mut offers = HashMap::new();
    while offers.len() < peers.len() {
        if let Event::Offer { peer, version, offer, .. } = events.blocking_recv().ok_or("the engine has ended")? {
            offers.insert(peer, (version, offer));
        }
    }
    Ok(offers)
}

fn tell(who: &str, rounds: &[Round]) {
    let count = |of: fn(&Measured) -> u64| rounds.iter().map(|round| of(&round.measured)).sum::<u64>();
    let (sent, received) = (count(|measured| measured.sent), count(|measured| measured.received));
    figure(&format!("{who}.cpu"), median(rounds.iter().map(|round| round.cpu_ns).collect()), "ns/packet", rounds.len());
    figure(&format!("{who}.forwarded_per_sent"), received as f64 / sent as f64, "packets", sent as usize);
    let mut delays: Vec<u64> = rounds.iter().flat_map(|round| round.measured.delays_ns.iter().copied()).collect();
    delays.sort_unstable();
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let delay = delays.get((delays.len() as f64 * share) as usize).copied().unwrap_or_default();
        figure(&format!("{who}.delay.{name}"), delay as f64 / 1e3, "µs, send to receive", delays.len());
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn figure(name: &str, value: f64, unit: &str, n: usize) {
    println!("{{\"figure\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\",\"n\":{n}}}");
}
