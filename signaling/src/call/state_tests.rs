//! What a room promises, as sentences; and whatever happens in whatever order, by chance.
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::super::events::Reported;
use super::super::inside::Inside;
use super::super::protocol::{MAX_CHAT_CHARS, MediaKind};
use super::*;
use crate::id::PublicId;
use crate::schedule::SeatKind;

const PERSON: usize = 0;
const CONTACT: usize = 1;
const OFFICIAL: usize = 2;

fn id(who: usize) -> ParticipantId {
    ParticipantId(Uuid::from_u128(100 + who as u128))
}

fn start() -> Timestamp {
    "2026-11-23T17:00:00Z".parse().expect("a valid instant")
}

fn ends_at() -> Timestamp {
    start() + SignedDuration::from_mins(30)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    Lobby,
    Inside,
    Out,
}

fn reading(at: [At; 3], standing: VisitStanding) -> Reading<()> {
    let kinds = [
        (ParticipantKind::Person, SeatKind::Kiosk),
        (ParticipantKind::Contact, SeatKind::Link),
        (ParticipantKind::Official, SeatKind::Desk),
    ];
    let participants = (0..3).map(|who| Reported {
        id: id(who),
        public: PublicId(Uuid::from_u128(who as u128)),
        kind: kinds[who].0,
        seat: kinds[who].1,
        place: match at[who] {
            At::Lobby => Place::Lobby,
            At::Inside => Place::Inside(Inside::new(id(who), ())),
            At::Out => Place::Out,
        },
    });
    Reading { ends_at: ends_at(), standing, participants: participants.collect() }
}

/// A room with its time, and what came out of it last.
struct Scene {
    room: Room<()>,
    now: Timestamp,
    out: Vec<Output>,
}

impl Scene {
    fn with(at: [At; 3]) -> Self {
        let room = Room::new(reading(at, VisitStanding::Open), start());
        Scene { room, now: start(), out: vec![] }
    }

    /// The person and the relative are inside, and see each other.
    fn live() -> Self {
        let mut scene = Scene::with([At::Inside, At::Inside, At::Out]);
        scene.joins(PERSON, 1);
        scene.joins(CONTACT, 2);
        scene
    }

    fn step(&mut self, input: Input<()>) {
        self.out = self.room.step(input, self.now);
    }
    fn joins(&mut self, who: usize, socket: u64) {
        self.step(Input::Joined { participant: id(who), socket: SocketId(socket) });
    }
    fn drops(&mut self, who: usize, socket: u64) {
        self.step(Input::Dropped { participant: id(who), socket: SocketId(socket) });
    }
    fn says(&mut self, who: usize, socket: u64, message: ClientMessage) {
        self.step(Input::Said { participant: id(who), socket: SocketId(socket), message });
    }
    fn reads(&mut self, at: [At; 3], standing: VisitStanding) {
        self.step(Input::Read(reading(at, standing)));
    }
    fn waits(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.step(Input::Tick);
    }

    fn told(&self, socket: u64) -> Vec<&ServerMessage> {
        let to = |output| match output {
            &Output::Tell { socket: to, ref message } if to == SocketId(socket) => Some(message),
            _ => None,
        };
        self.out.iter().filter_map(to).collect()
    }
    fn state_told(&self, socket: u64) -> Option<&RoomState> {
        let state = |message: &&ServerMessage| matches!(message, ServerMessage::State(_));
        self.told(socket).into_iter().rfind(state).map(|message| match message {
            ServerMessage::State(state) => state,
            _ => unreachable!("found as a state"),
        })
    }
    fn orders(&self) -> Vec<&Order> {
        self.out
            .iter()
            .filter_map(|output| match output {
                Output::Media(order) => Some(order),
                _ => None,
            })
            .collect()
    }
    fn forwards(&self, on: bool) -> bool {
        self.orders().contains(&&Order::Forward { on })
    }
    fn hangs_up(&self, socket: u64) -> bool {
        self.out.iter().any(|output| matches!(output, Output::HangUp { socket: s, .. } if *s == SocketId(socket)))
    }
    fn refusal(&self, socket: u64) -> Option<ErrorCode> {
        self.told(socket).into_iter().find_map(|message| match message {
            ServerMessage::Error { code, .. } => Some(*code),
            _ => None,
        })
    }
}

