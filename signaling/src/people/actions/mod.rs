//! One file per verb of intake and care.
mod access;
mod answers;
mod consents;
mod grants;
mod open_case;
mod read;
mod shield;

pub(super) use access::{AccessEntry, access};
pub use answers::{AnswerHistory, AskedAnswer, NewAnswer, answers_of, record_answer};
pub(super) use consents::{ConsentInput, take_consent};
pub use consents::{
    ConsentView, ConsentWithdrawn, NewConsent, consent_in_force, consents_of, is_agreed, record_consent,
};
pub use grants::{GrantEnded, GrantView, grants_of};
pub(super) use grants::{NewGrant, grant, withdraw};
pub use open_case::{Intake, open_case};
pub use read::{CaseOverview, cases_seen, person_of};

use crate::auth::Denied;
use crate::http::{Faults, Problem};
use crate::keys::KeyError;
use crate::log;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such thing for this official")]
    NotFound,
    #[error("input: {0:?}")]
    Faulty(Faults),
    /// The person fears a State, and the institution is that State's.
    #[error("shielded")]
    Shielded,
    /// The institution may be of the person's own State, and they have not said that they fear nothing there.
    #[error("whether they fear their State is open")]
    FearNotAsked,
    #[error("no consent in force for exactly this")]
    ConsentMissing,
    #[error("it was withdrawn before")]
    AlreadyWithdrawn,
    #[error("no free spoken id after several tries")]
    NoSpokenId,
    #[error("stored text is not what it was sealed as: {0}")]
    Unreadable(&'static str),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Error::Faulty(faults)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::Faulty(faults) => faults.into(),
            Error::Shielded => Problem::forbidden("shielded"),
            Error::FearNotAsked => Problem::unprocessable("fear_not_asked"),
            Error::ConsentMissing => Problem::unprocessable("consent_missing"),
            Error::AlreadyWithdrawn => Problem::conflict("conflict"),
            Error::Denied(denied) => denied.into(),
            Error::Key(error) => error.into(),
            Error::Log(error) => error.into(),
            Error::Database(error) => error.into(),
            other @ (Error::NoSpokenId | Error::Unreadable(_)) => Problem::internal(&other),
        }
    }
}
