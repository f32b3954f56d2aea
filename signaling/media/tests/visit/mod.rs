//! Builders and actors of the call tests.

mod path;

use media::client::{Client, Load, Received};
use media::{Command, Config, Event, Identity, Kind, Media, PeerId, RoomId, SdpError};
use path::Path;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

const PATIENCE: Duration = Duration::from_secs(10);

/// Time for a command to take effect and for packets under way to arrive.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}

/// A participant's id: distinct in the leading bits, as real ids are.
pub fn peer(number: u128) -> PeerId {
    PeerId(number << 96 | 0xabcd)
}

/// One participant with a headless client.
pub struct Participant {
    pub id: PeerId,
    pub client: Client,
    room: RoomId,
    load: Load,
    path: Option<Path>,
    last_answer: Mutex<String>,
}

impl Participant {
    pub async fn new(number: u128, room: RoomId, load: Load) -> Participant {
        Participant::bound_to("127.0.0.1".parse().expect("an address"), number, room, load).await
    }

    async fn bound_to(ip: IpAddr, number: u128, room: RoomId, load: Load) -> Participant {
        let client = Client::new(ip).await.expect("a client");
        Participant { id: peer(number), client, room, load, path: None, last_answer: Mutex::default() }
    }

    pub fn received_from(&self, other: &Participant, kind: Kind) -> Option<Received> {
        self.client.received().into_iter().find(|received| received.owner == other.id && received.kind == kind)
    }

    pub fn packets_from(&self, other: &Participant, kind: Kind) -> u64 {
        self.received_from(other, kind).map_or(0, |received| received.packets)
    }

    pub fn all_packets(&self) -> u64 {
        self.client.received().iter().map(|received| received.packets).sum()
    }

    pub fn last_answer(&self) -> String {
        self.last_answer.lock().expect("no panic under it").clone()
    }

    /// The network gives the client another address.
    pub fn change_address(&self) {
        self.path.as_ref().expect("a path of its own").change_address();
    }

    /// Nothing passes any more.
    pub fn cut(&self) {
        self.path.as_ref().expect("a path of its own").set_loss(100);
    }

    /// The description as the participant's network shows it: with a path of its own, the server is behind that.
    fn through_path(&self, sdp: String) -> String {
        match &self.path {
            None => sdp,
            Some(path) => path.redirect(&sdp),
        }
    }

    async fn take_offer(&self, offer: String) -> String {
        let answer = self.client.answer(&self.through_path(offer)).await.expect("an answer");
        self.last_answer.lock().expect("no panic under it").clone_from(&answer);
        answer
    }
}

/// A server with one room, and everybody in it.
pub struct Visit {
    pub media: Media,
    pub room: RoomId,
    /// All but offers, which are answered as they come.
    pub events: Vec<Event>,
    incoming: mpsc::Receiver<Event>,
    participants: Vec<Arc<Participant>>,
    senders: Vec<JoinHandle<()>>,
    offers: HashMap<PeerId, String>,
}

impl Visit {
    pub async fn begin(listen: &str) -> Visit {
        let listen: SocketAddr = listen.parse().expect("an address");
        let config = Config { listen: vec![listen, listen], advertise: vec![] };
        let identity = Identity::generate().expect("a certificate");
        let (media, incoming) = Media::start(config, identity).expect("loopback is free");
        let room = RoomId(7);
        let visit = Visit {
            media,
            room,
            events: vec![],
            incoming,
            participants: vec![],
            senders: vec![],
            offers: HashMap::new(),
        };
        visit.command(Command::OpenRoom { room });
        visit
    }

    pub fn command(&self, command: Command) {
        self.media.command(command).expect("the queue has room");
    }

    pub fn mute(&self, who: &Participant, kind: Kind, muted: bool) {
        self.command(Command::SetMuted { room: self.room, peer: who.id, kind, muted });
    }

