//! Who waits is admitted or turned away, by the one whom the type of visit names.
use policy::{Action, Role};
use serde::Deserialize;

use crate::admission::error::Error;
use crate::admission::pass::{standing_of, step, write};
use crate::admission::state::{Move, Standing, TurnAwayReason, after};
use crate::admission::store::{self, Moved};
use crate::app::App;
use crate::auth::{Act, Official, allow};
use crate::contact::{self, ContactState};
use crate::db::Tx;
use crate::http::Problem;
use crate::id::PublicId;
use crate::schedule::{self, Doorkeeper, Participant, Visit};

const MAX_TEXT_CHARS: usize = 500;

#[derive(Deserialize, utoipa::ToSchema)]
pub struct TurnAway {
    reason: TurnAwayReason,
    /// Only for `other`.
    text: Option<String>,
}

pub async fn admit(app: &App, official: &Official, participant: PublicId) -> Result<(), Problem> {
    let mut tx = app.db.begin(official.scope()).await?;
    let (visit, participant) = at_the_door(app, &mut tx, official, participant, Action::Admit).await?;
    if standing_of(&visit, &participant, tx.now) != Standing::Waiting {
        return Err(Error::Conflict.into());
    }
    // The gate again: somebody may have refused the contact since the booking.
    if let Some(contact) = participant.contact {
        let contact = contact::get_by_id(app, &mut tx, contact).await?.ok_or(Error::NotFound)?;
        if matches!(contact.state, ContactState::Refused { .. }) {
            return Err(Error::Conflict.into());
        }
    }
    step(app, &mut tx, &visit, participant, Move::Admit, Some(official.id)).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn turn_away(app: &App, official: &Official, participant: PublicId, why: TurnAway) -> Result<(), Error> {
    let text = why.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    check_text(why.reason, text)?;
    let mut tx = app.db.begin(official.scope()).await?;
    let (visit, participant) = at_the_door(app, &mut tx, official, participant, Action::TurnAway).await?;
    let to = after(participant.kind, participant.state, Move::TurnAway)?;
    let sealed = text.map(|text| app.keys.seal_text(visit.case, "participant_transitions.text", text)).transpose()?;
    let moved = Moved {
        participant: &participant,
        to,
        by: Some(official.id),
        reason: Some(why.reason.as_str()),
        text_sealed: sealed,
    };
    write(app, &mut tx, &visit, moved).await?;
    tx.commit().await?;
    Ok(())
}

/// Whose door it is, and who may end the visit from a desk: site staff's for a family visit, the verifier's own for a verification.
pub fn is_doorkeeper(visit: &Visit, participants: &[Participant], official: &Official) -> bool {
    let has = |role| official.has_at(role, official.place(visit.institution, visit.site));
    match visit.kind.rules().door {
        Doorkeeper::SiteStaff => visit.institution == official.institution && has(Role::Attendant),
        Doorkeeper::Verifier => has(Role::Verifier) && participants.iter().any(|one| one.official == Some(official.id)),
        // Neither has a seat yet: their types wait.
        Doorkeeper::Supervisor | Doorkeeper::Professional => false,
    }
}

async fn at_the_door(
    app: &App,
    tx: &mut Tx,
    official: &Official,
    participant: PublicId,
    action: Action,
) -> Result<(Visit, Participant), Error> {
    let participant = store::participant_by_public_id(tx, participant).await?.ok_or(Error::NotFound)?;
    let visit = schedule::visit_by_id(tx, participant.visit).await?.ok_or(Error::NotFound)?;
    store::visit_seen(tx, visit.id, None, official.institution).await?.ok_or(Error::NotFound)?;
    allow(app, tx, official, Act::new(action, visit.kind.rules().purpose, visit.case).in_visit(visit.id)).await?;
    let participants = schedule::participants_of(tx, visit.id).await?;
    if !is_doorkeeper(&visit, &participants, official) {
        return Err(Error::NotAllowed);
    }
    Ok((visit, participant))
}

fn check_text(reason: TurnAwayReason, text: Option<&str>) -> Result<(), Error> {
    let code = match (reason, text) {
        (TurnAwayReason::Other, None) => "required",
        (TurnAwayReason::Other, Some(text)) if text.chars().count() > MAX_TEXT_CHARS => "too_long",
        (TurnAwayReason::Other, Some(_)) | (_, None) => return Ok(()),
        (_, Some(_)) => "only_for_other",
    };
    Err(Error::Invalid { field: "text", code })
}
