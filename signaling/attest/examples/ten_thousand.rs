//! How long a package of 10,000 entries takes to verify, beside plain SHA-256 over the same bytes, by turns.
//! Prints one JSON line a figure. Run by `tests/bench.sh attest`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::hint::black_box;
use std::time::Instant;

use attest::commitment::Value;
use attest::entry::Kind;
use attest::hash::Hash;
use attest::package::build;
use attest::verify::verify;

const ENTRIES: u64 = 10_000;
const ROUNDS: usize = 9;

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
    let (mut verifying, mut hashing) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        assert!(verify(&files, &trust).is_valid());
        verifying.push(started.elapsed().as_secs_f64() * 1e3);
        let started = Instant::now();
        for bytes in files.values() {
            black_box(Hash::of(bytes));
        }
        hashing.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let size_bytes: usize = files.values().map(Vec::len).sum();
    let ratios = verifying.iter().zip(&hashing).map(|(verify, hash)| verify / hash).collect();
    figure("size", size_bytes as f64, "bytes", 1);
    figure("build", built.as_secs_f64() * 1e3, "ms", 1);
    figure("verify", median(verifying), "ms", ROUNDS);
    figure("sha256", median(hashing), "ms", ROUNDS);
    figure("ratio", median(ratios), "verify / SHA-256 of the same bytes, median of pairs", ROUNDS);
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn figure(name: &str, value: f64, unit: &str, n: usize) {
    println!("{{\"figure\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\",\"n\":{n}}}");
}
