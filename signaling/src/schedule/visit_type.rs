//! The table of visit types (model.md): what holds for each, in this one place. Fixed at booking.
use policy::Purpose;

use super::gate::Missing;
use crate::words;

words! {
    /// Another type is another booking with its own consents.
    pub enum VisitType in "visits.type" {
        Family = "family", FamilySupervised = "family_supervised", Verification = "verification",
        Recognition = "recognition", Consular = "consular", Legal = "legal", Protection = "protection",
        Medical = "medical",
    }
}

/// Who admits, turns away and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doorkeeper {
    SiteStaff,
    Supervisor,
    Verifier,
    /// The professional whose visit it is.
    Professional,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeRules {
    pub door: Doorkeeper,
    /// For which those who work in it see the case.
    pub purpose: Purpose,
    pub takes_documents: bool,
    /// What the type waits for; until then it is not booked, and nobody is let into such a room.
    pub waits_for: Option<Missing>,
}

impl VisitType {
    pub const fn rules(self) -> TypeRules {
        match self {
            VisitType::Family => TypeRules {
                door: Doorkeeper::SiteStaff,
                purpose: Purpose::Care,
                takes_documents: false,
                waits_for: None,
            },
            VisitType::FamilySupervised => TypeRules {
                door: Doorkeeper::Supervisor,
                purpose: Purpose::Care,
                takes_documents: false,
                waits_for: Some(Missing::SupervisorMissing),
            },
            VisitType::Verification => TypeRules {
                door: Doorkeeper::Verifier,
                purpose: Purpose::Verification,
                takes_documents: true,
                waits_for: None,
            },
            VisitType::Recognition => TypeRules {
                door: Doorkeeper::Supervisor,
                purpose: Purpose::Verification,
                takes_documents: true,
                waits_for: Some(Missing::SupervisorMissing),
            },
            VisitType::Consular | VisitType::Legal | VisitType::Protection | VisitType::Medical => TypeRules {
                door: Doorkeeper::Professional,
                purpose: Purpose::Care,
                takes_documents: false,
                waits_for: Some(Missing::TypeNeedsEndToEndEncryption),
            },
        }
    }
}
