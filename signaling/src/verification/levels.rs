//! The rule that turns strands into a level. Pure; a change of the rule is a new version, and old levels say under which
//! version they were computed.
use jiff::Timestamp;

use crate::claim::Level;
use crate::evidence::{Corroboration, SourceOutcome, Strand};

/// `levels/2` reaches L1, with which an adult who consents may have ordinary calls, and L2, from which a child may have
/// supervised ones. L3 and above need a registry's or a consul's confirmation, which is not recorded yet.
pub(super) const RULE_VERSION: &str = "levels/2";

crate::words! {
    /// The conditions of the rule.
    pub enum Condition in "claim_levels.missing" {
        IdentityItem = "identity_item", HowSeen = "how_seen", AccountCompatible = "account_compatible",
        NoOpenContradiction = "no_open_contradiction", TwoKinds = "two_kinds", NotFromClaimant = "not_from_claimant",
    }
}

crate::words! {
    /// What a verifier recommends and a decider decides.
    pub enum Conclusion in "decisions.conclusion" { Uphold = "uphold", Reject = "reject", NotEnough = "not_enough" }
}

/// A computed level and why it is not higher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Computed {
    pub level: Level,
    pub satisfied: Vec<Condition>,
    pub missing: Vec<Condition>,
}

/// A decision and when it was made: a contradiction that is older was weighed in it.
pub(super) type Decided = (Conclusion, Timestamp);

