//! Measures how long a package of 10,000 entries takes to verify: one JSON line.
//! Run with `cargo run --release -p attest --example ten_thousand`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::time::Instant;

use attest::commitment::Value;
use attest::entry::Kind;
use attest::package::build;
use attest::verify::verify;

const ENTRIES: u64 = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut case = fixture::Case::new();
    for number in 1..=ENTRIES {
        let kind = if number == ENTRIES { Kind::ExportMade } else { Kind::Observation };
        let text = |name: &str| Value::Text(format!("{name} de prueba {number}"));
        let fields = [
            ("observation", text("Observación")),
            ("observer", text("Persona")),
            ("subject", text("Persona")),
            ("language", text("Idioma")),
        ];
        case.record(kind, &fields, &[]);
    }
    let started = Instant::now();
    let files = build(&case.parts(vec![]))?;
    let built = started.elapsed();
    let trust = fixture::trust();
    let mut rounds = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        assert!(verify(&files, &trust).is_valid());
        rounds.push(started.elapsed().as_millis());
    }
    rounds.sort_unstable();
    let size_bytes: usize = files.values().map(Vec::len).sum();
    println!(
        "{{\"entries\":{ENTRIES},\"size_bytes\":{size_bytes},\"build_ms\":{},\"verify_ms_median\":{},\"verify_ms_min\":{},\"verify_ms_max\":{}}}",
        built.as_millis(),
        rounds[2],
        rounds[0],
        rounds[4]
    );
    Ok(())
}
