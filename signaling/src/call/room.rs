//! The task of one room. It owns the state by `&mut`, asks admission again when something changed, and carries out what
//! the state decides: to websockets, to the media plane, into the database.
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use media::{Command, Kind, PeerId, SdpError};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::Notice;
use super::actions::{self, Record};
use super::calls::Glance;
use super::events::{Audience, HangUp, Input, Output, SocketId};
use super::inside::{Order, Peer};
use super::protocol::{ClientMessage, ErrorCode, Ice, MediaKind, ServerMessage, Welcome};
use super::reading::{self, Known};
use super::state::Room;
use crate::admission::Pass;
use crate::app::App;
use crate::audit::Actor;
use crate::id::{ParticipantId, VisitId};

/// How exactly the end of a visit and of a grace is kept.
const TICK: Duration = Duration::from_millis(250);
/// The media plane answers in milliseconds; after this something is wrong with it.
const MEDIA_REPLY: Duration = Duration::from_secs(2);
/// What waits to be written down: opened, live, over.
const RECORDS: usize = 8;
/// A visit has at most eight participants; each may try again once while the room reads.
const MAX_AT_THE_DOOR: usize = 16;
/// A database that is away comes back; until then media goes on.
const RETRY: Duration = Duration::from_secs(1);
const MAX_WRITES: usize = 60;

pub enum Mail {
    Joined {
        participant: ParticipantId,
        socket: SocketId,
        wire: Wire,
    },
    Said {
        participant: ParticipantId,
        socket: SocketId,
        message: ClientMessage,
    },
    Dropped {
        participant: ParticipantId,
        socket: SocketId,
    },
    Media(media::Event),
    Notice(Notice),
    /// Something about the visit changed in the database.
    Changed,
    /// The server stops.
    Stop,
}

/// The way back to one websocket: a bounded queue, and the means to end who does not take what is in it.
#[derive(Clone)]
pub struct Wire {
    pub outgoing: mpsc::Sender<Outgoing>,
    pub too_slow: CancellationToken,
}

pub enum Outgoing {
    Message(ServerMessage),
    HangUp(CloseCode),
}

/// Codes of the websocket's close frame (RFC 6455 and, from 4000, our own).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseCode {
    Normal = 1000,
    Restarting = 1001,
    Refused = 1008,
    TooLarge = 1009,
    TryAgain = 1013,
    Replaced = 4001,
}

impl Wire {
    /// Never waits: a client that does not read is ended, and the others go on.
    pub fn send(&self, outgoing: Outgoing) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.outgoing.try_send(outgoing) {
            self.too_slow.cancel();
        }
    }
}

/// A websocket at the door: whoever comes was let wait or let in a moment ago, so the room reads before it answers.
struct AtTheDoor {
    participant: ParticipantId,
    socket: SocketId,
    wire: Wire,
}

struct Host {
    app: App,
    visit: VisitId,
    known: Known,
    room: Room<Pass>,
    wires: HashMap<SocketId, Wire>,
    /// Came after the reading in hand began.
    at_the_door: Vec<AtTheDoor>,
    /// Answered when the reading in hand is here.
    next_in: Vec<AtTheDoor>,
    records: mpsc::Sender<Record>,
}

type Reading = Pin<Box<dyn Future<Output = Result<Known, sqlx::Error>> + Send>>;

