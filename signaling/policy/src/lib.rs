//! Who may do what: one pure, total function over closed enums.
//!
//! [`decide`] is the upper of two layers; row-level security in PostgreSQL is the floor under it, and a test holds
//! that both agree. Nothing here reads a clock or a database: the caller brings the facts.
#![forbid(unsafe_code)]

mod action;
mod principal;

pub use action::Action;
pub use principal::{Principal, Purpose, Role};

/// How the principal's institution stands to the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The case is in its care.
    Owner,
    /// The owner admitted it for one purpose, with the person's consent, and the grant is in force.
    Granted(Purpose),
    /// Neither: the case does not exist for it.
    Stranger,
}

/// What is known about the thing acted upon, at the moment of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    pub standing: Standing,
    /// A protection shield names the State of the principal's institution.
    pub is_shielded: bool,
    /// The role that the principal took on this claim: it stays the only one (four eyes).
    pub role_on_claim: Option<Role>,
    /// The principal is a participant of the visit.
    pub is_in_visit: bool,
}

impl Facts {
    pub fn of(standing: Standing) -> Self {
        Facts { standing, is_shielded: false, role_on_claim: None, is_in_visit: false }
    }
}

/// Why something is allowed, kept with the audit row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    Care,
    Grant,
    OwnVisit,
    Office,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// To be answered exactly like something that does not exist.
    NotVisible,
    /// No role that may do this is in force.
    RoleMissing,
    /// Who once recommended on a claim never decides on it, and the other way round.
    FourEyes,
    /// A fresh proof of presence is needed first.
    StepUpNeeded,
}

/// Allows or refuses. Total: every combination has an answer, and what is not named is refused.
pub fn decide(principal: &Principal, action: Action, facts: &Facts) -> Result<Basis, Refusal> {
    let Principal::Official { roles, has_stepped_up } = principal else {
        return decide_for_participant(principal, action, facts);
    };
    let basis = basis_of(action, facts)?;
    let may_by_role = action.roles().iter().any(|role| roles.contains(role));
    let may_by_seat = action.is_open_to_participants() && facts.is_in_visit;
    if !may_by_role && !may_by_seat {
        return Err(Refusal::RoleMissing);
    }
    if action.role_on_claim().zip(facts.role_on_claim).is_some_and(|(needed, taken)| needed != taken) {
        return Err(Refusal::FourEyes);
    }
    if action.needs_step_up() && !has_stepped_up {
        return Err(Refusal::StepUpNeeded);
    }
    Ok(basis)
}

fn basis_of(action: Action, facts: &Facts) -> Result<Basis, Refusal> {
    if !action.concerns_case() {
        return Ok(Basis::Office);
    }
    match facts.standing {
        Standing::Owner => Ok(Basis::Care),
        Standing::Granted(purpose) if !facts.is_shielded && action.is_granted_for(purpose) => Ok(Basis::Grant),
        // A grant for another purpose reveals that the case exists; a shield must not even do that.
        Standing::Granted(_) if !facts.is_shielded => Err(Refusal::RoleMissing),
        Standing::Granted(_) | Standing::Stranger => Err(Refusal::NotVisible),
    }
}

fn decide_for_participant(principal: &Principal, action: Action, facts: &Facts) -> Result<Basis, Refusal> {
    let may = match principal {
        Principal::Contact => {
            matches!(
                action,
                Action::ReadVisit
                    | Action::ArriveAtVisit
                    | Action::LeaveVisit
                    | Action::JoinCall
                    | Action::AnswerDocumentRequest
            )
        }
        Principal::HostedPerson => {
            matches!(action, Action::ReadVisit | Action::ArriveAtVisit | Action::LeaveVisit | Action::JoinCall)
        }
        Principal::Official { .. } => false,
    };
    if may && facts.is_in_visit { Ok(Basis::OwnVisit) } else { Err(Refusal::NotVisible) }
}

#[cfg(test)]
mod tests;
