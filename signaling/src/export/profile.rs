//! What leaves with a package, kind by kind: a list of what may, so that a field that somebody adds stays here until
//! somebody decides about it. What is withheld stays provably unaltered: its commitment is in the entry.
//!
//! One profile so far, for whoever judges a link: consulate, child-protection authority, court. It withholds where the
//! person is (`site`, `place`, `device`), who stood witness, and every word about protection, which no entry holds.
use attest::entry::Kind;
use attest::package::EntryReveals;

/// Name of the profile, as the entry of the export gives it.
pub const PROFILE: &str = "link_evidence/1";

fn may_leave(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::CaseOpened => &["person", "nationality", "language"],
        Kind::ConsentGiven => &[
            "purpose_shown",
            "recipient",
            "given_by",
            "capacity",
            "assent",
            "language",
            "mode",
            "form_version",
            "outcome",
        ],
        Kind::DocumentStill => {
            &["document_type", "how_seen", "presented_by", "captured_by", "clock", "visit", "original", "sender_sha256"]
        }
        Kind::Observation => {
            &["subject", "observation", "account", "how_seen", "observer", "language", "mode", "visit", "clock"]
        }
        Kind::ClaimMade => &["claim", "claim_type", "subject", "object", "relation", "statement", "made_by"],
        Kind::LevelChanged => &["claim", "level_from", "level_to", "rule_version", "strands"],
        Kind::Recommendation => &["claim", "recommendation", "reasons", "evidence", "counter_evidence", "recommender"],
        Kind::Decision => &[
            "claim",
            "question",
            "standard",
            "evidence",
            "contradictions",
            "evidence_missing",
            "recommender",
            "decider",
            "reasons",
            "conclusion",
            "level",
            "conditions",
            "review_at",
            "appeal",
            "rule_version",
            "form_version",
        ],
        Kind::ExportMade => &["recipient", "profile", "purpose_shown", "legal_basis", "entries"],
        Kind::Erased => &["class", "entries"],
    }
}

/// The reveals of an entry, less what does not leave. Captured files leave: they are what the package is for.
pub fn redact(kind: Kind, mut reveals: EntryReveals) -> EntryReveals {
    let names = may_leave(kind);
    reveals.fields.retain(|name, _| names.contains(&name.as_str()));
    reveals
}

#[cfg(test)]
mod tests {
    use super::*;
    use attest::commitment::{Reveal, Salt, Value};

    fn reveals(names: &[&str]) -> EntryReveals {
        let reveal = |name: &&str| {
            let value = Value::Text("valor de prueba".to_owned());
            ((*name).to_owned(), Reveal::new(value, Salt::from_bytes([7; 32])))
        };
        EntryReveals { fields: names.iter().map(reveal).collect(), ..EntryReveals::default() }
    }

    #[test]
    fn where_the_person_is_never_leaves() {
        for kind in Kind::ALL {
            let left = redact(kind, reveals(&["site", "place", "device", "note", "risk", "witness"]));
            assert!(left.fields.is_empty(), "{kind:?} {:?}", left.fields.keys());
        }
    }

    #[test]
    fn a_field_that_nobody_decided_about_stays() {
        for kind in Kind::ALL {
            assert!(redact(kind, reveals(&["protection", "fear", "added_tomorrow"])).fields.is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn what_the_recipient_judges_leaves() {
        let left = redact(Kind::Decision, reveals(&["conclusion", "reasons", "disclosure_status"]));
        assert_eq!(left.fields.keys().collect::<Vec<_>>(), ["conclusion", "reasons"]);
    }
}