/// Until nobody is there any more.
pub async fn run(app: App, visit: VisitId, mut mailbox: mpsc::Receiver<Mail>) {
    let Some(mut host) = Host::open(app.clone(), visit).await else {
        // Dropping the mailbox drops the wires in it: their sockets say `unavailable`.
        mailbox.close();
        app.calls.retire(visit, None, &mpsc::channel(1).1);
        return;
    };
    let room = host.known.room();
    app.calls.name(visit, room);
    let mut tick = tokio::time::interval(TICK);
    let (mut is_stale, mut may_read, mut reading) = (false, true, None::<Reading>);
    loop {
        if is_stale && may_read && reading.is_none() {
            (is_stale, reading) = (false, Some(Box::pin(reading::read(app.clone(), visit)) as Reading));
            host.next_in.append(&mut host.at_the_door);
        }
        tokio::select! {
            mail = mailbox.recv() => match mail {
                Some(Mail::Changed) => is_stale = true,
                Some(Mail::Stop) | None => break host.say_goodbye(),
                Some(mail) => {
                    host.take(mail);
                    is_stale |= !host.at_the_door.is_empty();
                }
            },
            known = async { reading.as_mut().expect("guarded").await }, if reading.is_some() => {
                reading = None;
                may_read = host.reread(known);
                is_stale |= !may_read;
            }
            _ = tick.tick() => {
                may_read = true;
                host.step(Input::Tick);
                if host.is_deserted() && app.calls.retire(visit, Some(room), &mailbox) {
                    break;
                }
            }
        }
    }
    host.close();
    app.calls.retire(visit, Some(room), &mpsc::channel(1).1);
}

impl Host {
    async fn open(app: App, visit: VisitId) -> Option<Self> {
        let mut known = match reading::read(app.clone(), visit).await {
            Ok(known) => known,
            Err(error) => {
                tracing::warn!(error = %error, "a room cannot read its visit");
                return None;
            }
        };
        let (records, written) = mpsc::channel(RECORDS);
        app.calls.tasks().spawn(write_down(app.clone(), known.visit.clone(), written));
        let room = Room::new(known.take_reading(), app.clock.now());
        Some(Host { app, visit, known, room, wires: HashMap::new(), at_the_door: vec![], next_in: vec![], records })
    }

    fn take(&mut self, mail: Mail) {
        match mail {
            Mail::Joined { participant, socket, wire } if self.at_the_door.len() < MAX_AT_THE_DOOR => {
                self.at_the_door.push(AtTheDoor { participant, socket, wire });
            }
            Mail::Joined { wire, .. } => wire.send(Outgoing::HangUp(CloseCode::TryAgain)),
            Mail::Said { participant, socket, message } => self.step(Input::Said { participant, socket, message }),
            Mail::Dropped { participant, socket } => {
                self.wires.remove(&socket);
                self.at_the_door.retain(|waiting| waiting.socket != socket);
                self.next_in.retain(|waiting| waiting.socket != socket);
                self.step(Input::Dropped { participant, socket });
            }
            Mail::Media(event) => self.hear_media(event),
            Mail::Notice(notice) => self.pass_on(notice),
            Mail::Changed | Mail::Stop => {} // the loop's own
        }
    }

    fn is_deserted(&self) -> bool {
        self.room.is_empty() && self.wires.is_empty() && self.at_the_door.is_empty() && self.next_in.is_empty()
    }

    fn welcome(&mut self, AtTheDoor { participant, socket, wire }: AtTheDoor) {
        let Some(seated) = self.known.participant(participant) else {
            return wire.send(Outgoing::HangUp(CloseCode::Refused));
        };
        let visit = &self.known.visit;
        let welcome = Welcome {
            participant: seated.public_id,
            visit_type: visit.kind,
            starts_at: visit.starts_at,
            ends_at: visit.ends_at,
            now: self.app.clock.now(),
            recorded: false,
            code_phrase: visit.code_phrase.to_vec(),
            check_number: self.app.config.check_number.clone(),
            ice: Ice::default(),
        };
        wire.send(Outgoing::Message(ServerMessage::Welcome(welcome)));
        self.wires.insert(socket, wire);
        self.step(Input::Joined { participant, socket });
    }

    /// False: not read; to be tried again.
    fn reread(&mut self, known: Result<Known, sqlx::Error>) -> bool {
        match known {
            Ok(mut known) => {
                let reading = known.take_reading();
                self.known = known;
                self.step(Input::Read(reading));
                for waiting in std::mem::take(&mut self.next_in) {
                    self.welcome(waiting);
                }
                true
            }
            Err(error) => {
                tracing::warn!(error = %error, "a room cannot read its visit; it goes on as it was");
                false
            }
        }
    }

