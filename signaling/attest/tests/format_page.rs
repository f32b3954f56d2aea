//! FORMAT.md says what the code does: labels, template and reasons stand in it word for word.

mod fixture;

use attest::entry::Kind;
use attest::fields::{FIELDS, documented, kind_label};
use attest::package::{REPORT, build};

const PAGE: &str = include_str!("../FORMAT.md");
const REASONS: &str = include_str!("../src/reason.rs");

#[test]
fn the_page_lists_every_field_and_kind() {
    for field in FIELDS {
        let (name, of) = (field.name, field.value_type.as_str());
        let row = format!("| `{name}` | {of} | {} | {} |", field.label.es, field.label.en);
        assert!(PAGE.contains(&row), "{row}");
    }
    for kind in Kind::ALL {
        let label = kind_label(kind);
        let names: Vec<_> = documented(kind).iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        let row = format!("| `{}` | {} | {} | {names} |", kind.as_str(), label.es, label.en);
        assert!(PAGE.contains(&row), "{row}");
    }
}

#[test]
fn the_page_gives_the_head_of_the_report_verbatim() {
    let files = build(&fixture::small_case().parts(vec![fixture::still()])).unwrap();
    let report = std::str::from_utf8(&files[REPORT]).unwrap();
    let (head, _) = report.split_once("<table>").unwrap();
    assert!(PAGE.contains(head));
}

#[test]
fn the_page_lists_every_reason() {
    let variants: Vec<_> = REASONS
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(" {"))
        .filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    assert!(variants.len() > 30);
    for (variant, _) in variants {
        let code: String = variant
            .chars()
            .enumerate()
            .flat_map(|(at, c)| {
                let gap = (at > 0 && c.is_ascii_uppercase()).then_some('_');
                gap.into_iter().chain(c.to_lowercase())
            })
            .collect();
        assert!(PAGE.contains(&format!("| `{code}` |")), "{code}");
    }
}
