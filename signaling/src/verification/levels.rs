//! The rule that turns strands into a level. Pure; a change of the rule is a new version, and old levels say under which
//! version they were computed.
use crate::claim::Level;
use crate::evidence::Strand;

/// `levels/1` reaches L1: an adult who consents may have ordinary calls. L2 and above need strands of independent kinds,
/// which are not recorded yet.
pub(super) const RULE_VERSION: &str = "levels/1";

crate::words! {
    /// The conditions of the rule.
    pub enum Condition in "claim_levels.missing" {
        IdentityItem = "identity_item", HowSeen = "how_seen", AccountCompatible = "account_compatible",
        NoOpenContradiction = "no_open_contradiction",
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

/// L1: a passport or national identity document of the contact that an official saw, and a case note saying that the account fits. A decision
/// that rejects outweighs any strand. Absence of documents never lowers what was reached otherwise.
pub(super) fn compute(strands: &[Strand], decision: Option<Conclusion>) -> Computed {
    let has_document = strands.iter().any(|strand| matches!(strand, Strand::IdentityDocument { .. }));
    let is_seen = strands.iter().any(|strand| matches!(strand, Strand::IdentityDocument { is_seen: true }));
    // The newest note is what staff think now.
    let account = strands.iter().rev().find_map(|strand| match strand {
        Strand::CaseNote { account_compatible } => Some(*account_compatible),
        Strand::IdentityDocument { .. } | Strand::OtherDocument => None,
    });
    let conditions = [
        (Condition::IdentityItem, has_document),
        (Condition::HowSeen, is_seen),
        (Condition::AccountCompatible, account == Some(true)),
        (Condition::NoOpenContradiction, decision != Some(Conclusion::Reject)),
    ];
    let that = |wanted: bool| conditions.iter().filter(|(_, holds)| *holds == wanted).map(|(one, _)| *one).collect();
    let (satisfied, missing): (Vec<_>, Vec<_>) = (that(true), that(false));
    let level = match decision {
        Some(Conclusion::Reject) => Level::X,
        _ if missing.is_empty() => Level::L1,
        _ => Level::L0,
    };
    Computed { level, satisfied, missing }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SEEN: Strand = Strand::IdentityDocument { is_seen: true };
    const FITS: Strand = Strand::CaseNote { account_compatible: true };

    #[test]
    fn a_document_that_was_seen_and_an_account_that_fits_make_it_plausible() {
        assert_eq!(compute(&[SEEN, FITS], None).level, Level::L1);
        assert_eq!(compute(&[SEEN], None).missing, [Condition::AccountCompatible]);
        assert_eq!(compute(&[Strand::IdentityDocument { is_seen: false }, FITS], None).missing, [Condition::HowSeen]);
        assert_eq!(compute(&[], None).level, Level::L0);
        let certificate = compute(&[Strand::OtherDocument, FITS], None);
        assert_eq!(
            (certificate.level, certificate.missing),
            (Level::L0, vec![Condition::IdentityItem, Condition::HowSeen])
        );
    }

    #[test]
    fn the_newest_note_counts() {
        let no_longer = Strand::CaseNote { account_compatible: false };
        assert_eq!(compute(&[SEEN, FITS, no_longer], None).level, Level::L0);
    }

    fn strand() -> impl Strategy<Value = Strand> {
        prop_oneof![
            any::<bool>().prop_map(|is_seen| Strand::IdentityDocument { is_seen }),
            Just(Strand::OtherDocument),
            any::<bool>().prop_map(|account_compatible| Strand::CaseNote { account_compatible }),
        ]
    }

    proptest! {
        #[test]
        fn a_rejection_outweighs_any_strand_and_nothing_reaches_beyond_l1(strands in prop::collection::vec(strand(), 0..8)) {
            prop_assert_eq!(compute(&strands, Some(Conclusion::Reject)).level, Level::X);
            let computed = compute(&strands, None);
            prop_assert!(computed.level <= Level::L1);
            prop_assert_eq!(computed.level == Level::L1, computed.missing.is_empty());
        }

        #[test]
        fn one_more_document_never_lowers(strands in prop::collection::vec(strand(), 0..8)) {
            let before = compute(&strands, None).level;
            let after = compute(&[strands, vec![SEEN]].concat(), None).level;
            prop_assert!(after >= before);
        }
    }
}
