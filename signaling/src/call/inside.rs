//! Who is let in. Every order about somebody's media names a [`Peer`], and only [`Inside`] makes one, out of the pass
//! that admission gave: for a person who waits there is nothing to order.
use super::protocol::MediaKind;
use crate::id::ParticipantId;

/// Where admission has put a participant.
#[derive(Debug)]
pub enum Place<P> {
    /// Waits, or is not there yet.
    Lobby,
    Inside(Inside<P>),
    /// Turned away, cancelled, over: whatever the reason.
    Out,
}

/// A participant with a pass, and what they withhold.
#[derive(Debug)]
pub struct Inside<P> {
    participant: ParticipantId,
    /// Kept for as long as they are inside.
    _pass: P,
    is_audio_muted: bool,
    is_video_muted: bool,
}

/// The participant of an order to the media plane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer(ParticipantId);

impl Peer {
    pub fn participant(self) -> ParticipantId {
        self.0
    }
}

/// What the media plane is told to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    Open,
    Close,
    Forward { on: bool },
    Publish { peer: Peer, offer: String },
    Subscribe { peer: Peer },
    Answer { peer: Peer, version: u32, answer: String },
    Mute { peer: Peer, kind: MediaKind, muted: bool },
    Leave { peer: Peer },
}

impl<P> Inside<P> {
    pub fn new(participant: ParticipantId, pass: P) -> Self {
        Inside { participant, _pass: pass, is_audio_muted: false, is_video_muted: false }
    }

    /// Admission was asked again and gave a newer pass; what they muted stays muted.
    pub fn renew(&mut self, newer: Inside<P>) {
        self._pass = newer._pass;
    }

    pub fn is_muted(&self, kind: MediaKind) -> bool {
        match kind {
            MediaKind::Audio => self.is_audio_muted,
            MediaKind::Video => self.is_video_muted,
        }
    }

    pub fn mute(&mut self, kind: MediaKind, muted: bool) -> Order {
        match kind {
            MediaKind::Audio => self.is_audio_muted = muted,
            MediaKind::Video => self.is_video_muted = muted,
        }
        Order::Mute { peer: self.peer(), kind, muted }
    }

    /// A new connection starts with everything open in the media plane, so what is muted is said again.
    pub fn publish(&self, offer: String) -> Vec<Order> {
        let peer = self.peer();
        let muted = [MediaKind::Audio, MediaKind::Video].into_iter().filter(|kind| self.is_muted(*kind));
        let mutes = muted.map(|kind| Order::Mute { peer, kind, muted: true });
        std::iter::once(Order::Publish { peer, offer }).chain(mutes).collect()
    }

    pub fn subscribe(&self) -> Order {
        Order::Subscribe { peer: self.peer() }
    }

    pub fn answer(&self, version: u32, answer: String) -> Order {
        Order::Answer { peer: self.peer(), version, answer }
    }

    pub fn leave(&self) -> Order {
        Order::Leave { peer: self.peer() }
    }

    fn peer(&self) -> Peer {
        Peer(self.participant)
    }
}
