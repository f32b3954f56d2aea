//! The names by which the media plane knows rooms and participants. They carry no meaning here.

use std::fmt;

macro_rules! id {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            /// The first 32 bits in hex: enough to follow a log line, too little to act on.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:08x}", self.0 >> 96)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl $name {
            /// All 128 bits in hex, as it stands in `msid`.
            pub fn hex(&self) -> String {
                format!("{:032x}", self.0)
            }
        }
    };
}

id!(RoomId, "One room: packets never cross from one room to another.");
id!(PeerId, "One participant of a room, with at most one connection per side.");

/// What a track carries. Each participant has at most one track of each kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    Audio,
    Video,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Audio, Kind::Video];

    /// The word of SDP.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Audio => "audio",
            Kind::Video => "video",
        }
    }

    /// Ticks of the RTP clock in a second: Opus and VP8.
    pub(crate) fn clock_rate(self) -> u32 {
        match self {
            Kind::Audio => 48_000,
            Kind::Video => 90_000,
        }
    }
}

/// Which of a participant's two connections.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// Offered by the client; media flows to the server.
    Publisher,
    /// Offered by the server; media flows to the client.
    Subscriber,
}