fn publish() -> ClientMessage {
    ClientMessage::Publish { offer: "v=0".into() }
}

fn chat(text: &str) -> ClientMessage {
    ClientMessage::Chat { text: text.into() }
}

#[test]
fn who_waits_learns_of_nobody_and_gets_no_media() {
    let mut scene = Scene::with([At::Inside, At::Lobby, At::Out]);
    scene.joins(PERSON, 1);
    scene.joins(CONTACT, 2);
    let state = scene.state_told(2).expect("a state");
    assert_eq!((state.state, state.participants.len()), (Situation::Waiting, 0));
    for message in [publish(), ClientMessage::Subscribe {}, chat("hola"), ClientMessage::End {}] {
        scene.says(CONTACT, 2, message);
        assert_eq!(scene.refusal(2), Some(ErrorCode::NotNow));
        assert!(scene.orders().is_empty());
    }
}

#[test]
fn two_admitted_are_live_and_the_first_of_them_was_alone() {
    let mut scene = Scene::with([At::Inside, At::Inside, At::Out]);
    scene.joins(PERSON, 1);
    assert_eq!(scene.state_told(1).expect("a state").state, Situation::Alone);
    assert!(scene.orders().contains(&&Order::Open) && !scene.forwards(true));
    scene.joins(CONTACT, 2);
    assert!(scene.forwards(true) && scene.out.contains(&Output::BecameLive));
    for socket in [1, 2] {
        assert_eq!(scene.state_told(socket).expect("a state").state, Situation::Live);
    }
}

#[test]
fn a_broken_websocket_is_shown_at_once_and_its_media_goes_on_for_the_grace() {
    let mut scene = Scene::live();
    scene.drops(CONTACT, 2);
    let state = scene.state_told(1).expect("a state");
    assert_eq!(state.state, Situation::Live);
    let present: Vec<bool> = state.participants.iter().map(|seen| seen.present).collect();
    assert_eq!(present, [true, false]);
    scene.waits(19);
    assert!(scene.orders().is_empty());
    scene.waits(1);
    assert!(scene.forwards(false));
    assert!(matches!(scene.orders()[0], Order::Leave { peer } if peer.participant() == id(CONTACT)));
    assert_eq!(scene.state_told(1).expect("a state").state, Situation::Paused);
    scene.joins(CONTACT, 3);
    assert!(scene.forwards(true) && !scene.out.contains(&Output::BecameLive));
}

#[test]
fn a_newer_websocket_replaces_the_older_one() {
    let mut scene = Scene::live();
    scene.joins(CONTACT, 3);
    assert_eq!(scene.refusal(2), Some(ErrorCode::Replaced));
    assert!(scene.hangs_up(2) && !scene.forwards(false));
    scene.drops(CONTACT, 2);
    assert_eq!(scene.room.present().count(), 2, "the end of the older one means nothing any more");
    scene.says(CONTACT, 2, publish());
    assert!(scene.orders().is_empty());
}

#[test]
fn who_is_turned_away_hears_only_that_it_is_not_available() {
    let mut scene = Scene::live();
    scene.reads([At::Inside, At::Out, At::Out], VisitStanding::OpenAgain);
    let told = scene.told(2);
    assert_eq!(told.len(), 1, "{told:?}");
    let state = scene.state_told(2).expect("a state");
    assert_eq!((state.state, state.participants.len()), (Situation::NotAvailable, 0));
    assert!(scene.hangs_up(2) && scene.forwards(false) && !scene.hangs_up(1));
    assert!(matches!(scene.orders()[0], Order::Leave { peer } if peer.participant() == id(CONTACT)));
}

