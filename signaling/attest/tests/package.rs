//! What a package may and may not be, as the person who verifies sees it.

mod fixture;

use attest::archive::{read_zip, write_zip};
use attest::commitment::{Salt, Value};
use attest::entry::Kind;
use attest::hash::Hash;
use attest::note::{Checkpoint, Proof};
use attest::package::{
    BAG_INFO, BuildError, CHECKPOINT, ENTRIES, Files, KEYS, MANIFEST, POLICY, REPORT, REVEALS, TAG_MANIFEST, build,
};
use attest::trust::Trust;
use attest::verify::{Reason, Redaction, Verdict, verify};
use ed25519_dalek::SigningKey;
use fixture::{
    CASE, Case, INSTITUTION, LOG, blank, institution_key, log_key, small_case, still, trust, verifier, whole_case,
};

fn small_package() -> Files {
    build(&small_case().parts(vec![still()])).unwrap()
}

fn whole_package() -> Files {
    build(&whole_case().parts(vec![still()])).unwrap()
}

/// What a forger does last: makes the manifests fit the files again.
fn with_fitting_manifests(mut files: Files) -> Files {
    let lines = |files: &Files, is_listed: &dyn Fn(&str) -> bool| -> String {
        let listed = files.iter().filter(|(path, _)| is_listed(path));
        listed.map(|(path, bytes)| format!("{}  {path}\n", Hash::of(bytes))).collect()
    };
    let manifest = lines(&files, &|path| path.starts_with("data/"));
    files.insert(MANIFEST.to_owned(), manifest.into_bytes());
    let is_tag = |path: &str| !path.starts_with("data/") && path != TAG_MANIFEST;
    let manifest = lines(&files, &is_tag);
    files.insert(TAG_MANIFEST.to_owned(), manifest.into_bytes());
    files
}

fn reason(files: &Files) -> Reason {
    match verify(files, &trust()) {
        Verdict::NotValid { reason, .. } => reason,
        Verdict::Valid(_) => panic!("a forged package was found valid"),
    }
}

/// The reason after a change, and after the same change with manifests made to fit.
fn reason_after(change: impl Fn(&mut Files)) -> Reason {
    let mut files = whole_package();
    change(&mut files);
    reason(&with_fitting_manifests(files))
}

