//! A visit is booked: its type, who takes part and at which seat, one slot with its resources, none of them twice.
//!
//! A visit's state is derived, never stored: `booked → live → done`, or `cancelled`, or `missed` when its time passed
//! without a call ([`VisitState`]). The type is fixed at booking. The site's local time is the contract; the instants
//! are derived from it by a named version of the zone rules.
//!
//! Invariant of absence: nothing here knows a link, a code or a room.
mod actions;
mod gate;
mod labels;
mod routes;
mod slot;
mod state;
mod store;
mod view;

pub use actions::{CodeAgain, VisitBooked, VisitCancelled, visits_of_case};
pub use gate::Missing;
pub use labels::Labels;
pub use routes::routes;
pub use slot::{Slot, SlotError};
pub use state::{CancelReason, ParticipantKind, ParticipantState, SeatKind, VisitState, VisitType};
pub use store::{Participant, Visit, participants_of, visit, visit_by_id, visits_on_day};
pub use view::{CaseName, KioskName, OtherZone, ParticipantView, SiteName, VisitSummary, VisitView};