#[test]
fn a_cancelled_visit_ends_neutrally_for_everybody() {
    let mut scene = Scene::live();
    scene.reads([At::Out, At::Out, At::Out], VisitStanding::NotAvailable);
    for socket in [1, 2] {
        assert_eq!(scene.state_told(socket).expect("a state").state, Situation::NotAvailable);
        assert!(scene.hangs_up(socket) && !scene.told(socket).contains(&&ServerMessage::Ended {}));
    }
    assert!(scene.orders().contains(&&Order::Close));
}

#[test]
fn the_time_ends_it_for_everybody_in_the_lobby_too() {
    let mut scene = Scene::with([At::Inside, At::Inside, At::Lobby]);
    for (who, socket) in [(PERSON, 1), (CONTACT, 2), (OFFICIAL, 3)] {
        scene.joins(who, socket);
    }
    scene.waits(30 * 60 - 1);
    assert!(scene.out.is_empty());
    scene.waits(1);
    assert!(scene.out.contains(&Output::Over { reason: EndReason::TimeOver, by: None }));
    for socket in [1, 2, 3] {
        assert_eq!(scene.state_told(socket).expect("a state").state, Situation::Ended);
        assert_eq!(scene.told(socket).last(), Some(&&ServerMessage::Ended {}));
        assert!(scene.hangs_up(socket));
    }
    scene.joins(PERSON, 4);
    assert_eq!(scene.state_told(4).expect("a state").state, Situation::Ended);
    assert!(scene.hangs_up(4) && scene.orders().is_empty());
}

#[test]
fn admission_that_lets_nobody_in_any_more_does_not_hide_that_the_time_is_over() {
    let mut scene = Scene::live();
    scene.now = ends_at();
    scene.reads([At::Out, At::Out, At::Out], VisitStanding::OpenAgain);
    assert_eq!(scene.state_told(1).expect("a state").state, Situation::Ended);
}

#[test]
fn only_an_official_in_the_call_ends_it() {
    let mut scene = Scene::live();
    scene.says(CONTACT, 2, ClientMessage::End {});
    assert_eq!(scene.refusal(2), Some(ErrorCode::NotAllowed));
    scene.reads([At::Out, At::Inside, At::Inside], VisitStanding::OpenAgain);
    scene.joins(OFFICIAL, 3);
    scene.says(OFFICIAL, 3, ClientMessage::End {});
    let over = Output::Over { reason: EndReason::EndedByHost, by: Some(id(OFFICIAL)) };
    assert!(scene.out.contains(&over) && scene.orders().contains(&&Order::Close));
}

#[test]
fn chat_reaches_those_inside_while_the_room_is_live_and_not_without_end() {
    let mut scene = Scene::with([At::Inside, At::Inside, At::Lobby]);
    scene.joins(PERSON, 1);
    scene.says(PERSON, 1, chat("¿hola?"));
    assert_eq!(scene.refusal(1), Some(ErrorCode::NotNow));
    scene.joins(CONTACT, 2);
    scene.joins(OFFICIAL, 3);
    scene.says(PERSON, 1, chat("hola"));
    assert!(matches!(scene.told(2)[..], [ServerMessage::Chat { text, .. }] if text == "hola"));
    assert!(scene.told(3).is_empty());
    scene.says(PERSON, 1, chat(&"é".repeat(MAX_CHAT_CHARS + 1)));
    assert_eq!(scene.refusal(1), Some(ErrorCode::TextTooLong));
    for _ in 0..4 {
        scene.says(PERSON, 1, chat(&"é".repeat(MAX_CHAT_CHARS)));
        assert_eq!(scene.refusal(1), None);
    }
    scene.says(PERSON, 1, chat("otra"));
    assert_eq!(scene.refusal(1), Some(ErrorCode::SlowDown));
    scene.waits(1);
    scene.says(PERSON, 1, chat("otra"));
    assert_eq!(scene.refusal(1), None);
}

