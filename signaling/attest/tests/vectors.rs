//! Fixed vectors: the bytes of format v1, computed by other programs (Python's hmac, hashlib and
//! json; the example of the signed-note specification; RFC 8785's own).

mod fixture;

use attest::canonical;
use attest::commitment::{Reveal, Salt, Value, commit};
use attest::entry::{Entry, EntryError, Kind, MAX_ENTRY_BYTES, SealedEntry, SignedEntry};
use attest::hash::Hash;
use attest::instant::Instant;
use attest::note::{self, Checkpoint, NoteError, Proof, VerifierKey};
use attest::trust::{Trust, TrustError};
use ed25519_dalek::SigningKey;
use fixture::{blank, small_case, trust, whole_case};
use serde_json::json;

fn salt() -> Salt {
    Salt::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap()))
}

#[test]
fn commitments_are_those_of_another_program() {
    let instant: Instant = "2026-11-23T15:00:00.000000Z".parse().unwrap();
    for (value, expected) in [
        (
            Value::Text("Persona de prueba 14".to_owned()),
            "4d34ff86af6b54b926ef0bf8905721addcf2c1332034fe6a8927e533be21ac25",
        ),
        (
            Value::Json(json!({"b": null, "a": [1.0, "ñ"]})),
            "034f2078833b9e533a5fd86a477eb8b419e74a429552ca78f76ca3777b64b54d",
        ),
        (Value::Instant(instant), "116739964d0f439f0fdc45744577ca9c60b0e4147de2d65c8cdf078f6db2abd0"),
        (Value::Hash(Hash([0xab; 32])), "2c813f580f2aa4df1ea9cd6072b7bbd8b1984b9906d702881a93db7cf7a136a1"),
        (Value::Text(String::new()), "20e1f4171cb0748090ad23413bc20705231eb967c2cb7e37c553d7698437e175"),
    ] {
        assert_eq!(commit(&salt(), &value).unwrap().to_string(), expected, "{value:?}");
    }
}

#[test]
fn a_number_that_readers_hold_differently_is_not_committed_to() {
    for number in [json!(9_007_199_254_740_992_u64), json!([{"x": -9_007_199_254_740_992_i64}])] {
        assert!(commit(&salt(), &Value::Json(number)).is_err());
    }
    assert!(commit(&salt(), &Value::Json(json!(9_007_199_254_740_991_u64))).is_ok());
}

#[test]
fn a_reveal_reads_back_as_it_was_written() {
    for value in [
        Value::Text("«Prueba»\n\u{202e}".to_owned()),
        Value::Json(json!({"n": 1.5, "e": 1e21, "u": "\u{20ac}"})),
        Value::Instant("2026-11-23T15:00:00.000001Z".parse().unwrap()),
        Value::Hash(Hash([7; 32])),
    ] {
        let reveal = Reveal::new(value, salt());
        let bytes = canonical::to_vec(&reveal).unwrap();
        assert_eq!(canonical::from_slice::<Reveal>(&bytes).unwrap(), reveal);
    }
    assert_eq!(format!("{:?}", salt()), "Salt(…)");
}

#[test]
fn entry_hashes_are_those_of_another_program() {
    let hashes = whole_case().entries.iter().map(|e| e.hash().to_string()).collect::<Vec<_>>();
    assert_eq!(hashes[0], "3c5e0e2f4972146c0dd612afb6ba6feb1ac4e5791985ccb2c4882052e30187b8");
    assert_eq!(hashes[2], "72118da8e2ac0110cc8a79e4cf3fd6ab1b12b0f29931f37836d1f8a42a7129ce");
    assert_eq!(hashes[9], "1e7a12cac5e3c305178d6aced06433336b10f7cb701e24c7844467ffaf72caf0");
}

