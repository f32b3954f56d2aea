//! Both sides arrive, wait, are admitted or turned away.
//!
//! A relative comes by a link and a code, the hosted person by six digits at an enrolled kiosk, an official by joining.
//! A participant's states and moves stand in [`state`]; each move is written where the row still is what was decided on.
//!
//! Invariants: a link redeems exactly once; whoever waits holds a [`Lobby`], only this module makes a [`Pass`]; to those
//! outside, every reason why a link does not open is one answer. Invariant of absence: nothing here knows a room, a
//! socket or a packet.
mod actions;
mod error;
pub mod jobs;
mod pass;
mod routes;
mod state;
mod store;
mod watch;

pub use actions::is_doorkeeper;
pub use error::Error;
pub use pass::{Lobby, OPENS_BEFORE, Pass, Place, Way, leave, pass_for_official, pass_for_seat, pass_of, standing};
pub use routes::routes;
pub use state::{Standing, TurnAwayReason};
