#!/usr/bin/env bash
# Figures, never verdicts:  tests/bench.sh            all of them
#                           tests/bench.sh NAME…      booking cases join weight attest media
# Standard output holds one JSON line per figure and nothing else: { bench, figure, value, unit, n, commit }.
# Release builds. Each bench begins with the machine's load average: above 1, somebody else was at work.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/need.sh"
. "$ROOT/tests/scratch.sh"
. "$ROOT/tests/bench/join.sh"
export SQLX_OFFLINE="${SQLX_OFFLINE:-true}"
BUILT="${CARGO_TARGET_DIR:-$ROOT/target}/release"
COMMIT=$(git -C "$ROOT" rev-parse --short HEAD 2>/dev/null || echo unknown)
git -C "$ROOT" diff --quiet HEAD -- 2>/dev/null || COMMIT="$COMMIT+"
BENCH_FIGURES=$(mktemp)
export BENCH_FIGURES

build() { (cd "$ROOT" && cargo build --release --locked -q "$@") >&2; }

bench_booking() {
    need_packages postgresql
    build -p story --example booking
    STORY_DURABLE=1 "$BUILT/examples/booking" >>"$BENCH_FIGURES"
}

bench_cases() {
    need_packages postgresql
    build -p story --example cases
    "$BUILT/examples/cases" >>"$BENCH_FIGURES"
}

bench_attest() {
    build -p attest --example ten_thousand
    "$BUILT/examples/ten_thousand" >>"$BENCH_FIGURES"
}

bench_media() {
    build -p media --example bench
    "$BUILT/examples/bench" >>"$BENCH_FIGURES"
}

# What a visitor downloads, what is installed, and whose code is in it (normal and build dependencies on Linux).
bench_weight() {
    need_node
    build_web
    build -p reencuentro -p attest
    (
        cd "$ROOT"
        npm --prefix web run --silent weight || true # over budget is the gate's business
        for program in reencuentro reencuentro-verify; do
            strip -o "$BENCH_FIGURES.bin" "$BUILT/$program"
            echo "{\"figure\":\"$program.stripped\",\"value\":$(stat -c %s "$BENCH_FIGURES.bin"),\"unit\":\"bytes\",\"n\":1}"
            rm -f "$BENCH_FIGURES.bin"
        done
        for crate in reencuentro attest; do
            count=$(cargo tree --locked -q -p $crate -e normal,build --prefix none --format '{p}' | sed 's/ (\*)$//' | sort -u | grep -cv "($ROOT")
            echo "{\"figure\":\"$crate.crates\",\"value\":$count,\"unit\":\"crates of others\",\"n\":1}"
        done
    ) | node "$ROOT/tests/bench/weights.mjs" >>"$BENCH_FIGURES"
}

# Standard output is for figures: what is said while installing and building goes the other way.
run_bench() {
    : >"$BENCH_FIGURES"
    local load; load=$(cut -d' ' -f1 /proc/loadavg)
    echo "{\"figure\":\"load_average_before\",\"value\":$load,\"unit\":\"runnable\",\"n\":1}" >>"$BENCH_FIGURES"
    "bench_$1" >&2
}

need_packages build-essential cmake >&2
need_rust
need_node >&2
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(booking cases join weight attest media)
for name in "${names[@]}"; do
    declare -F "bench_$name" >/dev/null || fail "there is no bench $name: booking cases join weight attest media"
done
for name in "${names[@]}"; do
    say "$name" >&2
    run_bench "$name"
    node "$ROOT/tests/bench/lines.mjs" "$name" "$COMMIT" <"$BENCH_FIGURES"
done