#[test]
fn an_entry_reads_back_and_only_in_its_one_spelling() {
    let signed = small_case().entries.remove(0);
    let line = signed.line();
    assert_eq!(SignedEntry::from_line(&line).unwrap(), signed);
    assert_eq!(canonical::to_vec(&serde_json::from_slice::<serde_json::Value>(&line).unwrap()).unwrap(), line);
    assert_eq!(SealedEntry::from_bytes(signed.sealed().bytes()).unwrap(), *signed.sealed());
    let text = String::from_utf8(line).unwrap();
    for (from, to) in [
        ("{\"entry\"", "{ \"entry\""),
        ("\"number\":1,", "\"number\":1.0,"),
        ("\"number\":1,", "\"number\":1,\"number\":1,"),
        ("\"case\":\"c", "\"case\":\"\\u0063"),
        ("\"case\"", "\"extra\":1,\"case\""),
        ("T15:00:00.000000Z", "T15:00:00Z"),
        ("T15:00:00.000000Z", "T09:00:00.000000-06:00"),
        ("==\"}", "\"}"),
    ] {
        let respelled = text.replacen(from, to, 1);
        assert_ne!(respelled, text, "{from}");
        assert!(SignedEntry::from_line(respelled.as_bytes()).is_err(), "{from} → {to}");
    }
}

type Change = fn(&mut Entry);

#[test]
fn an_entry_outside_its_bounds_is_not_sealed() {
    let first = || blank(Kind::CaseOpened, 1, None);
    assert!(first().seal().is_ok());
    let with = |change: Change| {
        let mut entry = first();
        change(&mut entry);
        entry.seal()
    };
    let changes: [(Change, &str); 10] = [
        (|e| e.number = 0, "number"),
        (|e| e.number = 2, "previous"),
        (|e| e.previous = Some(Hash([0; 32])), "previous"),
        (|e| e.case = "Persona de prueba".to_owned(), "case"),
        (|e| e.actor = String::new(), "actor"),
        (|e| e.basis = "x".repeat(65), "basis"),
        (|e| e.log = "pruebas.example+x".to_owned(), "log"),
        (|e| e.fields.extend([("Name".to_owned(), Hash([0; 32]))]), "fields"),
        (|e| e.consents = vec!["x".to_owned(); 17], "consents"),
        (|e| e.fields.extend((0..41).map(|n| (format!("f{n}"), Hash([0; 32])))), "fields"),
    ];
    for (change, member) in changes {
        assert!(matches!(with(change), Err(EntryError::Member(found)) if found == member), "{member}");
    }
    assert!(matches!(with(|e| e.version = 2), Err(EntryError::UnknownVersion(2))));
    let large = |e: &mut Entry| {
        e.fields.extend((0..40).map(|n| (format!("{}{n}", "f".repeat(38)), Hash([0; 32]))));
    };
    assert!(matches!(with(large), Err(EntryError::TooLarge(size)) if size > MAX_ENTRY_BYTES));
}

/// Every field that 3.5 of the rules asks of a decision fits, with four documents.
#[test]
fn a_decision_with_all_its_fields_fits() {
    let mut decision = blank(Kind::Decision, 2, Some(Hash([1; 32])));
    for name in attest::fields::documented(Kind::Decision) {
        decision.fields.insert((*name).to_owned(), Hash([0xff; 32]));
    }
    let object = whole_case().entries[2].entry().objects[0].clone();
    decision.objects = vec![object; 4];
    assert!(decision.seal().is_ok());
}

#[test]
fn instants_have_one_spelling() {
    for given in ["2026-11-23T15:00:00.000000Z", "0000-01-01T00:00:00.000000Z", "9999-01-01T00:00:00.999999Z"] {
        assert_eq!(given.parse::<Instant>().unwrap().to_string(), given);
    }
    for given in [
        "2026-11-23T15:00:00Z",
        "2026-11-23T15:00:00.0000000Z",
        "2026-11-23t15:00:00.000000z",
        "2026-11-23 15:00:00.000000Z",
        "2026-11-23T15:00:60.000000Z",
        "",
    ] {
        assert!(given.parse::<Instant>().is_err(), "{given}");
    }
    let exact: jiff::Timestamp = "2026-11-23T15:00:00.123456789Z".parse().unwrap();
    assert_eq!(Instant::from_timestamp(exact).unwrap().to_string(), "2026-11-23T15:00:00.123456Z");
    assert!(Instant::from_timestamp(jiff::Timestamp::MIN).is_err());
}

/// The example of c2sp.org/signed-note.
const NOTE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

#[test]
fn the_published_note_opens_with_its_published_key() {
    let key: VerifierKey = NOTE_KEY.parse().unwrap();
    assert_eq!(key.to_string(), NOTE_KEY);
    let known = [key];
    let (text, signer) = note::open(NOTE, &known).unwrap();
    assert_eq!((text, signer), ("This is an example message.\n", &known[0]));
    let changed = NOTE.replace("example message", "Example message");
    assert!(matches!(note::open(&changed, &known), Err(NoteError::WrongSignature(_))));
    assert_eq!(note::open(NOTE, &[]), Err(NoteError::Unsigned));
}

