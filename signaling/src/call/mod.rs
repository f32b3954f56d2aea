//! The live run of a visit: who is in the room, who hears whom, when it ends and why.
mod protocol;

pub use protocol::{Document, DocumentSide};

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::id::{ParticipantId, PublicId, VisitId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

pub struct Calls;

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

impl Calls {
    fn notify(&self, _visit: VisitId, _notice: Notice) {}
    fn is_live(&self, _visit: VisitId) -> bool {
        false
    }
    fn is_present(&self, _visit: VisitId, _participant: ParticipantId) -> bool {
        false
    }
}
