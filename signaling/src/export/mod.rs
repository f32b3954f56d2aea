//! A case's evidence leaves as a package that anybody can verify without us.
//!
//! An export: preparing → ready | failed; who still needs it after a failure asks for another. Asking for one writes the log's own word of it first, because a package ends with the
//! entry of its own export; a job builds it once the log has given every entry its place, verifies it as a stranger
//! would, and only then keeps it, sealed.
//! Invariants of absence: no field leaves that `profile` does not name; nothing leaves without a recipient, a purpose
//! and a basis (rule D4); the package carries no key of ours to be trusted, the trust file goes another way.
mod actions;
pub mod jobs;
mod package;
mod profile;
mod routes;
mod store;

pub use routes::routes;

use crate::http::Problem;
use crate::keys::KeyError;
use crate::{auth, evidence, log, objects};

crate::words! {
    /// Why a package will not come, for the desk. The log says more to the operator.
    pub enum FailedReason in "exports.failed_reason" {
        DoesNotVerify = "does_not_verify", NotReadable = "not_readable", LogTooSlow = "log_too_slow", Fault = "fault",
    }
}

impl From<&Error> for FailedReason {
    fn from(error: &Error) -> Self {
        match error {
            Error::DoesNotVerify(_) | Error::Build(_) => FailedReason::DoesNotVerify,
            Error::Objects(_) | Error::Evidence(_) | Error::Key(_) => FailedReason::NotReadable,
            _ => FailedReason::Fault,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such thing for whoever asks")]
    NotFound,
    #[error("the package is not built yet")]
    NotReady,
    #[error("a field is missing or too long")]
    Input(crate::http::Faults),
    #[error("the captured files are more than one package may hold")]
    TooLarge,
    #[error("what was built does not verify: {0}")]
    DoesNotVerify(String),
    #[error("the package cannot be built: {0}")]
    Build(#[from] attest::package::BuildError),
    #[error("the archive cannot be written: {0}")]
    Archive(#[from] attest::archive::WriteError),
    #[error("the builder stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
    #[error("refused")]
    Denied(#[from] auth::Denied),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Objects(#[from] objects::Error),
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::NotReady => Problem::conflict("not_ready"),
            Error::Input(faults) => faults.into(),
            Error::TooLarge => Problem::too_large(),
            Error::Denied(denied) => denied.into(),
            Error::Database(error) => error.into(),
            Error::Log(error) => error.into(),
            Error::Objects(error) => error.into(),
            Error::Evidence(error) => error.into(),
            Error::Key(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}
