//! The media plane of Reencuentro: a selective forwarding unit for rooms of two to eight people.
//!
//! The crate knows rooms, participants and tracks by id and nothing of people, cases or visits. One plain thread per
//! UDP socket owns its rooms; the rest of the program talks to it through bounded commands and events
//! ([`Media`], [`Command`], [`Event`]). The transport (ICE-lite, DTLS-SRTP, forwarding) is our own on `rtc-dtls`;
//! the `webrtc` crate's connection is used by [`client`] only, a headless participant for self-tests.

// What the rest of the program sees.
mod ids;
mod seam;

// What comes in on the wire, parsed without trust and without state.
mod bytes_be;
mod client_hello;
mod rtcp;
mod rtp;
pub mod sdp;
mod stun;

// What one association or one track remembers; pure functions of state, input and time.
mod downlink;
mod dtls;
mod line;
mod loss;
mod ring;
mod srtp;
mod track;
mod twcc;

// The media thread: its socket, its loop, its rooms.
mod engine;
mod thread;
mod udp;

pub mod client;
pub mod load;

pub use dtls::Identity;
pub use ids::{Kind, PeerId, RoomId, Side};
pub use sdp::SdpError;
pub use seam::{Command, Config, Event, Media, QueueFull, StartError, Stats};