fn edit_lines(files: &mut Files, edit: impl Fn(&mut Vec<String>)) {
    let text = String::from_utf8(files[ENTRIES].clone()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    edit(&mut lines);
    files.insert(ENTRIES.to_owned(), (lines.join("\n") + "\n").into_bytes());
}

fn edit_text(files: &mut Files, path: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{path} has no {from}");
    files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
}

#[test]
fn a_built_package_is_valid_and_says_what_it_shows() {
    let Verdict::Valid(valid) = verify(&whole_package(), &trust()) else {
        panic!("{:?}", verify(&whole_package(), &trust()));
    };
    assert_eq!((valid.entries, valid.objects, valid.tree_size), (10, 1, 23));
    assert_eq!((valid.case.as_str(), valid.log.as_str()), (CASE, LOG));
    assert_eq!(valid.redactions, []);
    assert_eq!(valid.log_key, verifier(LOG, &log_key()).to_string());
}

#[test]
fn equal_parts_make_equal_bytes() {
    assert_eq!(whole_package(), whole_package());
    let zip = |files| write_zip(&files, "paquete").unwrap();
    assert_eq!(zip(whole_package()), zip(whole_package()));
}

#[test]
fn withheld_fields_and_objects_are_listed() {
    let mut case = whole_case();
    case.reveals.entries.remove(&3);
    case.reveals.entries.get_mut(&1).unwrap().fields.remove("person");
    let files = build(&case.parts(vec![])).unwrap();
    let Verdict::Valid(valid) = verify(&files, &trust()) else {
        panic!("{:?}", verify(&files, &trust()));
    };
    let field = |number, name: &str| Redaction::Field { number, name: name.to_owned() };
    let withheld = [
        field(1, "person"),
        field(3, "how_seen"),
        field(3, "sender_sha256"),
        Redaction::Object { number: 3, object: 0 },
    ];
    assert_eq!(valid.redactions, withheld);
    let shown: Vec<u8> = files.into_values().flatten().collect();
    let shown = String::from_utf8_lossy(&shown);
    assert!(!shown.contains(&Hash::of(&still()).to_string()));
}

/// Every byte of every file, several bit patterns: the manifests catch each.
#[test]
fn every_flipped_byte_is_not_valid() {
    let files = small_package();
    let trust = trust();
    let mut flips = 0;
    for (path, bytes) in &files {
        for at in 0..bytes.len() {
            for pattern in [0x20, [0x01, 0x80, 0xff][at % 3]] {
                let mut flipped = files.clone();
                flipped.get_mut(path).unwrap()[at] ^= pattern;
                let verdict = verify(&flipped, &trust);
                assert!(!verdict.is_valid(), "{path} byte {at} pattern {pattern:#x}");
                flips += 1;
            }
        }
    }
    assert!(flips > 10_000, "only {flips} flips were tried");
}

/// The same against somebody who makes the manifests fit: nothing in a package is left to believe.
/// Without optimization the signatures take minutes, so that build tries every eleventh byte.
#[test]
fn every_flipped_byte_with_fitting_manifests_is_not_valid() {
    const STRIDE: usize = if cfg!(debug_assertions) { 11 } else { 1 };
    let files = small_package();
    let trust = trust();
    for path in files.keys().filter(|path| ![MANIFEST, TAG_MANIFEST].contains(&path.as_str())) {
        for at in (0..files[path].len()).step_by(STRIDE) {
            let pattern = [0x01, 0x20][at % 2];
            let mut flipped = files.clone();
            flipped.get_mut(path).unwrap()[at] ^= pattern;
            let verdict = verify(&with_fitting_manifests(flipped), &trust);
            assert!(!verdict.is_valid(), "{path} byte {at} pattern {pattern:#x}");
        }
    }
}

#[test]
fn every_dropped_file_is_not_valid() {
    let files = whole_package();
    for path in files.keys() {
        let mut fewer = files.clone();
        fewer.remove(path);
        assert_eq!(reason(&fewer), Reason::FileMissing { path: path.clone() });
        if ![MANIFEST, TAG_MANIFEST].contains(&path.as_str()) {
            assert!(!verify(&with_fitting_manifests(fewer), &trust()).is_valid(), "{path}");
        }
    }
}

#[test]
fn a_file_more_is_not_valid_wherever_it_stands() {
    let places = ["x", "data/x", "data/objects/x", "proofs/99.tlog-proof", "proofs/1"];
    for path in places.map(str::to_owned) {
        let mut files = whole_package();
        files.insert(path.clone(), b"x".to_vec());
        assert_eq!(reason(&files), Reason::FileUnlisted { path: path.clone() });
        assert_eq!(reason(&with_fitting_manifests(files)), Reason::FileUnexpected { path });
    }
}

#[test]
fn reordered_duplicated_dropped_and_cut_entries_are_not_valid() {
    let unfitted = |edit: fn(&mut Vec<String>)| {
        let mut files = whole_package();
        edit_lines(&mut files, edit);
        reason(&files)
    };
    let changed = Reason::FileChanged { path: ENTRIES.to_owned() };
    assert_eq!(unfitted(|lines| lines.swap(3, 4)), changed);

    let swapped = reason_after(|files| edit_lines(files, |lines| lines.swap(3, 4)));
    assert_eq!(swapped, Reason::NumberOutOfOrder { line: 4, expected: 4, found: 5 });

    let twice = reason_after(|files| edit_lines(files, |lines| lines.insert(4, lines[3].clone())));
    assert_eq!(twice, Reason::NumberOutOfOrder { line: 5, expected: 5, found: 4 });

    let dropped = reason_after(|files| {
        edit_lines(files, |lines| drop(lines.remove(4)));
        files.remove("proofs/5.tlog-proof");
    });
    assert_eq!(dropped, Reason::NumberOutOfOrder { line: 5, expected: 5, found: 6 });

    let cut = reason_after(|files| {
        edit_lines(files, |lines| drop(lines.pop()));
        files.remove("proofs/10.tlog-proof");
    });
    assert_eq!(cut, Reason::CutOff { number: 9 });

    let none = reason_after(|files| drop(files.insert(ENTRIES.to_owned(), Vec::new())));
    assert_eq!(none, Reason::EntryCount { found: 0 });
}

/// A fork within the case: the log holds both, but only one follows the entry before it.
#[test]
fn an_entry_that_names_another_predecessor_is_not_valid() {
    let mut case = small_case();
    let forked = blank(Kind::ExportMade, 2, Some(Hash::of(b"another entry")));
    case.entries[1] = forked.seal().unwrap().sign(&institution_key());
    case.reveals.entries.remove(&2);
    let parts = case.parts(vec![still()]);
    assert!(matches!(build(&parts), Err(BuildError::BrokenChain { number: 2 })));
    let mut honest = small_case();
    honest.reveals.entries.remove(&2);
    let mut files = build(&honest.parts(vec![still()])).unwrap();
    replace_entries(&mut files, &case);
    assert_eq!(reason(&with_fitting_manifests(files)), Reason::PreviousWrong { number: 2 });
}

/// Puts the entries, proofs and checkpoint of another case into a package.
fn replace_entries(files: &mut Files, case: &Case) {
    let parts = case.parts(vec![]);
    let lines: Vec<u8> = case.entries.iter().flat_map(|signed| [signed.line(), b"\n".to_vec()].concat()).collect();
    files.insert(ENTRIES.to_owned(), lines);
    files.insert(CHECKPOINT.to_owned(), parts.checkpoint.clone().into_bytes());
    for logged in parts.entries {
        let proof = Proof { index: logged.index, hashes: logged.proof, checkpoint: parts.checkpoint.clone() };
        let path = format!("proofs/{}.tlog-proof", logged.signed.entry().number);
        files.insert(path, proof.to_string().into_bytes());
    }
}

#[test]
fn an_entry_of_another_case_is_not_valid() {
    let mut case = small_case();
    let mut stranger = blank(Kind::ExportMade, 2, Some(case.entries[0].hash()));
    stranger.case = "otro-caso-de-prueba".to_owned();
    case.entries[1] = stranger.seal().unwrap().sign(&institution_key());
    let mut files = small_package();
    replace_entries(&mut files, &case);
    assert_eq!(reason(&with_fitting_manifests(files)), Reason::OtherCase { line: 2 });
}

#[test]
fn an_entry_signed_by_somebody_else_is_not_valid() {
    let mut case = small_case();
    let entry = blank(Kind::ExportMade, 2, Some(case.entries[0].hash()));
    case.entries[1] = entry.seal().unwrap().sign(&SigningKey::from_bytes(&[99; 32]));
    let mut files = small_package();
    replace_entries(&mut files, &case);
    assert_eq!(reason(&with_fitting_manifests(files)), Reason::SignatureWrong { number: 2 });
}

/// The log kept its promise, the entry is not the one that it holds.
#[test]
fn an_entry_that_the_log_does_not_hold_is_not_valid() {
    let mut case = small_case();
    let honest = case.parts(vec![still()]);
    let mut entry = blank(Kind::ExportMade, 2, Some(case.entries[0].hash()));
    entry.purpose = "another".to_owned();
    case.entries[1] = entry.seal().unwrap().sign(&institution_key());
    let mut files = build(&honest).unwrap();
    edit_lines(&mut files, |lines| {
        lines[1] = String::from_utf8(case.entries[1].line()).unwrap();
    });
    assert_eq!(reason(&with_fitting_manifests(files)), Reason::NotIncluded { number: 2 });
}

#[test]
fn an_older_checkpoint_is_not_valid() {
    let case = whole_case();
    let (tree, _) = case.tree();
    let older = Checkpoint { origin: LOG.to_owned(), size: 20, root: tree.root_at(20).unwrap() };
    let older = older.sign(&log_key()).unwrap();

    let mut files = whole_package();
    files.insert(CHECKPOINT.to_owned(), older.clone().into_bytes());
    let changed = Reason::FileChanged { path: CHECKPOINT.to_owned() };
    assert_eq!(reason(&files), changed);
    let first_proof = "proofs/1.tlog-proof".to_owned();
    let files = with_fitting_manifests(files);
    assert_eq!(reason(&files), Reason::ProofForOtherCheckpoint { path: first_proof });

    let mut parts = case.parts(vec![still()]);
    for logged in &mut parts.entries {
        logged.proof = tree.inclusion_proof(logged.index, 20).unwrap_or_default();
    }
    parts.checkpoint = older;
    assert_eq!(reason(&build(&parts).unwrap()), Reason::NotIncluded { number: 10 });
}

#[test]
fn a_checkpoint_by_another_key_is_not_valid() {
    let mallory = SigningKey::from_bytes(&[66; 32]);
    let mut parts = whole_case().parts(vec![still()]);
    let (tree, _) = whole_case().tree();
    let checkpoint = Checkpoint { origin: LOG.to_owned(), size: tree.size(), root: tree.root() };
    parts.checkpoint = checkpoint.sign(&mallory).unwrap();
    parts.log_key = verifier(LOG, &mallory);
    let not_signed = Reason::CheckpointNotSigned { origin: LOG.to_owned() };
    assert_eq!(reason(&build(&parts).unwrap()), not_signed);

    // Under the trusted key's id, with a signature that it did not make.
    let text = checkpoint.text();
    let forged = attest::note::with_signature(&text, &verifier(LOG, &log_key()), &[7; 64]);
    let wrong = reason_after(|files| {
        files.insert(CHECKPOINT.to_owned(), forged.clone().into_bytes());
    });
    assert_eq!(wrong, Reason::CheckpointSignatureWrong { origin: LOG.to_owned() });
}

#[test]
fn a_log_that_is_not_trusted_is_not_valid() {
    let nobody = Trust { logs: vec![], ..trust() };
    let verdict = verify(&whole_package(), &nobody);
    assert_eq!(verdict.reason(), Some(&Reason::UnknownLog { origin: LOG.to_owned() }));
}

#[test]
fn a_key_that_is_unknown_or_was_not_valid_then_is_not_valid() {
    let mut later = trust();
    later.institutions[0].from = "2026-11-23T15:00:01.250001Z".parse().unwrap();
    let mut ended = trust();
    ended.institutions[0].until = Some("2026-11-23T15:00:01.250000Z".parse().unwrap());
    for trust in [later, ended] {
        let verdict = verify(&whole_package(), &trust);
        let reason = verdict.reason();
        assert!(matches!(reason, Some(Reason::KeyNotValidThen { number: 1, .. })), "{reason:?}");
    }
    let mut exact = trust();
    exact.institutions[0].from = "2026-11-23T15:00:01.250000Z".parse().unwrap();
    exact.institutions[0].until = Some("2026-11-23T15:00:01.250001Z".parse().unwrap());
    assert!(verify(&whole_package(), &exact).is_valid());

    let nobody = Trust { institutions: vec![], ..trust() };
    let verdict = verify(&whole_package(), &nobody);
    let unknown = Reason::UnknownInstitutionKey {
        number: 1,
        institution: INSTITUTION.to_owned(),
        key: verifier(INSTITUTION, &institution_key()).id().to_string(),
    };
    assert_eq!(verdict.reason(), Some(&unknown));
}

#[test]
fn a_changed_reveal_is_not_valid() {
    let another = reason_after(|files| edit_text(files, REVEALS, "Persona de prueba 14", "Otra"));
    assert_eq!(another, Reason::CommitmentWrong { number: 1, name: "person".to_owned() });

    let retyped = reason_after(|files| {
        edit_text(files, REVEALS, r#""type":"json","value":["XXA"]"#, r#""type":"text","value":"[\"XXA\"]""#);
    });
    assert_eq!(retyped, Reason::CommitmentWrong { number: 1, name: "nationality".to_owned() });

    let invented = reason_after(|files| edit_text(files, REVEALS, r#""person""#, r#""persons""#));
    assert_eq!(invented, Reason::RevealOfNothing { number: 1, name: "persons".to_owned() });

    let respelled = reason_after(|files| edit_text(files, REVEALS, "{\"entries\"", "{ \"entries\""));
    assert!(matches!(respelled, Reason::RevealsMalformed { .. }), "{respelled:?}");
}

#[test]
fn a_changed_document_is_not_valid() {
    let name = format!("data/objects/{}.jpg", Hash::of(&still()));
    let changed = reason_after(|files| files.get_mut(&name).unwrap()[3] ^= 1);
    assert!(matches!(changed, Reason::ObjectChanged { number: 3, .. }), "{changed:?}");
    let missing = reason_after(|files| drop(files.remove(&name)));
    assert_eq!(missing, Reason::ObjectMissing { number: 3, path: name.clone() });

    // Another picture with a name and a hash that fit it: the commitment does not.
    let other = b"otra imagen".to_vec();
    let swapped = reason_after(|files| {
        let own = Hash::of(&still()).to_string();
        files.remove(&name);
        files.insert(format!("data/objects/{}.jpg", Hash::of(&other)), other.clone());
        let (from, to) = (format!("\"sha256\":\"{own}\""), format!("\"sha256\":\"{}\"", Hash::of(&other)));
        edit_text(files, REVEALS, &from, &to);
    });
    assert_eq!(swapped, Reason::ObjectCommitmentWrong { number: 3, object: 0 });
}

#[test]
fn a_report_that_says_something_else_is_not_valid() {
    for (path, from, to) in [
        (REPORT, "Persona de prueba 14", "Persona de prueba 15"),
        (BAG_INFO, "Bagging-Date: 2026", "Bagging-Date: 2025"),
        (KEYS, INSTITUTION, "otro.example"),
        (POLICY, "quorum none", "quorum many"),
    ] {
        let reason = reason_after(|files| edit_text(files, path, from, to));
        assert_eq!(reason, Reason::DerivedDiffers { path: path.to_owned() });
    }
}

#[test]
fn formats_of_the_future_are_named_not_guessed() {
    let package = reason_after(|files| edit_text(files, BAG_INFO, "Format: 1", "Format: 2"));
    assert_eq!(package, Reason::UnknownPackageFormat { found: "2".to_owned() });
    let entry = reason_after(|files| edit_text(files, ENTRIES, "\"version\":1", "\"version\":2"));
    assert_eq!(entry, Reason::UnknownEntryVersion { line: 1, version: 2 });
    let shaped = reason_after(|files| {
        edit_text(files, ENTRIES, "\"version\":1", "\"version\":2,\"witnesses\":[]");
    });
    assert_eq!(shaped, Reason::UnknownEntryVersion { line: 1, version: 2 });
}

/// A cosignature of a witness that this verifier does not know is left alone.
#[test]
fn a_cosignature_by_an_unknown_witness_changes_nothing() {
    let mut parts = whole_case().parts(vec![still()]);
    let line = "\u{2014} testigo.example mJirIklj7Q4KAAAAAAAAAAAA\n";
    parts.checkpoint.push_str(line);
    assert!(verify(&build(&parts).unwrap(), &trust()).is_valid());
}

#[test]
fn what_cannot_verify_is_not_built() {
    let mut case = whole_case();
    let recipient = &mut case.reveals.entries.get_mut(&10).unwrap().fields;
    recipient.get_mut("recipient").unwrap().salt = Salt::from_bytes([1; 32]);
    let refused = build(&case.parts(vec![still()]));
    assert!(matches!(refused, Err(BuildError::WrongReveal { number: 10, .. })));

    assert!(matches!(build(&whole_case().parts(vec![])), Err(BuildError::ObjectMissing(_))));
    let stray = vec![still(), b"x".to_vec()];
    assert!(matches!(build(&whole_case().parts(stray)), Err(BuildError::ObjectUnclaimed(_))));

    let mut unfinished = Case::new();
    unfinished.record(Kind::CaseOpened, &[("person", Value::Text("X".to_owned()))], &[]);
    assert!(matches!(build(&unfinished.parts(vec![])), Err(BuildError::NotEndedByExport)));

    let mut keyless = whole_case().parts(vec![still()]);
    keyless.institution_keys.clear();
    assert!(matches!(build(&keyless), Err(BuildError::KeyMissing { number: 1 })));
}

#[test]
fn the_report_shows_values_as_text_and_never_as_markup() {
    let files = whole_package();
    let report = std::str::from_utf8(&files[REPORT]).unwrap();
    assert!(report.contains("&lt;b&gt;&quot;Observación&quot;&lt;/b&gt; &amp; &#39;prueba&#39;"));
    assert!(!report.contains("<b>"));
    assert!(report.contains("Cambio de nivel <i lang=\"en\">Change of level</i>"));
}

#[test]
fn a_zip_carries_the_files_with_and_without_a_folder_around_them() {
    let files = whole_package();
    assert_eq!(read_zip(&write_zip(&files, "paquete").unwrap()).unwrap(), files);
    let stranger = [("paquete/".to_owned() + "x", b"x".to_vec())];
    let more: Files = files.clone().into_iter().chain(stranger).collect();
    assert!(!verify(&read_zip(&write_zip(&more, "p").unwrap()).unwrap(), &trust()).is_valid());
    let broken = read_zip(b"PK not a zip");
    assert!(matches!(broken, Err(Reason::ArchiveUnreadable { .. })));
}
