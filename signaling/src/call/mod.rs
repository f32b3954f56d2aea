//! The live run of a visit: who is in the room, who hears whom, when it ends and why.
//!
//! A room is one task ([`room`]) around one pure state ([`state`]); websockets ([`socket`]) talk to it by mailbox, and
//! it talks to the media plane by commands. Call decides, media forwards.
//! Invariants of absence: nothing here reads a name, a phone or a note; chat is relayed and kept nowhere; nobody is let
//! in without admission's pass.
mod actions;
mod calls;
mod events;
mod figures;
mod inside;
pub mod jobs;
mod member;
pub mod probe;
mod protocol;
mod reading;
mod room;
mod routes;
mod socket;
mod state;
mod store;
mod token;

pub use calls::{Calls, run};
pub use protocol::{Document, DocumentSide};
pub use routes::routes;

use crate::app::App;
use crate::id::{ParticipantId, PublicId, VisitId};

/// What a later module tells those in a room about a document. It reaches only whom it concerns: `DocumentAsked` the
/// relative, the others the officials.
#[derive(Clone, Debug)]
pub enum Notice {
    DocumentAsked { request: PublicId, document: Document, side: DocumentSide },
    DocumentStored { request: PublicId, evidence: PublicId, sha256: String },
    DocumentRefused { request: PublicId },
}

/// After the commit of what it tells. Nobody in the room is no fault: whoever comes later asks over HTTP.
pub fn notify(app: &App, visit: VisitId, notice: Notice) {
    app.calls.notify(visit, notice);
}

/// Whether at least two admitted participants are in the visit's room on this node.
pub fn is_live(app: &App, visit: VisitId) -> bool {
    app.calls.is_live(visit)
}

/// Whether an admitted participant's page is connected to the visit's room on this node.
pub fn is_present(app: &App, visit: VisitId, participant: ParticipantId) -> bool {
    app.calls.is_present(visit, participant)
}
