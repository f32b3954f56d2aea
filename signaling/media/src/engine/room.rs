//! Rooms, who is in them, and who hears whom.

use super::connection::{Half, Route, Slot};
use super::*;
use crate::ids::Kind;

/// One room.
pub struct Room {
    pub forwarding: bool,
    /// At most [`MAX_PEERS_PER_ROOM`].
    pub peers: Vec<Peer>,
}

/// One participant.
pub struct Peer {
    pub id: PeerId,
    pub publisher: Option<Slot>,
    pub subscriber: Option<Slot>,
    pub muted: [bool; 2],
    /// Of the last offer made to this participant, over all of its connections.
    pub last_version: u32,
}

impl Room {
    pub fn peer(&self, id: PeerId) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.id == id)
    }

    pub fn peer_mut(&mut self, id: PeerId) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.id == id)
    }

    /// The participant, who enters by this if there is a place.
    pub fn enter(&mut self, id: PeerId) -> Option<&mut Peer> {
        if self.peer(id).is_none() {
            if self.peers.len() == MAX_PEERS_PER_ROOM {
                return None;
            }
            self.peers.push(Peer { id, publisher: None, subscriber: None, muted: [false; 2], last_version: 0 });
        }
        self.peer_mut(id)
    }

    fn publishers(&self) -> impl Iterator<Item = (&Peer, Slot)> {
        self.peers.iter().filter_map(|peer| Some((peer, peer.publisher?)))
    }
}

impl Engine {
    pub(super) fn open_room(&mut self, room: RoomId) {
        if self.rooms.len() >= MAX_ROOMS_PER_THREAD && !self.rooms.contains_key(&room) {
            tracing::warn!(%room, "no place for another room");
            return;
        }
        self.rooms.entry(room).or_insert_with(|| Room { forwarding: true, peers: Vec::new() });
    }

    pub(super) fn close_room(&mut self, now: Instant, id: RoomId) {
        let Some(room) = self.rooms.remove(&id) else { return };
        for slot in room.peers.iter().flat_map(|peer| [peer.publisher, peer.subscriber]).flatten() {
            self.disconnect(now, slot);
        }
    }

    pub(super) fn leave(&mut self, now: Instant, room_id: RoomId, id: PeerId) {
        let Some(room) = self.rooms.get_mut(&room_id) else { return };
        let Some(place) = room.peers.iter().position(|peer| peer.id == id) else { return };
        let peer = room.peers.remove(place);
        for slot in [peer.publisher, peer.subscriber].into_iter().flatten() {
            self.disconnect(now, slot);
        }
        self.settle(room_id);
    }

    pub(super) fn set_forwarding(&mut self, now: Instant, id: RoomId, on: bool) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.forwarding = on;
        self.open_and_close_tracks(now, id);
    }

    pub(super) fn set_muted(&mut self, now: Instant, id: RoomId, peer: PeerId, kind: Kind, muted: bool) {
        // Said of somebody who is not here yet, it must hold when they come.
        let Some(peer) = self.rooms.get_mut(&id).and_then(|room| room.enter(peer)) else { return };
        peer.muted[kind as usize] = muted;
        self.open_and_close_tracks(now, id);
    }

    /// Lets each track of a room through or not. What opens again begins a new run and, if it is video, a key frame.
    pub(super) fn open_and_close_tracks(&mut self, now: Instant, id: RoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        let wanted: Vec<(Slot, [bool; 2])> =
            room.publishers().map(|(peer, slot)| (slot, peer.muted.map(|muted| room.forwarding && !muted))).collect();
        for (slot, open) in wanted {
            let runs = [self.next_run(), self.next_run()];
            let Some(publisher) = self.connections.get_mut(slot).and_then(|c| c.publisher()) else { continue };
            let before = std::mem::replace(&mut publisher.open, open);
            for place in 0..open.len() {
                if before[place] != open[place]
                    && let Some(track) = &mut publisher.tracks[place]
                {
                    track.begin_run(runs[place]);
                }
            }
            if open[Kind::Video as usize] && !before[Kind::Video as usize] {
                self.want_key_frame(now, slot);
            }
        }
    }

    /// After a change of who publishes or receives: m-lines, routes and offers follow.
    pub(super) fn settle(&mut self, id: RoomId) {
        self.assign_lines(id);
        self.rebuild_routes(id);
        self.send_offers(id);
    }

    /// The forwarding table of a room, from its m-lines.
    pub(super) fn rebuild_routes(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        for (owner, slot) in room.publishers() {
            let routes = room
                .peers
                .iter()
                .filter(|peer| peer.id != owner.id)
                .filter_map(|peer| peer.subscriber)
                .flat_map(|to| routes_to(&self.connections, to, owner.id))
                .collect();
            if let Some(publisher) = self.connections.get_mut(slot).and_then(|c| c.publisher()) {
                publisher.routes = routes;
            }
        }
    }
}

/// The routes from one participant to one receiver.
fn routes_to(connections: &connection::Connections, to: Slot, owner: PeerId) -> Vec<Route> {
    let Some(Half::Subscriber(subscriber)) = connections.get(to).map(|c| &c.half) else { return Vec::new() };
    let lines = subscriber.lines.iter().enumerate();
    lines
        .filter(|(_, line)| line.owner == Some(owner) && line.flows())
        .map(|(place, line)| Route { kind: line.kind, to, line: place })
        .collect()
}