/// L1: a passport or national identity document of the contact that an official saw, and a case note saying that the
/// account fits. It says who the contact is, too. L2: beside that, a strand of a second kind, and one that the claimant
/// did not supply. A contradiction holds the level down until a decision weighed it; a decision that rejects outweighs
/// any strand. Absence of documents never lowers what was reached otherwise.
pub(super) fn compute(strands: &[Strand], decision: Option<Decided>) -> Computed {
    let rejected = matches!(decision, Some((Conclusion::Reject, _)));
    let any = |holds: fn(&Strand) -> bool| strands.iter().any(holds);
    // The newest note is what staff think now.
    let account = strands.iter().rev().find_map(|strand| match strand {
        Strand::CaseNote { account_compatible } => Some(*account_compatible),
        _ => None,
    });
    let is_weighed = |at: Timestamp| matches!(decision, Some((Conclusion::Uphold, decided_at)) if decided_at >= at);
    let is_contradicted = strands.iter().any(|strand| match strand {
        Strand::Corroboration { said, recorded_at } => {
            said.outcome == SourceOutcome::Contradicts && !is_weighed(*recorded_at)
        }
        _ => false,
    });
    let has_document = any(|strand| {
        matches!(strand, Strand::IdentityDocument { is_seen: true } | Strand::OtherDocument { is_seen: true })
    });
    let supported = |strand: &Strand| match strand {
        Strand::Corroboration { said, .. } => (said.outcome == SourceOutcome::Supports).then_some(*said),
        _ => None,
    };
    let has_support = strands.iter().any(|strand| supported(strand).is_some());
    let is_independent = strands.iter().any(|strand| supported(strand).is_some_and(Corroboration::is_independent));
    let plausible = [
        (Condition::IdentityItem, any(|strand| matches!(strand, Strand::IdentityDocument { .. }))),
        (Condition::HowSeen, any(|strand| matches!(strand, Strand::IdentityDocument { is_seen: true }))),
        (Condition::AccountCompatible, account == Some(true)),
        (Condition::NoOpenContradiction, !rejected && !is_contradicted),
    ];
    let corroborated =
        [(Condition::TwoKinds, has_document && has_support), (Condition::NotFromClaimant, is_independent)];
    let holds = |conditions: &[(Condition, bool)]| conditions.iter().all(|(_, holds)| *holds);
    let level = match (holds(&plausible), holds(&corroborated)) {
        _ if rejected => Level::X,
        (true, true) => Level::L2,
        (true, false) => Level::L1,
        (false, _) => Level::L0,
    };
    let all = || plausible.iter().chain(&corroborated);
    let that = |wanted: bool| all().filter(|(_, holds)| *holds == wanted).map(|(one, _)| *one).collect();
    Computed { level, satisfied: that(true), missing: that(false) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::{ReachedBy, SourceKind};

    const SEEN: Strand = Strand::IdentityDocument { is_seen: true };
    const FITS: Strand = Strand::CaseNote { account_compatible: true };
    const THEN: Timestamp = Timestamp::UNIX_EPOCH;

    fn said(outcome: SourceOutcome, reached_by: ReachedBy, source_kind: SourceKind) -> Strand {
        Strand::Corroboration { said: Corroboration { source_kind, reached_by, outcome }, recorded_at: THEN }
    }

    fn registry(outcome: SourceOutcome) -> Strand {
        said(outcome, ReachedBy::OfficialChannel, SourceKind::CivilRegistry)
    }

    #[test]
    fn a_document_that_was_seen_and_an_account_that_fits_make_it_plausible() {
        let beyond = [Condition::TwoKinds, Condition::NotFromClaimant];
        let missing = |strands: &[Strand]| -> Vec<Condition> {
            compute(strands, None).missing.into_iter().filter(|one| !beyond.contains(one)).collect()
        };
        assert_eq!(compute(&[SEEN, FITS], None).level, Level::L1);
        assert_eq!(compute(&[SEEN, FITS], None).missing, beyond);
        assert_eq!(missing(&[SEEN]), [Condition::AccountCompatible]);
        assert_eq!(missing(&[Strand::IdentityDocument { is_seen: false }, FITS]), [Condition::HowSeen]);
        assert_eq!(compute(&[], None).level, Level::L0);
        let certificate = [Strand::OtherDocument { is_seen: true }, FITS];
        assert_eq!(missing(&certificate), [Condition::IdentityItem, Condition::HowSeen]);
    }

    #[test]
    fn a_second_kind_that_the_claimant_did_not_supply_corroborates_it() {
        use ReachedBy::*;
        use SourceOutcome::*;
        for (strand, level) in [
            (registry(Supports), Level::L2),
            (registry(CannotSay), Level::L1),
            (registry(Contradicts), Level::L0),
            (said(Supports, NumberFromClaimant, SourceKind::School), Level::L1),
            (said(Supports, InPerson, SourceKind::OtherRelative), Level::L1),
            (said(Supports, NumberFoundByUs, SourceKind::Neighbour), Level::L2),
            (SEEN, Level::L1),
            (Strand::OtherDocument { is_seen: true }, Level::L1),
        ] {
            assert_eq!(compute(&[SEEN, FITS, strand], None).level, level, "{strand:?}");
        }
        assert_eq!(compute(&[registry(Supports)], None).level, Level::L0, "no level without who the contact is");
    }

    #[test]
    fn a_contradiction_holds_it_down_until_a_decision_weighed_it() {
        let strands = [SEEN, FITS, registry(SourceOutcome::Supports), registry(SourceOutcome::Contradicts)];
        assert_eq!(compute(&strands, None).missing, [Condition::NoOpenContradiction]);
        let before = THEN - jiff::SignedDuration::from_secs(1);
        assert_eq!(compute(&strands, Some((Conclusion::Uphold, before))).level, Level::L0);
        assert_eq!(compute(&strands, Some((Conclusion::NotEnough, THEN))).level, Level::L0);
        assert_eq!(compute(&strands, Some((Conclusion::Uphold, THEN))).level, Level::L2);
    }

    #[test]
    fn the_newest_note_counts() {
        let no_longer = Strand::CaseNote { account_compatible: false };
        assert_eq!(compute(&[SEEN, FITS, no_longer], None).level, Level::L0);
    }

    fn strand() -> impl Strategy<Value = Strand> {
        let one = |all: &'static [SourceOutcome]| prop::sample::select(all);
        let corroboration =
            (one(SourceOutcome::ALL), prop::sample::select(ReachedBy::ALL), prop::sample::select(SourceKind::ALL))
                .prop_map(|(outcome, reached_by, source_kind)| said(outcome, reached_by, source_kind));
        prop_oneof![
            any::<bool>().prop_map(|is_seen| Strand::IdentityDocument { is_seen }),
            any::<bool>().prop_map(|is_seen| Strand::OtherDocument { is_seen }),
            any::<bool>().prop_map(|account_compatible| Strand::CaseNote { account_compatible }),
            corroboration,
        ]
    }

    proptest! {
        #[test]
        fn a_rejection_outweighs_any_strand_and_nothing_reaches_beyond_l2(strands in prop::collection::vec(strand(), 0..8)) {
            prop_assert_eq!(compute(&strands, Some((Conclusion::Reject, THEN))).level, Level::X);
            let computed = compute(&strands, None);
            prop_assert!(computed.level <= Level::L2);
            prop_assert_eq!(computed.level == Level::L2, computed.missing.is_empty());
        }

        #[test]
        fn what_the_claimant_supplied_alone_never_corroborates(strands in prop::collection::vec(strand(), 0..8)) {
            let own: Vec<Strand> = strands.into_iter().filter(|strand| match strand {
                Strand::Corroboration { said, .. } => !said.is_independent(),
                _ => true,
            }).collect();
            prop_assert!(compute(&own, None).level <= Level::L1);
        }

        #[test]
        fn one_more_document_never_lowers(strands in prop::collection::vec(strand(), 0..8)) {
            let before = compute(&strands, None).level;
            let after = compute(&[strands, vec![SEEN]].concat(), None).level;
            prop_assert!(after >= before);
        }
    }
}