    pub async fn publish(&self, room: RoomId, peer: PeerId, offer: String) -> Result<String, SdpError> {
        let (reply, answer) = oneshot::channel();
        self.command(Command::Publish { room, peer, offer, reply });
        timeout(PATIENCE, answer).await.expect("an answer in time").expect("the thread lives")
    }

    pub async fn answer_as(&self, who: &Participant, version: u32, answer: &str) -> Result<(), SdpError> {
        let (reply, done) = oneshot::channel();
        let (room, peer, answer) = (who.room, who.id, answer.to_owned());
        self.command(Command::Answer { room, peer, version, answer, reply });
        timeout(PATIENCE, done).await.expect("a reply in time").expect("the thread lives")
    }

    pub async fn enter(&mut self, number: u128) -> Arc<Participant> {
        self.enter_room(self.room, number).await
    }

    pub async fn enter_room(&mut self, room: RoomId, number: u128) -> Arc<Participant> {
        let participant = Participant::bound_to(self.local_ip(), number, room, Load::default()).await;
        self.join(participant).await
    }

    pub async fn enter_sending(&mut self, number: u128, load: Load) -> Arc<Participant> {
        let participant = Participant::bound_to(self.local_ip(), number, self.room, load).await;
        self.join(participant).await
    }

    /// Over a path that loses this percentage of media, both ways.
    pub async fn enter_over_lossy_path(&mut self, number: u128, percent: u8) -> Arc<Participant> {
        let mut participant = Participant::bound_to(self.local_ip(), number, self.room, Load::default()).await;
        let server = self.media.local_addresses()[(self.room.0 % 2) as usize];
        participant.path = Some(Path::new(server, percent));
        self.join(participant).await
    }

    async fn join(&mut self, participant: Participant) -> Arc<Participant> {
        let participant = Arc::new(participant);
        self.participants.push(participant.clone());
        let offer = participant.client.offer().await.expect("an offer");
        let answer = self.publish(participant.room, participant.id, offer).await.expect("an answer");
        participant.client.accept_answer(&participant.through_path(answer)).await.expect("accepted");
        self.command(Command::Subscribe { room: participant.room, peer: participant.id });
        let connected = participant.client.publisher_connected();
        assert!(timeout(PATIENCE, connected).await.expect("connected in time"));
        self.senders.extend(participant.client.send(participant.load));
        self.run(Duration::from_millis(300)).await;
        participant
    }

    /// Lets time pass, answering offers as they come.
    pub async fn run(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Ok(event) = timeout_at(until, self.incoming.recv()).await {
            match event.expect("the threads live") {
                Event::Offer { peer, version, offer, .. } => self.take_offer(peer, version, offer).await,
                event => self.events.push(event),
            }
        }
    }

    async fn take_offer(&mut self, peer: PeerId, version: u32, offer: String) {
        self.offers.insert(peer, offer.clone());
        let Some(participant) = self.participants.iter().find(|participant| participant.id == peer).cloned() else {
            return;
        };
        let answer = participant.take_offer(offer).await;
        // A newer offer may be on its way already.
        let taken = self.answer_as(&participant, version, &answer).await;
        assert!(matches!(taken, Ok(()) | Err(SdpError::Stale)), "{taken:?}");
    }

    /// Ends all sending, and waits until repairs are through.
    pub async fn be_silent(&mut self) {
        self.senders.drain(..).for_each(|sender| sender.abort());
        self.run(Duration::from_millis(500)).await;
    }

    pub fn last_offer_lines(&self, who: &Participant) -> usize {
        self.offers.get(&who.id).map_or(0, |offer| offer.matches("\r\nm=").count())
    }

    fn local_ip(&self) -> IpAddr {
        self.media.local_addresses()[0].ip()
    }

    /// Closes everything; the threads must end.
    pub async fn end(mut self) {
        self.senders.drain(..).for_each(|sender| sender.abort());
        for participant in &self.participants {
            participant.client.close().await.expect("closed");
        }
        let media = self.media.clone();
        tokio::task::spawn_blocking(move || media.shutdown()).await.expect("the threads end");
    }
}
