//! One file per verb, and the facts that they publish.
mod book;
mod cancel;
mod read;
mod send_code_again;

pub(super) use book::{BookVisit, book};
pub(super) use cancel::{CancelVisit, cancel, cancel_what_rested_on};
pub(super) use read::{list, read};
pub use read::{visits_of_case, visits_seen_of_case};
pub(super) use send_code_again::send_code_again;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::Error;
use super::store::{self, Visit};
use crate::app::App;
use crate::auth::{Act, Official, allow};
use crate::db::Tx;
use crate::id::{CaseId, InstitutionId, PublicId, VisitId};
use crate::jobs::Job;
use policy::{Action, Purpose};

/// A visit holds its slot; its participants are expected.
#[derive(Serialize, Deserialize)]
pub struct VisitBooked {
    pub visit: VisitId,
    /// Who owns the case: in whose name listeners act.
    pub institution: InstitutionId,
}
impl Job for VisitBooked {
    const KIND: &'static str = "visit.booked";
}

#[derive(Serialize, Deserialize)]
pub struct VisitCancelled {
    pub visit: VisitId,
    pub case: CaseId,
    pub institution: InstitutionId,
}
impl Job for VisitCancelled {
    const KIND: &'static str = "visit.cancelled";
}

/// Staff ask for a new link and code; the old ones are to end.
#[derive(Serialize, Deserialize)]
pub struct CodeAgain {
    pub visit: VisitId,
    pub institution: InstitutionId,
    /// Names this asking, so that hearing it twice makes one invitation.
    pub cause: Uuid,
}
impl Job for CodeAgain {
    const KIND: &'static str = "visit.code_again";
}

/// A visit that the official's institution may know of: of its own case, or one that its officials take part in.
async fn seen(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    id: PublicId,
    (action, purpose): (Action, Purpose),
) -> Result<Visit, Error> {
    let visit = store::visit(tx, id).await?.ok_or(Error::NotFound)?;
    let is_own = visit.institution == official.institution;
    if !is_own && !store::has_official_in(tx, visit.id, official.institution).await? {
        return Err(Error::NotFound);
    }
    allow(app, tx, official, Act::new(action, purpose, visit.case).in_visit(visit.id)).await?;
    Ok(visit)
}
