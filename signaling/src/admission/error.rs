//! What can go wrong at the door, and what the one outside hears of it.
use jiff::Timestamp;

use super::state::NotPossible;
use crate::auth::Denied;
use crate::http::Problem;
use crate::keys::KeyError;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such participant or visit for who asks")]
    NotFound,
    /// One answer for expired, revoked, used elsewhere, no tries left, cancelled, turned away: nobody outside learns which.
    #[error("not available")]
    NotAvailable,
    #[error("opens at {opens_at}")]
    TooEarly { opens_at: Timestamp },
    #[error("wrong code")]
    WrongCode { tries_left: i32 },
    #[error("wrong digits")]
    WrongDigits,
    #[error("too many wrong digits at this kiosk")]
    SlowDown { retry_after_s: u64 },
    #[error("the kiosk is not enrolled")]
    NotEnrolled,
    #[error("input: {field} {code}")]
    Invalid { field: &'static str, code: &'static str },
    #[error("somebody was faster")]
    Conflict,
    #[error("not in this role for this visit")]
    NotAllowed,
    #[error(transparent)]
    NotPossible(#[from] NotPossible),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::NotAvailable => Problem::forbidden("not_available"),
            Error::TooEarly { opens_at } => Problem::forbidden("too_early").with("opens_at", opens_at),
            Error::WrongCode { tries_left } => Problem::forbidden("wrong_code").with("tries_left", tries_left),
            Error::WrongDigits => Problem::forbidden("wrong_code"),
            Error::SlowDown { retry_after_s } => Problem::slow_down(retry_after_s),
            Error::NotEnrolled => Problem::forbidden("not_enrolled"),
            Error::Invalid { field, code } => Problem::invalid(field, code),
            Error::Conflict | Error::NotPossible(_) => Problem::conflict("conflict"),
            Error::NotAllowed => Problem::not_allowed(),
            Error::Denied(denied) => denied.into(),
            Error::Keys(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}