#[test]
fn what_is_muted_stays_muted_through_a_new_connection() {
    let mut scene = Scene::live();
    scene.says(CONTACT, 2, ClientMessage::Mute { kind: MediaKind::Video, muted: true });
    let seen = &scene.state_told(1).expect("a state").participants[1];
    assert!(seen.audio && !seen.video);
    scene.joins(CONTACT, 3);
    scene.says(CONTACT, 3, publish());
    let mute = scene.orders()[1];
    assert!(matches!(mute, Order::Mute { kind: MediaKind::Video, muted: true, .. }), "{mute:?}");
}

#[test]
fn who_leaves_is_out_at_once() {
    let mut scene = Scene::live();
    scene.says(CONTACT, 2, ClientMessage::Leave {});
    assert!(scene.hangs_up(2) && scene.forwards(false));
    assert!(scene.out.contains(&Output::Left { participant: id(CONTACT) }));
    assert_eq!(scene.state_told(1).expect("a state").state, Situation::Paused);
}

#[test]
fn a_notice_reaches_only_whom_it_concerns() {
    let mut scene = Scene::with([At::Lobby, At::Inside, At::Inside]);
    for (who, socket) in [(PERSON, 1), (CONTACT, 2), (OFFICIAL, 3)] {
        scene.joins(who, socket);
    }
    let message = ServerMessage::DocumentRefused { request: PublicId(Uuid::nil()) };
    scene.step(Input::Noticed(Audience::Officials, message.clone()));
    assert_eq!(scene.told(3), [&message]);
    assert!(scene.told(1).is_empty() && scene.told(2).is_empty());
}

/// What may happen, in any order.
#[derive(Clone, Debug)]
enum Event {
    Read([At; 3], VisitStanding),
    Join(usize),
    Drop(usize),
    Say(usize, ClientMessage),
    Offer(usize),
    Wait(i64),
}

fn event() -> impl Strategy<Value = Event> {
    let at = prop_oneof![2 => Just(At::Lobby), 5 => Just(At::Inside), 1 => Just(At::Out)];
    let standing = prop_oneof![
        20 => Just(VisitStanding::Open), 20 => Just(VisitStanding::OpenAgain),
        1 => Just(VisitStanding::Ended), 1 => Just(VisitStanding::NotAvailable),
    ];
    let message = prop_oneof![
        Just(publish()),
        Just(ClientMessage::Subscribe {}),
        Just(ClientMessage::Answer { version: 1, answer: "v=0".into() }),
        any::<bool>().prop_map(|muted| ClientMessage::Mute { kind: MediaKind::Audio, muted }),
        Just(chat("hola")),
        Just(ClientMessage::Leave {}),
        Just(ClientMessage::Hello { token: String::new() }),
    ];
    prop_oneof![
        4 => (prop::array::uniform3(at), standing).prop_map(|(at, standing)| Event::Read(at, standing)),
        6 => (0..3usize).prop_map(Event::Join),
        3 => (0..3usize).prop_map(Event::Drop),
        8 => (0..3usize, message).prop_map(|(who, message)| Event::Say(who, message)),
        1 => Just(Event::Say(OFFICIAL, ClientMessage::End {})),
        2 => (0..3usize).prop_map(Event::Offer),
        4 => (0..120i64).prop_map(Event::Wait),
    ]
}

/// Kept beside the room, from what it was told and what it said.
struct Watcher {
    at: [At; 3],
    /// Whose open socket.
    sockets: BTreeMap<u64, usize>,
    lost: BTreeMap<usize, Timestamp>,
    forwards: bool,
    is_over: bool,
}

