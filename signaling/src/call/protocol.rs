//! The frames of the room's websocket, subprotocol `reencuentro.v1`. PROTOCOL.md tells a stranger how to write a client
//! from them; a test binds that page to this file by hash.
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::PublicId;
use crate::schedule::{ParticipantKind, Picture, SeatKind, VisitType};
use crate::words;

pub const SUBPROTOCOL: &str = "reencuentro.v1";
/// One text frame, either way. Chromium's largest description is about 15 KiB.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;
/// Characters of a chat message.
pub const MAX_CHAT_CHARS: usize = 500;

/// What a client sends. The first frame is `hello`; everything else needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The room token; accepted once.
    Hello {
        token: String,
    },
    /// SDP offer of what the client sends.
    Publish {
        offer: String,
    },
    /// Asks for the connection that carries the others' media; the server's `offer` follows.
    Subscribe {},
    /// SDP answer to the server's offer of this version.
    Answer {
        version: u32,
        answer: String,
    },
    /// Withholds or gives back one kind of the sender's own media.
    Mute {
        kind: MediaKind,
        muted: bool,
    },
    /// Relayed while the room is live, kept nowhere.
    Chat {
        #[schema(max_length = 500)]
        text: String,
    },
    Ping {
        n: u32,
    },
    /// Out of the call for now; the participant may come back until the end.
    Leave {},
    /// Ends the call for everybody; only an official who takes part may.
    End {},
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `hello`.
    Welcome(Welcome),
    /// The room as the receiver may see it, whole, at every change.
    State(RoomState),
    /// SDP answer to `publish`.
    Published {
        answer: String,
    },
    /// SDP offer of the others' media; supersedes every offer with a lower version.
    Offer {
        version: u32,
        offer: String,
    },
    Chat {
        from: PublicId,
        text: String,
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
    },
    Pong {
        n: u32,
    },
    /// To the relative: an official asks to be shown a document.
    DocumentAsked {
        request: PublicId,
        document: Document,
        side: DocumentSide,
    },
    /// To the officials: the still is kept as evidence.
    DocumentStored {
        request: PublicId,
        evidence: PublicId,
        #[schema(min_length = 64, max_length = 64)]
        sha256: String,
    },
    /// To the officials: the relative said no.
    DocumentRefused {
        request: PublicId,
    },
    /// The call is over, for everybody.
    Ended {},
    Error {
        code: ErrorCode,
        fatal: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Welcome {
    pub participant: PublicId,
    pub visit_type: VisitType,
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// The server's clock, for a countdown on a device whose clock is wrong.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Always false: nothing records yet.
    pub recorded: bool,
    /// Two pictures that both sides see and may compare aloud.
    #[schema(value_type = Vec<Picture>)]
    pub code_phrase: Vec<String>,
    /// The number to call in doubt.
    pub check_number: String,
    pub ice: Ice,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ice {
    /// As `RTCConfiguration.iceServers`. Empty: the server's own candidates stand in its descriptions.
    pub servers: Vec<IceServer>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RoomState {
    pub state: Situation,
    /// Empty in the lobby and after the end: who is not inside learns nobody's presence.
    pub participants: Vec<Seen>,
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
}

/// Where the receiver stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// In the lobby, not admitted.
    Waiting,
    /// Inside with others, but somebody whom this type of visit needs is not there yet.
    Admitted,
    /// Inside, the others not yet.
    Alone,
    /// At least two are inside: media is forwarded.
    Live,
    /// Was live; the others are gone for now. Nothing is forwarded.
    Paused,
    Ended,
    /// Whatever the reason.
    NotAvailable,
}

/// A participant who is admitted, as the others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Seen {
    pub id: PublicId,
    pub kind: ParticipantKind,
    pub seat: SeatKind,
    pub me: bool,
    /// Has an open websocket now.
    pub present: bool,
    /// Audio is not muted.
    pub audio: bool,
    /// Video is not muted.
    pub video: bool,
}

words! {
    pub enum MediaKind in "a frame" { Audio = "audio", Video = "video" }
}

words! {
    pub enum Document in "document_requests.document" { Passport = "passport", NationalId = "national_id", BirthCertificate = "birth_certificate", Other = "other" }
}

words! {
    pub enum DocumentSide in "document_requests.side" { Front = "front", Back = "back" }
}

words! {
    /// Plain codes; pages translate them. PROTOCOL.md says what a client does about each.
    pub enum ErrorCode in "a frame" {
        /// The token is not ours, is over, or was used.
        TokenRefused = "token_refused",
        HelloExpected = "hello_expected",
        HelloTwice = "hello_twice",
        /// Not JSON, not text, or no message of this protocol.
        Malformed = "malformed",
        TooLarge = "too_large",
        SlowDown = "slow_down",
        /// The client did not take what it was sent.
        TooSlow = "too_slow",
        /// Not in this state of the room.
        NotNow = "not_now",
        NotAllowed = "not_allowed",
        DescriptionRefused = "description_refused",
        /// The answer was to an offer that has been superseded; the newer one is on its way.
        StaleAnswer = "stale_answer",
        TextTooLong = "text_too_long",
        /// The same participant opened another connection, which now holds the seat.
        Replaced = "replaced",
        ServerRestarting = "server_restarting",
        /// Not at the moment: come back with a new token.
        Unavailable = "unavailable",
    }
}

impl ErrorCode {
    /// The socket is closed after it.
    pub fn is_fatal(self) -> bool {
        use ErrorCode::*;
        matches!(self, TokenRefused | HelloExpected | TooLarge | TooSlow | Replaced | ServerRestarting | Unavailable)
    }
}

impl ServerMessage {
    pub fn error(code: ErrorCode) -> Self {
        ServerMessage::Error { code, fatal: code.is_fatal() }
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
