//! How long the desk waits for its list of 200 cases. Prints one JSON line a figure. Run by `tests/bench.sh cases`.
use std::time::Instant;

use serde_json::json;
use story::World;
use story::office::{Office, takes_in};

const CASES: usize = 200;
const READS: usize = 50;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let world = World::new().await;
    let office = Office::of(&world).await;
    let mut staff = office.staff(&world).await;
    for _ in 0..CASES {
        takes_in(&mut staff, json!({})).await;
    }
    let mut each_ms = vec![];
    for _ in 0..READS {
        let start = Instant::now();
        staff.get("/api/cases").await?.ok()?;
        each_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    each_ms.sort_by(f64::total_cmp);
    let (first, p50, worst) = (each_ms[0], each_ms[READS / 2], each_ms[READS - 1]);
    for (name, value) in [("list_of_200.best", first), ("list_of_200.p50", p50), ("list_of_200.worst", worst)] {
        println!("{}", json!({ "figure": name, "value": value, "unit": "ms", "n": READS }));
    }
    Ok(())
}