#[test]
fn malformed_notes_and_keys_are_refused() {
    let known = [NOTE_KEY.parse::<VerifierKey>().unwrap()];
    for bad in [
        "",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n\u{2014} name\n",
        "text\n\n\u{2014} name !!!!\n",
        "text\n\n\u{2014} name AAAAAA==\n",
        "a\tb\n\n\u{2014} n AAAAAAA=\n",
    ] {
        assert!(matches!(note::open(bad, &known), Err(NoteError::Note(_))), "{bad:?}");
    }
    assert!(note::open(NOTE.trim_end(), &known).is_err());
    for bad in [
        "",
        "a+b",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad:?}");
    }
}

#[test]
fn a_checkpoint_says_exactly_three_things() {
    let checkpoint = Checkpoint { origin: "pruebas.example/x".to_owned(), size: 7, root: Hash([9; 32]) };
    let text = checkpoint.text();
    assert_eq!(Checkpoint::from_text(&text).unwrap(), checkpoint);
    for bad in [
        text.replace("\n7\n", "\n07\n"),
        text.replace("\n7\n", "\n+7\n"),
        text.replace("\n7\n", "\n-7\n"),
        text.replace("=\n", "\n"),
        format!("{text}extension\n"),
        text.trim_end().to_owned(),
        String::new(),
        text.replace("pruebas.example/x", ""),
        text.replace("\n7\n", "\n18446744073709551616\n"),
    ] {
        assert!(Checkpoint::from_text(&bad).is_err(), "{bad:?}");
    }
    // A key that signs under another name does not speak for this log.
    let key = SigningKey::from_bytes(&[5; 32]);
    let stranger = note::sign(&text, "otro.example", &key).unwrap();
    let known = [VerifierKey::new("otro.example", key.verifying_key()).unwrap()];
    assert_eq!(Checkpoint::open(&stranger, &known), Err(NoteError::Unsigned));
}

#[test]
fn a_proof_has_one_spelling() {
    let proof = Proof { index: 5, hashes: vec![Hash([1; 32]), Hash([2; 32])], checkpoint: NOTE.to_owned() };
    let text = proof.to_string();
    assert_eq!(Proof::from_text(&text).unwrap(), proof);
    let bare = Proof { index: 0, hashes: vec![], checkpoint: NOTE.to_owned() };
    assert_eq!(Proof::from_text(&bare.to_string()).unwrap(), bare);
    for bad in [
        text.replace("v1", "v2"),
        text.replace("index 5", "index 05"),
        text.replace("index 5\n", ""),
        text.replace("AQE=", "AQF="),
        text.replace("index 5", "extra AAAA\nindex 5"),
    ] {
        assert!(Proof::from_text(&bad).is_err(), "{bad}");
    }
}

#[test]
fn a_trust_file_reads_back_and_refuses_what_it_does_not_know() {
    let json = trust().to_json();
    assert_eq!(Trust::from_json(json.as_bytes()).unwrap().to_json(), json);
    let edited = |from: &str, to: &str| Trust::from_json(json.replace(from, to).as_bytes());
    assert!(matches!(edited("\"format\": 1", "\"format\": 2"), Err(TrustError::UnknownFormat(2))));
    assert!(matches!(edited("\"logs\"", "\"log\""), Err(TrustError::Shape(_))));
    assert!(matches!(edited("8d8f62ab", "8d8f62ac"), Err(TrustError::Key { .. })));
    assert!(matches!(edited("2028-", "2025-"), Err(TrustError::Validity(_))));
    assert!(edited("2028-01-01T00:00:00Z", "2028-01-01").is_err());
}

/// RFC 8785, 3.2.2 and 3.2.3.
#[test]
fn canonical_json_is_that_of_the_rfc() {
    let given = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
        "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
    let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
    let value: serde_json::Value = serde_json::from_str(given).unwrap();
    assert_eq!(String::from_utf8(canonical::to_vec(&value).unwrap()).unwrap(), expected);
    let sorted = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
    let bytes = canonical::to_vec(&sorted).unwrap();
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
    );
}
