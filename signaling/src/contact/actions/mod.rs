//! Naming, approving, refusing; and the doors through which later modules read a contact.
mod decide;
mod name;
mod read;

use serde::{Deserialize, Serialize};

pub(super) use decide::{Refusal, Vetting, approve, refuse, unmask_phone};
pub(super) use name::{NewContact, name};
pub use read::{Contact, ContactView, get, get_by_id, list_of_case, phone};

use super::state::WrongState;
use crate::auth::Denied;
use crate::http::{Faults, Problem};
use crate::id::{CaseId, ContactId, InstitutionId};
use crate::jobs::Job;
use crate::keys::KeyError;
use crate::people;

/// A contact was named: the link between the two is now claimed.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactNamed {
    pub case: CaseId,
    pub contact: ContactId,
    /// Who owns the case, and so in whose scope a listener acts.
    pub institution: InstitutionId,
}
impl Job for ContactNamed {
    const KIND: &'static str = "contact.named";
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ContactApproved {
    pub case: CaseId,
    pub contact: ContactId,
    pub institution: InstitutionId,
}
impl Job for ContactApproved {
    const KIND: &'static str = "contact.approved";
}

/// Visits with this contact do not take place.
#[derive(Debug, Serialize, Deserialize)]
pub struct ContactRefused {
    pub case: CaseId,
    pub contact: ContactId,
    pub institution: InstitutionId,
}
impl Job for ContactRefused {
    const KIND: &'static str = "contact.refused";
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no such contact or case for this official")]
    NotFound,
    #[error("input: {0:?}")]
    Faulty(Faults),
    #[error("from {from} to {to} there is no way")]
    WrongState { from: &'static str, to: &'static str },
    #[error("somebody else decided first")]
    Conflict,
    /// A child's contact is approved by another official than who named it.
    #[error("who named it does not approve it")]
    FourEyes,
    #[error("the person's consent is not in force")]
    ConsentMissing,
    #[error("stored text is not what it was sealed as: {0}")]
    Unreadable(&'static str),
    #[error(transparent)]
    People(#[from] people::Error),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<WrongState> for Error {
    fn from(wrong: WrongState) -> Self {
        Error::WrongState { from: wrong.from, to: wrong.to }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::not_found(),
            Error::Faulty(faults) => faults.into(),
            Error::WrongState { .. } | Error::Conflict => Problem::conflict("conflict"),
            Error::FourEyes => Problem::conflict("four_eyes"),
            Error::ConsentMissing => Problem::unprocessable("consent_missing"),
            Error::People(error) => error.into(),
            Error::Denied(denied) => denied.into(),
            Error::Key(error) => error.into(),
            Error::Database(error) => error.into(),
            other @ Error::Unreadable(_) => Problem::internal(&other),
        }
    }
}
