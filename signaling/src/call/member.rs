//! One participant of a room: where they stand, by which socket they are reached, what they were told.
use jiff::{SignedDuration, Timestamp};

use super::events::{Output, Reported, SocketId};
use super::inside::Place;
use super::protocol::{ErrorCode, MAX_CHAT_CHARS, RoomState};
use crate::id::PublicId;
use crate::schedule::{ParticipantKind, SeatKind};

/// Chat: a few lines at once, then one in a second.
const CHAT_BURST: SignedDuration = SignedDuration::from_secs(5);
const CHAT_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    Absent,
    Open(SocketId),
    /// Broke; expected back.
    Dropped {
        since: Timestamp,
    },
}

pub struct Member<P> {
    pub public: PublicId,
    pub kind: ParticipantKind,
    pub seat: SeatKind,
    pub place: Place<P>,
    pub link: Link,
    /// What their socket was told last: a state is sent when it differs.
    pub told: Option<RoomState>,
    /// Chat that was said up to here fills the allowance.
    pub chat_until: Timestamp,
}

impl<P> Member<P> {
    pub fn new(reported: &Reported<P>, now: Timestamp) -> Self {
        Member {
            public: reported.public,
            kind: reported.kind,
            seat: reported.seat,
            place: Place::Lobby,
            link: Link::Absent,
            told: None,
            chat_until: now,
        }
    }

    pub fn socket(&self) -> Option<SocketId> {
        match self.link {
            Link::Open(socket) => Some(socket),
            Link::Absent | Link::Dropped { .. } => None,
        }
    }

    pub fn is_present(&self) -> bool {
        matches!((&self.place, self.link), (Place::Inside(_), Link::Open(_)))
    }

    /// Counts for staying live: present, or expected back.
    pub fn is_held(&self) -> bool {
        matches!((&self.place, self.link), (Place::Inside(_), Link::Open(_) | Link::Dropped { .. }))
    }

    pub fn move_to(&mut self, place: Place<P>, out: &mut Vec<Output>) {
        match (&mut self.place, place) {
            (Place::Inside(inside), Place::Inside(newer)) => inside.renew(newer),
            (Place::Inside(inside), place) => {
                out.push(Output::Media(inside.leave()));
                if let Link::Dropped { .. } = self.link {
                    self.link = Link::Absent;
                }
                self.place = place;
            }
            (_, place) => self.place = place,
        }
    }

    pub fn may_chat(&mut self, text: &str, now: Timestamp) -> Result<(), ErrorCode> {
        if text.chars().count() > MAX_CHAT_CHARS {
            return Err(ErrorCode::TextTooLong);
        }
        if text.trim().is_empty() {
            return Err(ErrorCode::Malformed);
        }
        let until = self.chat_until.max(now) + CHAT_INTERVAL;
        if until.duration_since(now) > CHAT_BURST {
            return Err(ErrorCode::SlowDown);
        }
        self.chat_until = until;
        Ok(())
    }
}
