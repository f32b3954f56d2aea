//! Offers and answers: what a connection carries is agreed here.

use super::connection::{Credentials, Half, Ice, Line, Presence, Publisher, Slot, Subscriber};
use super::*;
use crate::dtls::{Dtls, Progress};
use crate::ids::Kind;
use crate::line::Downlink;
use crate::sdp::{
    Answer, OfferedLine, OfferedSource, PublisherOffer, SdpError, Session, Transport, write_publisher_answer,
    write_subscriber_offer,
};
use crate::twcc;

const UFRAG_LEN: usize = 8;
const PASSWORD_LEN: usize = 24;

impl Engine {
    /// Takes a publisher's offer: a new connection, or an ICE restart of the one that the same browser object has.
    pub(super) fn publish(&mut self, now: Instant, id: RoomId, peer: PeerId, sdp: &str) -> Result<String, SdpError> {
        let room = self.rooms.get_mut(&id).ok_or(SdpError::NoSuchRoom)?;
        let offer = PublisherOffer::parse(sdp)?;
        let before = room.enter(peer).ok_or(SdpError::Full)?.publisher;
        let slot = match before {
            Some(slot) if self.is_session(slot, &offer.session) => {
                self.restart_ice(slot, &offer.session);
                slot
            }
            before => {
                if let Some(slot) = before {
                    self.disconnect(now, slot);
                }
                let half = Half::Publisher(Publisher::default());
                self.connect(now, id, peer, Some(offer.session.clone()), half)
            }
        };
        if let Some(peer) = self.rooms.get_mut(&id).and_then(|room| room.peer_mut(peer)) {
            peer.publisher = Some(slot);
        }
        let answer = self.answer_publisher(now, slot, &offer).ok_or(SdpError::NoSuchRoom)?;
        self.open_and_close_tracks(now, id);
        self.settle(id);
        Ok(answer)
    }

    /// Sets a publisher's lines and describes our end.
    fn answer_publisher(&mut self, now: Instant, slot: Slot, offer: &PublisherOffer) -> Option<String> {
        let session = u64::from(slot) + 1;
        let version = self.next_run() as u32;
        let connection = self.connections.get_mut(slot)?;
        let publisher = connection.publisher()?;
        publisher.lines = [None; 2];
        for line in offer.tracks() {
            publisher.lines[line.kind as usize] = Some(line);
            if line.twcc.is_some() && publisher.arrivals.is_none() {
                publisher.arrivals = Some(twcc::Recorder::new(now));
            }
        }
        let transport = Transport {
            ufrag: &connection.ice.current.ufrag,
            password: &connection.ice.current.password,
            fingerprint: self.identity.fingerprint(),
            candidates: &self.candidates,
        };
        Some(write_publisher_answer(offer, &transport, session, version))
    }

    /// Starts a participant's receiving connection, or restarts its ICE.
    pub(super) fn subscribe(&mut self, now: Instant, id: RoomId, peer: PeerId) {
        let Some(entered) = self.rooms.get_mut(&id).and_then(|room| room.enter(peer)) else {
            tracing::debug!(room = %id, %peer, "nobody may subscribe here");
            return;
        };
        match entered.subscriber {
            Some(slot) => {
                let credentials = self.credentials(slot);
                if let Some(connection) = self.connections.get_mut(slot) {
                    connection.replace_credentials(credentials, &mut self.by_ufrag);
                }
                if let Some(subscriber) = self.connections.get_mut(slot).and_then(|c| c.subscriber()) {
                    subscriber.is_dirty = true;
                    subscriber.is_answered = false;
                    subscriber.early_hello.clear();
                }
            }
            None => {
                let half = Half::Subscriber(self.new_subscriber());
                let slot = self.connect(now, id, peer, None, half);
                if let Some(peer) = self.rooms.get_mut(&id).and_then(|room| room.peer_mut(peer)) {
                    peer.subscriber = Some(slot);
                }
            }
        }
        self.settle(id);
    }

    /// With a line of each kind from the start, so that keys are agreed before the first publisher comes.
    fn new_subscriber(&mut self) -> Subscriber {
        let mut subscriber = Subscriber {
            lines: Vec::new(),
            session: self.rng.random::<u64>() >> 2,
            version: None,
            is_answered: false,
            is_dirty: true,
            early_hello: Vec::new(),
            next_ssrc: self.rng.random::<u32>() & !1,
            downlink: crate::downlink::Downlink::default(),
        };
        for kind in Kind::ALL {
            let start = self.rng.random();
            subscriber.add_line(kind, start);
        }
        subscriber
    }

