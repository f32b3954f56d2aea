//! The room of one visit: a pure function of what was, what happens and the time.
//!
//! ```text
//! Gathering ──two inside──▶ Live ──fewer than two──▶ Paused ──two again──▶ Live
//!     └───────────┴─────────────┴── host, time, nobody ──▶ Ended      (cancelled, not joinable ──▶ Closed)
//! ```
//! Invariants: an order about somebody's media needs their pass ([`super::inside`]); media is forwarded in `Live` and
//! nowhere else; nothing follows the end; who is not inside learns of nobody.
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::events::{Audience, EndReason, HangUp, Input, Output, Reading, SocketId, VisitStanding};
use super::inside::{Order, Place};
use super::member::{Link, Member};
use super::protocol::{ClientMessage, ErrorCode, MediaKind, RoomState, Seen, ServerMessage, Situation};
use crate::id::ParticipantId;
use crate::schedule::ParticipantKind;

/// A websocket that broke is expected back for so long; its media goes on meanwhile.
pub const GRACE: SignedDuration = SignedDuration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Gathering,
    Live,
    Paused,
    Ended,
    Closed,
}

pub struct Room<P> {
    phase: Phase,
    ends_at: Timestamp,
    /// The media plane has a room for us.
    is_open: bool,
    members: BTreeMap<ParticipantId, Member<P>>,
}

impl<P> Room<P> {
    pub fn new(reading: Reading<P>, now: Timestamp) -> Self {
        let phase = match reading.standing {
            VisitStanding::OpenAgain => Phase::Paused,
            _ => Phase::Gathering,
        };
        let mut room = Room { phase, ends_at: reading.ends_at, is_open: false, members: BTreeMap::new() };
        let outputs = room.step(Input::Read(reading), now);
        debug_assert!(outputs.iter().all(|output| matches!(output, Output::Over { .. })), "nobody is there yet");
        room
    }

    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Admitted participants with an open websocket.
    pub fn present(&self) -> impl Iterator<Item = ParticipantId> {
        self.members.iter().filter(|(_, member)| member.is_present()).map(|(id, _)| *id)
    }

    /// Nobody is connected and nobody is expected back at once.
    pub fn is_empty(&self) -> bool {
        self.members.values().all(|member| member.link == Link::Absent)
    }

    pub fn socket_of(&self, participant: ParticipantId) -> Option<SocketId> {
        self.members.get(&participant).and_then(Member::socket)
    }

