//! May this visit be booked at all? Pure: each missing item gives its own machine-readable reason (rule C2).
use policy::Purpose;
use serde::Serialize;

use super::state::Ended;
use super::visit_type::VisitType;

/// Something without which a visit of this type is not booked. Shown to the case's own staff only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A child meets relatives only with a certified supervisor present.
    ChildNeedsSupervisedVisit,
    /// No certified supervisor can be assigned in this release.
    SupervisorMissing,
    /// A privileged call must not be readable by the server.
    TypeNeedsEndToEndEncryption,
    ContactNotApproved,
    ContactRefused,
    ConsentMissing,
    OfficialNotVerifier,
    /// The official's institution is not admitted to the case.
    GrantMissing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vetting {
    Named,
    Approved,
    Refused,
}

/// What is known when somebody asks for a visit whose parties exist.
#[derive(Debug, Clone, Copy)]
pub struct GateFacts {
    pub is_child: bool,
    pub contact: Vetting,
    /// Of the person, for the purpose of this type: contact with this relative, or verification.
    pub has_consent: bool,
    /// Only of a verification's official.
    pub is_verifier: bool,
    /// Own institution, or one with a grant in force and no shield against its State.
    pub is_admitted_to_case: bool,
}

/// What of the missing ends a visit that was booked while nothing was; the others do not come about afterwards, or are
/// asked again at the door.
pub fn ended(missing: &[Missing]) -> Option<Ended> {
    missing.iter().find_map(|reason| match reason {
        Missing::ContactRefused => Some(Ended::Contact),
        Missing::ConsentMissing => Some(Ended::Consent),
        Missing::GrantMissing => Some(Ended::Grant),
        Missing::ChildNeedsSupervisedVisit
        | Missing::SupervisorMissing
        | Missing::TypeNeedsEndToEndEncryption
        | Missing::ContactNotApproved
        | Missing::OfficialNotVerifier => None,
    })
}

/// All that is missing, in a fixed order; empty: it may be booked.
pub fn missing(kind: VisitType, facts: &GateFacts) -> Vec<Missing> {
    if let Some(reason) = kind.rules().waits_for {
        return vec![reason];
    }
    let is_verification = kind.rules().purpose == Purpose::Verification;
    let vetting = match facts.contact {
        Vetting::Refused => Some(Missing::ContactRefused),
        Vetting::Named if !is_verification => Some(Missing::ContactNotApproved),
        Vetting::Named | Vetting::Approved => None,
    };
    let when = |holds: bool, reason| holds.then_some(reason);
    [
        when(!is_verification && facts.is_child, Missing::ChildNeedsSupervisedVisit),
        vetting,
        when(!facts.has_consent, Missing::ConsentMissing),
        when(is_verification && !facts.is_verifier, Missing::OfficialNotVerifier),
        when(is_verification && !facts.is_admitted_to_case, Missing::GrantMissing),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: GateFacts = GateFacts {
        is_child: false,
        contact: Vetting::Approved,
        has_consent: true,
        is_verifier: true,
        is_admitted_to_case: true,
    };

    #[test]
    fn each_missing_item_gives_its_own_reason() {
        use Missing::*;
        use VisitType::*;
        let named = GateFacts { contact: Vetting::Named, ..OPEN };
        let refused = GateFacts { contact: Vetting::Refused, ..OPEN };
        let child = GateFacts { is_child: true, ..OPEN };
        let table: &[(VisitType, GateFacts, &[Missing])] = &[
            (Family, OPEN, &[]),
            (Verification, OPEN, &[]),
            (Family, named, &[ContactNotApproved]),
            (Verification, named, &[]),
            (Family, refused, &[ContactRefused]),
            (Verification, refused, &[ContactRefused]),
            (Family, child, &[ChildNeedsSupervisedVisit]),
            (
                Family,
                GateFacts { is_child: true, has_consent: false, ..named },
                &[ChildNeedsSupervisedVisit, ContactNotApproved, ConsentMissing],
            ),
            (Verification, GateFacts { has_consent: false, ..OPEN }, &[ConsentMissing]),
            (
                Verification,
                GateFacts { is_verifier: false, is_admitted_to_case: false, ..OPEN },
                &[OfficialNotVerifier, GrantMissing],
            ),
            (Family, GateFacts { is_verifier: false, is_admitted_to_case: false, ..OPEN }, &[]),
        ];
        for (kind, facts, expected) in table {
            assert_eq!(missing(*kind, facts), *expected, "{kind:?} {facts:?}");
        }
    }

    #[test]
    fn what_a_booked_visit_rested_on_ends_it_and_nothing_else_does() {
        let refused = GateFacts { contact: Vetting::Refused, has_consent: false, ..OPEN };
        let foreign = GateFacts { is_admitted_to_case: false, is_verifier: false, ..OPEN };
        assert_eq!(ended(&missing(VisitType::Verification, &OPEN)), None);
        assert_eq!(ended(&missing(VisitType::Family, &refused)), Some(Ended::Contact));
        assert_eq!(ended(&missing(VisitType::Verification, &foreign)), Some(Ended::Grant));
        assert_eq!(ended(&missing(VisitType::Verification, &GateFacts { is_verifier: false, ..OPEN })), None);
        assert_eq!(ended(&missing(VisitType::Family, &GateFacts { has_consent: false, ..OPEN })), Some(Ended::Consent));
        assert_eq!(ended(&missing(VisitType::Family, &GateFacts { is_child: true, ..OPEN })), None);
    }

    #[test]
    fn a_type_whose_protection_does_not_exist_yet_says_which() {
        use VisitType::*;
        for kind in [Consular, Legal, Protection, Medical] {
            assert_eq!(missing(kind, &OPEN), [Missing::TypeNeedsEndToEndEncryption]);
        }
        for kind in [FamilySupervised, Recognition] {
            assert_eq!(missing(kind, &OPEN), [Missing::SupervisorMissing]);
        }
    }
}
