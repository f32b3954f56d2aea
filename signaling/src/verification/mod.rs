//! Claims about identity, nationality and family links: what speaks for them, the level that follows, and the decision of
//! two people.
//!
//! ```text
//! named ──► claim (L0) ──evidence──► L1 … ──► recommendation (verifier) ──► decision (another person)
//! ```
//! A level is computed by a named rule version from stored strands and decisions; no route sets one. Who once
//! recommended on a claim never decides on it, and the other way round: the policy says so, and the schema again
//! (`claim_roles`).
mod actions;
pub mod jobs;
mod levels;
mod routes;
mod store;

use crate::evidence;
use crate::http::Problem;
use crate::keys::KeyError;
use crate::{auth, contact, log, people};

pub use routes::routes;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such claim for whoever asks")]
    NotFound,
    #[error("a recommendation waits for its decision already")]
    RecommendationOpen,
    #[error("nothing was recommended yet")]
    NothingRecommended,
    #[error("who recommended on a claim does not decide on it, nor the other way round")]
    FourEyes,
    #[error("{0} is empty or too long")]
    Text(&'static str),
    #[error(transparent)]
    Denied(#[from] auth::Denied),
    #[error(transparent)]
    Evidence(#[from] evidence::Error),
    #[error(transparent)]
    People(#[from] people::Error),
    #[error(transparent)]
    Contact(#[from] contact::Error),
    #[error(transparent)]
    Log(#[from] log::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::RecommendationOpen => Problem::conflict("recommendation_open"),
            Error::NothingRecommended => Problem::conflict("nothing_recommended"),
            Error::FourEyes => Problem::conflict("four_eyes"),
            Error::Text(field) => Problem::invalid(field, "length"),
            Error::Denied(denied) => denied.into(),
            Error::Evidence(error) => error.into(),
            Error::People(error) => error.into(),
            Error::Contact(error) => error.into(),
            Error::Log(error) => error.into(),
            Error::Key(error) => error.into(),
            Error::Database(error) => error.into(),
        }
    }
}
