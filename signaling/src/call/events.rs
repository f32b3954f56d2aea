//! What happens to a room, and what follows from it.
use jiff::Timestamp;

use super::inside::{Order, Place};
use super::protocol::{ClientMessage, ServerMessage};
use crate::id::{ParticipantId, PublicId};
use crate::schedule::{ParticipantKind, SeatKind};
use crate::words;

/// One websocket; a participant's newer one replaces the older.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SocketId(pub u64);

words! {
    pub enum EndReason in "calls.end_reason" {
        EndedByHost = "ended_by_host",
        TimeOver = "time_over",
        /// The time was over, and nobody was there any more.
        EverybodyLeft = "everybody_left",
    }
}

/// What the database and admission say about the visit now.
pub struct Reading<P> {
    pub ends_at: Timestamp,
    pub standing: VisitStanding,
    pub participants: Vec<Reported<P>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VisitStanding {
    Open,
    /// Was live before: on another node, or before this server started again.
    OpenAgain,
    Ended,
    /// Cancelled, or of a type that cannot be held yet.
    NotAvailable,
}

pub struct Reported<P> {
    pub id: ParticipantId,
    pub public: PublicId,
    pub kind: ParticipantKind,
    pub seat: SeatKind,
    pub place: Place<P>,
}

pub enum Input<P> {
    /// Admission and the database were read again.
    Read(Reading<P>),
    Joined {
        participant: ParticipantId,
        socket: SocketId,
    },
    /// The websocket broke.
    Dropped {
        participant: ParticipantId,
        socket: SocketId,
    },
    Said {
        participant: ParticipantId,
        socket: SocketId,
        message: ClientMessage,
    },
    /// The media plane's offer for a subscriber.
    Offered {
        participant: ParticipantId,
        version: u32,
        offer: String,
    },
    Noticed(Audience, ServerMessage),
    /// Time passed.
    Tick,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Audience {
    Contacts,
    Officials,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    Tell {
        socket: SocketId,
        message: ServerMessage,
    },
    HangUp {
        socket: SocketId,
        why: HangUp,
    },
    Media(Order),
    /// The first moment that two are inside.
    BecameLive,
    /// Out by their own will.
    Left {
        participant: ParticipantId,
    },
    Over {
        reason: EndReason,
        by: Option<ParticipantId>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HangUp {
    Normal,
    Replaced,
}
