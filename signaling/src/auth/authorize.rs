//! The decision before every act on a case, and its audit row.
use policy::{Action, Facts, Purpose, Refusal, Standing, decide};
use uuid::Uuid;

use super::extract::Official;
use super::store;
use crate::app::App;
use crate::audit::{self, Entry};
use crate::db::Tx;
use crate::http::Problem;
use crate::id::{CaseId, VisitId};

/// What somebody is about to do.
pub struct Act {
    pub action: Action,
    pub purpose: Purpose,
    pub case: CaseId,
    /// The thing within the case, for the audit row.
    pub subject: Option<Uuid>,
    /// Where being a participant of the visit counts.
    pub visit: Option<VisitId>,
    /// For a decision: whether this official recommended.
    pub is_own_recommendation: bool,
}

impl Act {
    pub fn new(action: Action, purpose: Purpose, case: CaseId) -> Self {
        Act { action, purpose, case, subject: None, visit: None, is_own_recommendation: false }
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
    let mut facts = store::facts(tx, official.institution, act.case).await?;
    facts.is_own_recommendation = act.is_own_recommendation;
    if let Some(visit) = act.visit {
        facts.is_in_visit = store::is_in_visit(tx, official.id.uuid(), visit.uuid()).await?;
    }
    decide(&official.principal(), act.action, &facts).map_err(Denied::Refused)?;
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

/// Allows what touches no single case: the directory, opening a case, a list (whose cases the caller audits).
pub fn allow_office(official: &Official, action: Action) -> Result<(), Denied> {
    decide(&official.principal(), action, &Facts::of(Standing::Stranger)).map(|_| ()).map_err(Denied::Refused)
}

/// What decides about a case, for pages that say what can be done now. Reading it is no act.
pub async fn facts(tx: &mut Tx, official: &Official, case: CaseId) -> Result<Facts, sqlx::Error> {
    store::facts(tx, official.institution, case).await
}

/// Whether this official may do it, perhaps after showing a passkey again.
pub fn may(official: &Official, action: Action, facts: &Facts) -> bool {
    matches!(decide(&official.principal(), action, facts), Ok(_) | Err(Refusal::StepUpNeeded))
}
