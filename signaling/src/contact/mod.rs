//! A relative is named within one case, spoken to, and approved or refused with a reason.
//!
//! `named → approved | refused`, `approved → refused` (somebody may prove unsafe later). Each state is set by one verb.
//! Invariants: nobody is named without the person's consent, in the same transaction; for a child, whoever named does not
//! approve; the phone leaves the server for a message, or unmasked for an official who just showed a passkey.
mod actions;
mod routes;
mod state;
mod store;

pub use actions::{
    Contact, ContactApproved, ContactNamed, ContactRefused, ContactView, Error, get, get_by_id, list_of_case, phone,
};
pub use routes::routes;
pub use state::{ContactRefusal, ContactState, Phone, Relation, SecondChannel};