impl Watcher {
    fn check(&mut self, scene: &Scene, before: [At; 3]) {
        for output in &scene.out {
            match output {
                Output::Media(order) => self.check_order(order, before),
                Output::Tell { socket, message } => self.check_told(socket.0, message),
                Output::HangUp { socket, .. } => {
                    assert!(self.sockets.remove(&socket.0).is_some(), "hung up twice: {socket:?}");
                }
                Output::Over { .. } => assert!(!self.is_over, "over twice"),
                Output::BecameLive | Output::Left { .. } => assert!(!self.is_over),
            }
        }
        let connected: BTreeSet<usize> = self.sockets.values().copied().collect();
        let held = (0..3).filter(|who| {
            let is_awaited = self.lost.get(who).is_some_and(|since| scene.now.duration_since(*since) < GRACE);
            self.at[*who] == At::Inside && (connected.contains(who) || is_awaited)
        });
        let held = held.count();
        assert!(!self.forwards || held >= 2, "forwards to {held}");
        assert_eq!(self.forwards, scene.room.is_live());
    }

    fn check_order(&mut self, order: &Order, before: [At; 3]) {
        assert!(!self.is_over, "after the end: {order:?}");
        let place = |peer: &super::super::inside::Peer| {
            (0..3).find(|who| id(*who) == peer.participant()).expect("one of three")
        };
        match order {
            Order::Open => {}
            Order::Close => {
                assert!(!self.forwards);
                self.is_over = true;
            }
            Order::Forward { on } => self.forwards = *on,
            Order::Leave { peer } => assert_eq!(before[place(peer)], At::Inside),
            Order::Publish { peer, .. }
            | Order::Subscribe { peer }
            | Order::Answer { peer, .. }
            | Order::Mute { peer, .. } => assert_eq!(self.at[place(peer)], At::Inside),
        }
    }

    fn check_told(&self, socket: u64, message: &ServerMessage) {
        let who = *self.sockets.get(&socket).expect("told to an open socket");
        let concerns_others = match message {
            ServerMessage::State(state) => !state.participants.is_empty(),
            ServerMessage::Chat { .. } | ServerMessage::Offer { .. } => true,
            _ => false,
        };
        assert!(!concerns_others || self.at[who] == At::Inside, "{who} is not inside: {message:?}");
    }
}

proptest! {
    #[test]
    fn whatever_happens_nobody_outside_has_media_and_nothing_is_forwarded_after_the_end(
        events in prop::collection::vec(event(), 1..80)
    ) {
        let at = [At::Lobby; 3];
        let mut scene = Scene::with(at);
        let mut watcher =
            Watcher { at, sockets: BTreeMap::new(), lost: BTreeMap::new(), forwards: false, is_over: false };
        let mut next_socket = 0;
        for event in events {
            let before = watcher.at;
            let socket_of = |who: usize, watcher: &Watcher| {
                watcher.sockets.iter().find(|(_, owner)| **owner == who).map(|(socket, _)| *socket)
            };
            match event {
                Event::Read(at, standing) => {
                    // After the end a room reads no more.
                    if scene.now < ends_at() && matches!(standing, VisitStanding::Open | VisitStanding::OpenAgain) {
                        watcher.at = at;
                        watcher.lost.retain(|who, _| at[*who] == At::Inside);
                    }
                    scene.reads(at, standing);
                }
                Event::Join(who) => {
                    next_socket += 1;
                    watcher.sockets.insert(next_socket, who);
                    watcher.lost.remove(&who);
                    scene.joins(who, next_socket);
                }
                Event::Drop(who) => {
                    let Some(socket) = socket_of(who, &watcher) else { continue };
                    watcher.sockets.remove(&socket);
                    watcher.lost.insert(who, scene.now);
                    scene.drops(who, socket);
                }
                Event::Say(who, message) => {
                    let Some(socket) = socket_of(who, &watcher) else { continue };
                    scene.says(who, socket, message);
                }
                Event::Offer(who) => {
                    scene.step(Input::Offered { participant: id(who), version: 1, offer: "v=0".into() });
                }
                Event::Wait(seconds) => scene.waits(seconds),
            }
            watcher.check(&scene, before);
        }
    }
}