    /// Takes a subscriber's answer to the newest offer.
    pub(super) fn answer(
        &mut self,
        now: Instant,
        id: RoomId,
        peer: PeerId,
        version: u32,
        sdp: &str,
    ) -> Result<(), SdpError> {
        let room = self.rooms.get(&id).ok_or(SdpError::NoSuchRoom)?;
        let slot = room.peer(peer).and_then(|peer| peer.subscriber).ok_or(SdpError::Stale)?;
        let connection = self.connections.get_mut(slot).ok_or(SdpError::Stale)?;
        let subscriber = connection.subscriber().ok_or(SdpError::Stale)?;
        if subscriber.version != Some(version) || subscriber.is_answered {
            return Err(SdpError::Stale);
        }
        let answer = Answer::parse(sdp, subscriber.lines.iter().map(|line| line.kind))?;
        subscriber.is_answered = true;
        let mut shows_more = false;
        for (line, accepted) in subscriber.lines.iter_mut().zip(&answer.lines) {
            let flowed = line.flows();
            line.accepted = Some(*accepted);
            shows_more |= line.flows() && !flowed;
        }
        let early_hello = std::mem::take(&mut subscriber.early_hello);
        let identity = self.identity.clone();
        let mut progress = Progress::Nothing;
        match connection.session.replace(answer.session.clone()) {
            Some(session) if session.is_same_object(&answer.session) => {}
            None => progress = connection.dtls.expect(now, answer.session.fingerprint),
            Some(_) => {
                connection.begin_again(now, Dtls::new(identity, Some(answer.session.fingerprint)));
                for datagram in early_hello {
                    progress = connection.dtls.receive(now, &datagram);
                }
            }
        }
        self.advance(now, slot, progress);
        self.rebuild_routes(id);
        if shows_more {
            self.want_key_frames_for(now, slot);
        }
        Ok(())
    }

    fn is_session(&self, slot: Slot, session: &Session) -> bool {
        let known = self.connections.get(slot).and_then(|connection| connection.session.as_ref());
        known.is_some_and(|known| known.is_same_object(session))
    }

    /// New credentials of ours when the client has new ones; a re-offer without them changes no transport.
    fn restart_ice(&mut self, slot: Slot, session: &Session) {
        let Some(known) = self.connections.get_mut(slot).and_then(|c| c.session.as_mut()) else { return };
        if known.ufrag == session.ufrag {
            return;
        }
        known.ufrag.clone_from(&session.ufrag);
        let credentials = self.credentials(slot);
        if let Some(connection) = self.connections.get_mut(slot) {
            connection.replace_credentials(credentials, &mut self.by_ufrag);
        }
    }

    fn credentials(&mut self, slot: Slot) -> Credentials {
        let credentials = Credentials::new(self.token(UFRAG_LEN), self.token(PASSWORD_LEN));
        self.by_ufrag.insert(credentials.ufrag.clone(), slot);
        credentials
    }

    fn connect(&mut self, now: Instant, room: RoomId, peer: PeerId, session: Option<Session>, half: Half) -> Slot {
        let credentials = Credentials::new(self.token(UFRAG_LEN), self.token(PASSWORD_LEN));
        let ufrag = credentials.ufrag.clone();
        let expected = session.as_ref().map(|session| session.fingerprint);
        let slot = self.connections.insert(Connection {
            room,
            peer,
            ice: Ice::new(credentials),
            dtls: Dtls::new(self.identity.clone(), expected),
            keys: None,
            session,
            presence: Presence::Opening { since: now },
            heard: now,
            half,
        });
        self.by_ufrag.insert(ufrag, slot);
        slot
    }

    /// Gives every published track a line at every other participant, and frees the lines of those who left.
    pub(super) fn assign_lines(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        let published: Vec<(PeerId, Kind)> = room
            .peers
            .iter()
            .filter_map(|peer| Some((peer.id, self.connections.get(peer.publisher?)?)))
            .filter_map(|(peer, connection)| match &connection.half {
                Half::Publisher(publisher) => Some((peer, publisher)),
                Half::Subscriber(_) => None,
            })
            .flat_map(|(peer, publisher)| publisher.lines.iter().flatten().map(move |line| (peer, line.kind)))
            .collect();
        for peer in &room.peers {
            let subscriber = peer.subscriber.and_then(|slot| self.connections.get_mut(slot)?.subscriber());
            if let Some(subscriber) = subscriber {
                let rng = &mut self.rng;
                subscriber.assign(published.iter().copied().filter(|(owner, _)| *owner != peer.id), || rng.random());
            }
        }
    }