    /// Whatever happens, what follows from it, in order.
    pub fn step(&mut self, input: Input<P>, now: Timestamp) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Read(reading) => self.take(reading, now, &mut out),
            Input::Joined { participant, socket } => self.join(participant, socket, &mut out),
            Input::Dropped { participant, socket } => self.lose(participant, socket, now),
            Input::Said { participant, socket, message } => self.hear(participant, socket, message, now, &mut out),
            Input::Offered { participant, version, offer } => self.pass_on_offer(participant, version, offer, &mut out),
            Input::Noticed(audience, message) => self.notice(audience, &message, &mut out),
            Input::Tick => {}
        }
        self.settle(now, &mut out);
        self.tell(&mut out);
        out
    }

    fn take(&mut self, reading: Reading<P>, now: Timestamp, out: &mut Vec<Output>) {
        if self.is_over() {
            return; // a room that ended stays so
        }
        self.ends_at = reading.ends_at;
        match reading.standing {
            // Where somebody stands says less than that it is over: admission lets nobody in then.
            VisitStanding::Ended => return self.end(Phase::Ended, out),
            VisitStanding::NotAvailable => {
                if self.is_open {
                    out.push(Output::Over { reason: EndReason::EndedByHost, by: None });
                }
                return self.end(Phase::Closed, out);
            }
            VisitStanding::Open | VisitStanding::OpenAgain if now >= self.ends_at => return,
            VisitStanding::Open | VisitStanding::OpenAgain => {}
        }
        let mut missing: Vec<ParticipantId> = self.members.keys().copied().collect();
        for reported in reading.participants {
            missing.retain(|id| *id != reported.id);
            let member = self.members.entry(reported.id).or_insert_with(|| Member::new(&reported, now));
            member.move_to(reported.place, out);
        }
        for id in missing {
            if let Some(member) = self.members.get_mut(&id) {
                member.move_to(Place::Out, out);
            }
        }
    }

    fn join(&mut self, participant: ParticipantId, socket: SocketId, out: &mut Vec<Output>) {
        let Some(member) = self.members.get_mut(&participant) else {
            return out.push(Output::HangUp { socket, why: HangUp::Normal });
        };
        if let Link::Open(older) = member.link {
            out.push(Output::Tell { socket: older, message: ServerMessage::error(ErrorCode::Replaced) });
            out.push(Output::HangUp { socket: older, why: HangUp::Replaced });
        }
        member.link = Link::Open(socket);
        member.told = None;
    }

    fn lose(&mut self, participant: ParticipantId, socket: SocketId, now: Timestamp) {
        if let Some(member) = self.members.get_mut(&participant).filter(|member| member.link == Link::Open(socket)) {
            // Somebody in the lobby has nothing to come back to but the lobby.
            let is_inside = matches!(member.place, Place::Inside(_));
            member.link = if is_inside { Link::Dropped { since: now } } else { Link::Absent };
            member.told = None;
        }
    }

    fn hear(
        &mut self,
        participant: ParticipantId,
        socket: SocketId,
        message: ClientMessage,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let is_live = self.is_live();
        let Some(member) = self.members.get_mut(&participant).filter(|member| member.link == Link::Open(socket)) else {
            return; // said by a socket that was replaced
        };
        let refuse = |code| Output::Tell { socket, message: ServerMessage::error(code) };
        match (message, &mut member.place) {
            (ClientMessage::Ping { n }, _) => out.push(Output::Tell { socket, message: ServerMessage::Pong { n } }),
            (ClientMessage::Hello { .. }, _) => out.push(refuse(ErrorCode::HelloTwice)),
            (ClientMessage::Leave {}, place) => {
                if let Place::Inside(inside) = place {
                    out.push(Output::Media(inside.leave()));
                }
                member.link = Link::Absent;
                out.push(Output::Left { participant });
                out.push(Output::HangUp { socket, why: HangUp::Normal });
            }
            (_, Place::Lobby | Place::Out) => out.push(refuse(ErrorCode::NotNow)),
            (ClientMessage::Publish { offer }, Place::Inside(inside)) => {
                out.extend(inside.publish(offer).into_iter().map(Output::Media));
            }
            (ClientMessage::Subscribe {}, Place::Inside(inside)) => out.push(Output::Media(inside.subscribe())),
            (ClientMessage::Answer { version, answer }, Place::Inside(inside)) => {
                out.push(Output::Media(inside.answer(version, answer)));
            }
            (ClientMessage::Mute { kind, muted }, Place::Inside(inside)) => {
                out.push(Output::Media(inside.mute(kind, muted)));
            }
            (ClientMessage::Chat { .. }, Place::Inside(_)) if !is_live => out.push(refuse(ErrorCode::NotNow)),
            (ClientMessage::Chat { text }, Place::Inside(_)) => match member.may_chat(&text, now) {
                Err(code) => out.push(refuse(code)),
                Ok(()) => self.relay_chat(participant, text, now, out),
            },
            (ClientMessage::End {}, Place::Inside(_)) if member.kind != ParticipantKind::Official => {
                out.push(refuse(ErrorCode::NotAllowed));
            }
            (ClientMessage::End {}, Place::Inside(_)) => {
                out.push(Output::Over { reason: EndReason::EndedByHost, by: Some(participant) });
                self.end(Phase::Ended, out);
            }
        }
    }

    fn relay_chat(&self, from: ParticipantId, text: String, at: Timestamp, out: &mut Vec<Output>) {
        let Some(sender) = self.members.get(&from).map(|member| member.public) else { return };
        for socket in self.members.values().filter(|member| member.is_present()).filter_map(Member::socket) {
            let message = ServerMessage::Chat { from: sender, text: text.clone(), at };
            out.push(Output::Tell { socket, message });
        }
    }

    fn pass_on_offer(&self, participant: ParticipantId, version: u32, offer: String, out: &mut Vec<Output>) {
        let present = self.members.get(&participant).filter(|member| member.is_present());
        if let Some(socket) = present.and_then(Member::socket) {
            out.push(Output::Tell { socket, message: ServerMessage::Offer { version, offer } });
        }
    }

    fn notice(&self, audience: Audience, message: &ServerMessage, out: &mut Vec<Output>) {
        let kind = match audience {
            Audience::Contacts => ParticipantKind::Contact,
            Audience::Officials => ParticipantKind::Official,
        };
        let reached = self.members.values().filter(|member| member.is_present() && member.kind == kind);
        for socket in reached.filter_map(Member::socket) {
            out.push(Output::Tell { socket, message: message.clone() });
        }
    }

    /// What follows from the time and from who is there.
    fn settle(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        if self.is_over() {
            return self.turn_off_the_light(out);
        }
        if now >= self.ends_at {
            let reason = if self.is_empty() { EndReason::EverybodyLeft } else { EndReason::TimeOver };
            out.push(Output::Over { reason, by: None });
            self.end(Phase::Ended, out);
            return;
        }
        self.give_up_on_lost(now, out);
        let present = self.present().count();
        let held = self.members.values().filter(|member| member.is_held()).count();
        if present > 0 && !self.is_open {
            self.is_open = true;
            out.push(Output::Media(Order::Open));
            out.push(Output::Media(Order::Forward { on: false }));
        }
        match self.phase {
            Phase::Gathering | Phase::Paused if present >= 2 => {
                if self.phase == Phase::Gathering {
                    out.push(Output::BecameLive);
                }
                self.phase = Phase::Live;
                out.push(Output::Media(Order::Forward { on: true }));
            }
            Phase::Live if held < 2 => {
                self.phase = Phase::Paused;
                out.push(Output::Media(Order::Forward { on: false }));
            }
            _ => {}
        }
        self.show_out(out);
    }

    fn give_up_on_lost(&mut self, now: Timestamp, out: &mut Vec<Output>) {
        for member in self.members.values_mut() {
            if matches!(member.link, Link::Dropped { since } if now.duration_since(since) >= GRACE) {
                member.link = Link::Absent;
                if let Place::Inside(inside) = &member.place {
                    out.push(Output::Media(inside.leave()));
                }
            }
        }
    }

    /// Whoever is out learns that it is not available, and no more.
    fn show_out(&mut self, out: &mut Vec<Output>) {
        let ends_at = self.ends_at;
        for member in self.members.values_mut().filter(|member| matches!(member.place, Place::Out)) {
            if let Some(socket) = member.socket() {
                let state = RoomState { state: Situation::NotAvailable, participants: vec![], ends_at };
                out.push(Output::Tell { socket, message: ServerMessage::State(state) });
                out.push(Output::HangUp { socket, why: HangUp::Normal });
            }
            member.link = Link::Absent;
        }
    }

    fn end(&mut self, phase: Phase, out: &mut Vec<Output>) {
        if !self.is_over() {
            self.phase = phase;
            if self.is_open {
                self.is_open = false;
                out.push(Output::Media(Order::Forward { on: false }));
                out.push(Output::Media(Order::Close));
            }
        }
        self.turn_off_the_light(out);
    }

    /// After the end: whoever is connected is told so and sent away.
    fn turn_off_the_light(&mut self, out: &mut Vec<Output>) {
        self.tell(out);
        for member in self.members.values_mut() {
            if let Some(socket) = member.socket() {
                if self.phase == Phase::Ended {
                    out.push(Output::Tell { socket, message: ServerMessage::Ended {} });
                }
                out.push(Output::HangUp { socket, why: HangUp::Normal });
            }
            member.link = Link::Absent;
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ended | Phase::Closed)
    }

    /// Sends the room's state to every socket that was told something else, or nothing yet.
    fn tell(&mut self, out: &mut Vec<Output>) {
        let states: Vec<(ParticipantId, SocketId, RoomState)> = self
            .members
            .iter()
            .filter_map(|(id, member)| Some((*id, member.socket()?, self.seen_by(*id, member))))
            .collect();
        for (id, socket, state) in states {
            let Some(member) = self.members.get_mut(&id) else { continue };
            if member.told.as_ref() != Some(&state) {
                member.told = Some(state.clone());
                out.push(Output::Tell { socket, message: ServerMessage::State(state) });
            }
        }
    }

    fn seen_by(&self, id: ParticipantId, member: &Member<P>) -> RoomState {
        let state = match (self.phase, &member.place) {
            (Phase::Ended, _) => Situation::Ended,
            (Phase::Closed, _) | (_, Place::Out) => Situation::NotAvailable,
            (_, Place::Lobby) => Situation::Waiting,
            (Phase::Gathering, Place::Inside(_)) => Situation::Alone,
            (Phase::Live, Place::Inside(_)) => Situation::Live,
            (Phase::Paused, Place::Inside(_)) => Situation::Paused,
        };
        let sees_others = matches!(state, Situation::Alone | Situation::Live | Situation::Paused);
        let participants = if sees_others { self.inside_as_seen_by(id) } else { vec![] };
        RoomState { state, participants, ends_at: self.ends_at }
    }

    fn inside_as_seen_by(&self, me: ParticipantId) -> Vec<Seen> {
        let seen = |(id, member): (&ParticipantId, &Member<P>)| {
            let Place::Inside(inside) = &member.place else { return None };
            Some(Seen {
                id: member.public,
                kind: member.kind,
                seat: member.seat,
                me: *id == me,
                present: member.is_present(),
                audio: !inside.is_muted(MediaKind::Audio),
                video: !inside.is_muted(MediaKind::Video),
            })
        };
        self.members.iter().filter_map(seen).collect()
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
