//! What a call shows becomes evidence: an official asks for a document, the relative agrees and sends a still taken on
//! their own device, an official describes how it was seen. Notes of staff are items, too.
//!
//! A request: asked → accepted | refused; accepted → stored; asked, accepted → refused, too, when what the asking rested
//! on ends. An item is written once and never changes; how it was seen
//! is told by rows beside it, of which the newest holds. Each item has its entry in the log, in the same transaction.
//! Invariant of absence: no byte of a still is in the database, and nothing here decides anything.
mod actions;
pub mod jobs;
mod routes;
mod state;
mod still;
mod store;

use serde::{Deserialize, Serialize};

pub use actions::{
    NewCorroboration, NewNote, Still, StillOfItem, items_of_case, items_of_claim, record_corroboration, record_note,
    still_of_item, strands_of_claim,
};
pub use routes::routes;
pub use state::{Corroboration, EvidenceSummary, ReachedBy, SourceKind, SourceOutcome, Strand};

use crate::http::Problem;
use crate::id::{CaseId, EvidenceId, InstitutionId};
use crate::jobs::Job;
use crate::{log, objects};

/// An item was recorded, or how it was seen was described.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EvidenceRecorded {
    pub evidence: EvidenceId,
    pub case: CaseId,
    /// Who owns the case.
    pub institution: InstitutionId,
}

impl Job for EvidenceRecorded {
    const KIND: &'static str = "evidence.recorded";
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such thing for whoever asks")]
    NotFound,
    #[error("documents are shown in verification visits only")]
    VisitTakesNoDocuments,
    #[error("the call is not live")]
    CallNotLive,
    #[error("a participant of the visit is needed")]
    NotInVisit,
    #[error("the person's consent to verification is not in force")]
    ConsentMissing,
    #[error("too many open requests in this visit")]
    TooManyRequests,
    #[error("the request was answered otherwise already")]
    AnsweredOtherwise,
    #[error("the relative has not agreed")]
    NotAccepted,
    #[error("other bytes are stored for this request")]
    StoredOtherwise,
    #[error("neither JPEG nor PNG, or not one that can be measured")]
    NotAnImage,
    #[error("the bytes have another hash than the sender computed")]
    HashDiffers,
    #[error("larger than a still may be")]
    TooLarge,
    #[error("{0} is not understood")]
    Header(&'static str),
    #[error("what is stored is not what was recorded")]
    Changed,
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Objects(#[from] objects::Error),
    #[error(transparent)]
    Key(#[from] crate::keys::KeyError),
    #[error("refused")]
    Refused(Problem),
}

impl From<crate::auth::Denied> for Error {
    fn from(denied: crate::auth::Denied) -> Self {
        Error::Refused(denied.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::VisitTakesNoDocuments => Problem::conflict("visit_takes_no_documents"),
            Error::CallNotLive => Problem::conflict("call_not_live"),
            Error::NotInVisit => Problem::not_allowed(),
            Error::ConsentMissing => Problem::conflict("consent_missing"),
            Error::TooManyRequests => Problem::conflict("too_many_requests"),
            Error::AnsweredOtherwise => Problem::conflict("answered_otherwise"),
            Error::NotAccepted => Problem::conflict("not_accepted"),
            Error::StoredOtherwise => Problem::conflict("stored_otherwise"),
            Error::NotAnImage => Problem::unprocessable("not_an_image"),
            Error::HashDiffers => Problem::unprocessable("hash_differs"),
            Error::TooLarge => Problem::too_large(),
            Error::Header(name) => Problem::invalid(name, "not_understood"),
            Error::Database(error) => error.into(),
            Error::Log(error) => error.into(),
            Error::Objects(error) => error.into(),
            Error::Key(error) => error.into(),
            Error::Refused(problem) => problem,
            changed @ Error::Changed => Problem::internal(&changed),
        }
    }
}
