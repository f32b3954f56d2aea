//! A visit is cancelled, by somebody with a reason or because what it rested on ended; its slot is free again.
use policy::{Action, Purpose};
use serde::Deserialize;

use super::book::facts_of;
use super::{VisitCancelled, seen};
use crate::app::App;
use crate::audit::{self, Actor, Entry};
use crate::auth::Official;
use crate::changes::{self, Change};
use crate::db::{Scope, Tx};
use crate::id::{CaseId, InstitutionId, PublicId};
use crate::people::{self, CaseRef};
use crate::schedule::error::Error;
use crate::schedule::gate::{self, Missing};
use crate::schedule::state::CancelReason;
use crate::schedule::store::{self, Cancelled, Visit};
use crate::{contact, directory, jobs};

const MAX_TEXT_CHARS: usize = 500;

#[derive(Deserialize, utoipa::ToSchema)]
pub(in crate::schedule) struct CancelVisit {
    pub reason: CancelReason,
    /// Only for `other`.
    pub text: Option<String>,
}

pub(in crate::schedule) async fn cancel(
    app: &App,
    official: &Official,
    id: PublicId,
    why: CancelVisit,
) -> Result<(), Error> {
    let text = why.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    check_text(why.reason, text)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let visit = seen(app, &mut tx, official, id, (Action::CancelVisit, Purpose::Scheduling)).await?;
    if visit.state(tx.now).is_over() {
        return Err(Error::Conflict);
    }
    let sealed = text.map(|text| app.keys.seal_text(visit.case, "visits.cancel_text", text)).transpose()?;
    let why = Cancelled::By { official: official.id, reason: why.reason, text_sealed: sealed };
    if !write(app, &mut tx, &visit, why).await? {
        return Err(Error::Conflict);
    }
    tx.commit().await?;
    Ok(())
}

/// Something that visits of a case rest on ended: a consent, a contact's approval, a grant. Every visit whose gate is
/// now closed is cancelled, also one that is on: nothing goes on without what it was allowed by. A job; may run twice.
pub(in crate::schedule) async fn cancel_what_rested_on(
    app: &App,
    case: CaseId,
    institution: InstitutionId,
) -> Result<(), Error> {
    let mut tx = app.db.begin(Scope::System { institution }).await?;
    let Some(case) = people::case_by_id(&mut tx, case).await? else { return Ok(()) };
    for visit in store::coming_visits(&mut tx, case.id).await? {
        let missing = still_missing(app, &mut tx, &case, &visit).await?;
        let Some(ended) = gate::ended(&missing) else { continue };
        if write(app, &mut tx, &visit, Cancelled::Because(ended)).await? {
            let entry = Entry {
                actor: Actor::System,
                institution,
                action: Action::CancelVisit,
                purpose: Purpose::Scheduling,
                cases: &[visit.case],
                subject: Some(visit.id.uuid()),
            };
            audit::record(&mut tx, &app.chance, entry).await?;
        }
    }
    Ok(tx.commit().await?)
}

async fn still_missing(app: &App, tx: &mut Tx, case: &CaseRef, visit: &Visit) -> Result<Vec<Missing>, Error> {
    let participants = store::participants_of(tx, visit.id).await?;
    let Some(contact) = participants.iter().find_map(|one| one.contact) else { return Ok(vec![]) };
    let contact = contact::get_by_id(app, tx, contact).await.map_err(Error::earlier)?.ok_or(Error::NotFound)?;
    let official = match participants.iter().find_map(|one| one.official) {
        Some(official) => directory::official(tx, official).await?,
        None => None,
    };
    // Nobody becomes a child; what a child needs was asked at the booking.
    let facts = facts_of(tx, case, (false, &contact, official.as_ref())).await?;
    Ok(gate::missing(visit.kind, &facts))
}

async fn write(app: &App, tx: &mut Tx, visit: &Visit, why: Cancelled) -> Result<bool, Error> {
    if !store::cancel(tx, visit.id, why).await? {
        return Ok(false);
    }
    let fact = VisitCancelled { visit: visit.id, case: visit.case, institution: visit.institution };
    jobs::publish(tx, &app.chance, Some(visit.institution), &fact, None).await?;
    let taken_from = store::institutions_admitted_to(tx, visit).await?;
    changes::announce(tx, Change { taken_from, ..Change::of(visit.site, visit.id) }).await?;
    Ok(true)
}

fn check_text(reason: CancelReason, text: Option<&str>) -> Result<(), Error> {
    let code = match (reason, text) {
        (CancelReason::Other, None) => "required",
        (CancelReason::Other, Some(text)) if text.chars().count() > MAX_TEXT_CHARS => "too_long",
        (CancelReason::Other, Some(_)) | (_, None) => return Ok(()),
        (_, Some(_)) => "only_for_other",
    };
    Err(Error::Invalid { field: "text", code })
}