    fn step(&mut self, input: Input<Pass>) {
        for output in self.room.step(input, self.app.clock.now()) {
            self.carry_out(output);
        }
        let glance = Glance { is_live: self.room.is_live(), present: self.room.present().collect() };
        self.app.calls.show(self.visit, glance);
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Tell { socket, message } => {
                if let ServerMessage::Error { code, .. } = &message {
                    count_refusal(*code);
                }
                if let Some(wire) = self.wires.get(&socket) {
                    wire.send(Outgoing::Message(message));
                }
            }
            Output::HangUp { socket, why } => {
                let code = match why {
                    HangUp::Normal => CloseCode::Normal,
                    HangUp::Replaced => CloseCode::Replaced,
                };
                if let Some(wire) = self.wires.remove(&socket) {
                    wire.send(Outgoing::HangUp(code));
                }
            }
            Output::Media(order) => self.order(order),
            Output::BecameLive => self.write(Record::Live),
            Output::Left { participant } => self.write(Record::Left { participant }),
            Output::Over { reason, by } => {
                let host = by.and_then(|id| self.known.participant(id)).and_then(|seated| seated.official);
                let by = host.map_or(Actor::System, Actor::Official);
                self.write(Record::Over { reason, by, institution: self.known.visit.institution });
            }
        }
    }

    fn write(&self, record: Record) {
        if self.records.try_send(record).is_err() {
            tracing::error!(record = ?record, "a room could not write down what happened");
        }
    }

    fn order(&mut self, order: Order) {
        let room = self.known.room();
        let command = match order {
            Order::Open => {
                self.write(Record::Opened);
                Command::OpenRoom { room }
            }
            Order::Close => Command::CloseRoom { room },
            Order::Forward { on } => Command::SetForwarding { room, on },
            Order::Publish { peer, offer } => {
                let (reply, answered) = oneshot::channel();
                self.answer_later(peer, answered, |result| Some(published(result)));
                let Some(peer) = self.media_peer(peer) else { return };
                Command::Publish { room, peer, offer, reply }
            }
            Order::Answer { peer, version, answer } => {
                let (reply, answered) = oneshot::channel();
                self.answer_later(peer, answered, answer_taken);
                let Some(peer) = self.media_peer(peer) else { return };
                Command::Answer { room, peer, version, answer, reply }
            }
            Order::Subscribe { peer } => {
                let Some(peer) = self.media_peer(peer) else { return };
                Command::Subscribe { room, peer }
            }
            Order::Mute { peer, kind, muted } => {
                let kind = match kind {
                    MediaKind::Audio => Kind::Audio,
                    MediaKind::Video => Kind::Video,
                };
                let Some(peer) = self.media_peer(peer) else { return };
                Command::SetMuted { room, peer, kind, muted }
            }
            Order::Leave { peer } => {
                let Some(peer) = self.media_peer(peer) else { return };
                Command::Leave { room, peer }
            }
        };
        if self.app.calls.media().command(command).is_err() {
            metrics::counter!("call_media_refused_total").increment(1);
            tracing::warn!(media.room = %room, "the media plane takes no more commands");
        }
    }

    fn media_peer(&self, peer: Peer) -> Option<PeerId> {
        self.known.participant(peer.participant()).map(|seated| PeerId(seated.public_id.uuid().as_u128()))
    }

    /// The media plane's reply goes straight to whoever asked, and waits for nobody.
    fn answer_later<T: Send + 'static>(
        &self,
        peer: Peer,
        answered: oneshot::Receiver<Result<T, SdpError>>,
        say: fn(Result<T, SdpError>) -> Option<ServerMessage>,
    ) {
        let Some(wire) = self.room.socket_of(peer.participant()).and_then(|socket| self.wires.get(&socket)).cloned()
        else {
            return;
        };
        self.app.calls.tasks().spawn(async move {
            let message = match tokio::time::timeout(MEDIA_REPLY, answered).await {
                Ok(Ok(result)) => say(result),
                // Not taken, or not answered: as when too much is asked at once.
                Ok(Err(_)) | Err(_) => Some(ServerMessage::error(ErrorCode::SlowDown)),
            };
            if let Some(message) = message {
                wire.send(Outgoing::Message(message));
            }
        });
    }

    fn hear_media(&mut self, event: media::Event) {
        match event {
            media::Event::Offer { peer, version, offer, .. } => {
                if let Some(participant) = self.participant_of(peer) {
                    self.step(Input::Offered { participant, version, offer });
                }
            }
            media::Event::Connected { room, peer, side } => {
                metrics::counter!("call_media_connected_total").increment(1);
                tracing::debug!(media.room = %room, media.peer = %peer, media.side = ?side, "connected");
            }
            media::Event::Lost { room, peer, side } => {
                metrics::counter!("call_media_lost_total").increment(1);
                tracing::info!(media.room = %room, media.peer = %peer, media.side = ?side, "no packet for a while");
            }
            media::Event::TrackStarted { .. } => {}
        }
    }

    fn participant_of(&self, peer: PeerId) -> Option<ParticipantId> {
        self.known
            .participants
            .iter()
            .find(|seated| seated.public_id.uuid().as_u128() == peer.0)
            .map(|seated| seated.id)
    }

    fn pass_on(&mut self, notice: Notice) {
        let (audience, message) = match notice {
            Notice::DocumentAsked { request, document, side } => {
                (Audience::Contacts, ServerMessage::DocumentAsked { request, document, side })
            }
            Notice::DocumentStored { request, evidence, sha256 } => {
                (Audience::Officials, ServerMessage::DocumentStored { request, evidence, sha256 })
            }
            Notice::DocumentRefused { request } => (Audience::Officials, ServerMessage::DocumentRefused { request }),
        };
        self.step(Input::Noticed(audience, message));
    }

    /// The server stops: pages come back to the next one by themselves.
    fn say_goodbye(&mut self) {
        let waiting = self.at_the_door.drain(..).chain(self.next_in.drain(..)).map(|waiting| waiting.wire);
        for wire in self.wires.drain().map(|(_, wire)| wire).chain(waiting) {
            wire.send(Outgoing::Message(ServerMessage::error(ErrorCode::ServerRestarting)));
            wire.send(Outgoing::HangUp(CloseCode::Restarting));
        }
    }

    fn close(&mut self) {
        if self.room.is_open() {
            self.order(Order::Close);
        }
    }
}

