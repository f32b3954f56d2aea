//! A visit is booked: its type, who takes part and at which seat, one slot with its resources, none of them twice.
//!
//! A visit's state is derived, never stored: `booked → live → done`, or `cancelled`, or `missed` when its time passed
//! without a call ([`VisitState`]). The type is fixed at booking. The site's local time is the contract; the instants
//! are derived from it by a named version of the zone rules.
//!
//! Invariant of absence: nothing here knows a link, a code or a room.
mod actions;
mod error;
mod gate;
pub mod jobs;
mod routes;
mod slot;
mod state;
mod store;
mod view;
mod visit_type;

pub use actions::{CodeAgain, VisitBooked, VisitCancelled, visits_of_case, visits_seen_of_case};
pub use error::Error;
pub use gate::Missing;
pub use routes::routes;
pub use slot::local;
pub use state::{CancelReason, ParticipantKind, ParticipantState, Picture, Run, SeatKind, VisitState};
pub use store::{Participant, Visit, participants_of, participants_of_all, visit, visit_by_id, visits_on_days};
pub use view::{Names, ParticipantView, Presence, VisitSummary, VisitView, full};
pub use visit_type::{Doorkeeper, VisitType};