    /// Makes the offers that are due. One that the event queue does not take stays due.
    pub(super) fn send_offers(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        let peers: Vec<(PeerId, Slot)> =
            room.peers.iter().filter_map(|peer| Some((peer.id, peer.subscriber?))).collect();
        for (peer, slot) in peers {
            self.send_offer(id, peer, slot);
        }
    }

    fn send_offer(&mut self, id: RoomId, peer: PeerId, slot: Slot) -> Option<()> {
        let connection = self.connections.get_mut(slot)?;
        connection.subscriber().filter(|subscriber| subscriber.is_dirty)?;
        let last_version = &mut self.rooms.get_mut(&id)?.peer_mut(peer)?.last_version;
        *last_version += 1;
        let version = *last_version;
        let (ufrag, password) = (connection.ice.current.ufrag.clone(), connection.ice.current.password.clone());
        let transport = Transport {
            ufrag: &ufrag,
            password: &password,
            fingerprint: self.identity.fingerprint(),
            candidates: &self.candidates,
        };
        let subscriber = connection.subscriber()?;
        let offer = write_subscriber_offer(&subscriber.offered(), &transport, subscriber.session, version);
        subscriber.version = Some(version);
        subscriber.is_answered = false;
        subscriber.is_dirty = false;
        if !self.tell(Event::Offer { room: id, peer, version, offer }) {
            self.connections.get_mut(slot)?.subscriber()?.is_dirty = true;
        }
        Some(())
    }
}

impl Connection {
    /// The old credentials stay good until the first check with the new ones; those before them end.
    fn replace_credentials(&mut self, new: Credentials, by_ufrag: &mut HashMap<String, Slot>) {
        let current = std::mem::replace(&mut self.ice.current, new);
        if let Some(ended) = self.ice.previous.replace(current) {
            by_ufrag.remove(&ended.ufrag);
        }
    }

    /// Another browser object has answered: a new association under the same roof.
    fn begin_again(&mut self, now: Instant, dtls: Dtls) {
        self.dtls = dtls;
        self.keys = None;
        self.presence = Presence::Opening { since: now };
    }
}

impl Subscriber {
    fn add_line(&mut self, kind: Kind, start: u16) -> &mut Line {
        let stream = self.new_stream(kind, start);
        self.lines.push(Line { kind, owner: None, stream, accepted: None });
        let place = self.lines.len() - 1;
        &mut self.lines[place]
    }

    fn new_stream(&mut self, kind: Kind, start: u16) -> Downlink {
        let ssrc = self.next_ssrc;
        self.next_ssrc = ssrc.wrapping_add(2);
        Downlink::new(kind, ssrc, start)
    }

    /// Makes the lines carry exactly `published`. A line that changes hands gets a new stream.
    fn assign(&mut self, published: impl Iterator<Item = (PeerId, Kind)> + Clone, mut start: impl FnMut() -> u16) {
        for line in &mut self.lines {
            let stays = |owner| published.clone().any(|track| track == (owner, line.kind));
            if line.owner.is_some_and(|owner| !stays(owner)) {
                line.owner = None;
                line.accepted = None;
                self.is_dirty = true;
            }
        }
        for (owner, kind) in published {
            if self.lines.iter().any(|line| line.owner == Some(owner) && line.kind == kind) {
                continue;
            }
            let start = start();
            let free = self.lines.iter().position(|line| line.owner.is_none() && line.kind == kind);
            let place = free.unwrap_or(self.lines.len());
            let stream = self.new_stream(kind, start);
            let line = Line { kind, owner: Some(owner), stream, accepted: None };
            match self.lines.get_mut(place) {
                Some(free) => *free = line,
                None => self.lines.push(line),
            }
            self.is_dirty = true;
        }
    }

    fn offered(&self) -> Vec<OfferedLine> {
        let source = |line: &Line| {
            let owner = line.owner?;
            Some(OfferedSource { owner, ssrc: line.stream.ssrc, rtx_ssrc: line.stream.rtx_ssrc })
        };
        self.lines.iter().map(|line| OfferedLine { kind: line.kind, source: source(line) }).collect()
    }
}