pub fn count_refusal(code: ErrorCode) {
    metrics::counter!("call_frames_refused_total", "code" => code.as_str()).increment(1);
}

fn published(result: Result<String, SdpError>) -> ServerMessage {
    match result {
        Ok(answer) => ServerMessage::Published { answer },
        Err(error) => refused(error),
    }
}

fn answer_taken(result: Result<(), SdpError>) -> Option<ServerMessage> {
    result.err().map(refused)
}

fn refused(error: SdpError) -> ServerMessage {
    let code = match error {
        SdpError::Stale => ErrorCode::StaleAnswer,
        SdpError::Full => ErrorCode::Unavailable,
        SdpError::NoSuchRoom => ErrorCode::NotNow,
        _ => ErrorCode::DescriptionRefused,
    };
    count_refusal(code);
    ServerMessage::error(code)
}

/// In order, each until it is written; a database that stays away longer is made good by [`super::jobs::CallOver`].
async fn write_down(app: App, visit: crate::schedule::Visit, mut records: mpsc::Receiver<Record>) {
    while let Some(record) = records.recv().await {
        for _ in 0..MAX_WRITES {
            match actions::write(&app, &visit, record).await {
                Ok(()) => break,
                Err(error) if !error.may_pass() => {
                    tracing::error!(error = %error, record = ?record, "not written down");
                    break;
                }
                Err(error) => tracing::warn!(error = %error, record = ?record, "not written down yet; trying again"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}
