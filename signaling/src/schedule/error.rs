//! What can go wrong at booking, and what the caller may do about it.
use jiff::civil::DateTime;

use super::gate::Missing;
use super::slot::SlotError;
use super::state::Resource;
use crate::auth::Denied;
use crate::http::Problem;
use crate::keys::KeyError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such visit or case for this official")]
    NotFound,
    #[error("input: {field} {code}")]
    Invalid { field: &'static str, code: &'static str },
    #[error("slot: {0}")]
    Slot(#[from] SlotError),
    /// The gate is closed; each reason can be healed or waited for on its own.
    #[error("missing: {0:?}")]
    NotPossible(Vec<Missing>),
    /// Choose another time; `next` fit.
    #[error("taken: {taken:?}")]
    Taken { taken: Vec<Resource>, next: Vec<DateTime> },
    #[error("somebody was faster, or it is over")]
    Conflict,
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error("an earlier module: {}", .0.code())]
    Earlier(Problem),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl Error {
    pub(super) fn earlier(error: impl Into<Problem>) -> Self {
        Error::Earlier(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::Invalid { field, code } => Problem::invalid(field, code),
            Error::Slot(error) => {
                let (field, code) = error.field();
                Problem::invalid(field, code)
            }
            Error::NotPossible(missing) => Problem::unprocessable("not_possible").with("missing", missing),
            Error::Taken { taken, next } => {
                Problem::conflict("slot_not_available").with("taken", taken).with("next", next)
            }
            Error::Conflict => Problem::conflict("conflict"),
            Error::Denied(denied) => denied.into(),
            Error::Keys(error) => error.into(),
            Error::Earlier(problem) => problem,
            Error::Database(error) => error.into(),
        }
    }
}
