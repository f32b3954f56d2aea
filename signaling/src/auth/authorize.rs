//! The decision before every act on a case, and its audit row.
use policy::{Action, Facts, Principal, Purpose, Refusal, Role, Standing, decide};
use uuid::Uuid;

use super::extract::{Official, Place};
use super::store;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::db::Tx;
use crate::http::Problem;
use crate::id::{CaseId, SiteId, VisitId};

/// What somebody is about to do.
pub struct Act {
    pub action: Action,
    pub purpose: Purpose,
    pub case: CaseId,
    /// The thing within the case, for the audit row.
    pub subject: Option<Uuid>,
    /// Where being a participant of the visit counts.
    pub visit: Option<VisitId>,
    /// On a claim: the role that this official took on it.
    pub role_on_claim: Option<Role>,
}

impl Act {
    pub fn new(action: Action, purpose: Purpose, case: CaseId) -> Self {
        Act { action, purpose, case, subject: None, visit: None, role_on_claim: None }
    }
    pub fn on(self, subject: Uuid) -> Self {
        Act { subject: Some(subject), ..self }
    }
    pub fn in_visit(self, visit: VisitId) -> Self {
        Act { visit: Some(visit), subject: self.subject.or(Some(visit.uuid())), ..self }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error("refused: {0:?}")]
    Refused(Refusal),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Refused(Refusal::NotVisible) => Problem::not_found(),
            Denied::Refused(Refusal::RoleMissing) => Problem::not_allowed(),
            Denied::Refused(Refusal::FourEyes) => Problem::conflict("four_eyes"),
            Denied::Refused(Refusal::StepUpNeeded) => Problem::step_up_needed(),
            Denied::Database(error) => error.into(),
        }
    }
}

/// Allows an official to act on a case, and writes that down; or refuses.
pub async fn allow(app: &App, tx: &mut Tx, official: &Official, act: Act) -> Result<(), Denied> {
    let Reach { mut facts, principal } = reach(tx, official, act.case).await?;
    facts.role_on_claim = act.role_on_claim;
    if let Some(visit) = act.visit {
        facts.is_in_visit = store::is_in_visit(tx, official.id.uuid(), visit.uuid()).await?;
    }
    decide(&principal, act.action, &facts).map_err(Denied::Refused)?;
    let entry = Entry {
        actor: official.actor(),
        institution: official.institution,
        action: act.action,
        purpose: act.purpose,
        cases: &[act.case],
        subject: act.subject,
    };
    audit::record(tx, &app.chance, entry).await?;
    Ok(())
}

/// What decides about a case: the facts, and the official with the roles that reach to it.
pub struct Reach {
    pub facts: Facts,
    principal: Principal,
}

/// Reading it is no act; pages say by it what can be done now. Whose roles do not see there, for them it does not exist.
pub async fn reach(tx: &mut Tx, official: &Official, case: CaseId) -> Result<Reach, sqlx::Error> {
    let (facts, site) = store::facts(tx, official.institution, case).await?;
    let place = site.map_or(Place::Elsewhere, Place::Site);
    let facts = if official.sees(place) { facts } else { Facts::of(Standing::Stranger) };
    Ok(Reach { facts, principal: official.principal_at(place) })
}

/// As [`allow_office`], for something at one of the institution's sites.
pub fn allow_at(official: &Official, action: Action, site: SiteId) -> Result<(), Denied> {
    let principal = official.principal_at(Place::Site(site));
    decide(&principal, action, &Facts::of(Standing::Stranger)).map(|_| ()).map_err(Denied::Refused)
}

/// Allows what touches no single case: the directory, opening a case, a list (whose cases the caller audits).
pub fn allow_office(official: &Official, action: Action) -> Result<(), Denied> {
    decide(&official.principal(), action, &Facts::of(Standing::Stranger)).map(|_| ()).map_err(Denied::Refused)
}

/// Whether it may be done, perhaps after showing a passkey again.
pub fn may(reach: &Reach, action: Action) -> bool {
    matches!(decide(&reach.principal, action, &reach.facts), Ok(_) | Err(Refusal::StepUpNeeded))
}
