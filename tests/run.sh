#!/usr/bin/env bash
# Runs all tests from nothing on Debian 12:  tests/run.sh            everything
#                                            tests/run.sh SUITE…     unit story web browser
# Ends with one line "N passed, N failed". Bench figures are tests/bench.sh's business.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/need.sh"
. "$ROOT/tests/scratch.sh"
export SQLX_OFFLINE="${SQLX_OFFLINE:-true}"
ARTIFACTS="$ROOT/target/artifacts"
mkdir -p "$ARTIFACTS"
passed=0 failed=0

# count PASSED FAILED: adds to the total.
count() { passed=$((passed + $1)); failed=$((failed + $2)); }

# cargo_suite NAME ARGUMENT…: a suite of cargo's test runner; one that does not even build is one failure.
cargo_suite() {
    local name=$1 log="$ARTIFACTS/$1.log"; shift
    say "$name"
    (cd "$ROOT" && cargo test --locked "$@" --no-fail-fast) >"$log" 2>&1
    local status=$?
    local good bad
    good=$(sed -n 's/^test result: .* \([0-9]*\) passed; .*/\1/p' "$log" | paste -sd+ | bc)
    bad=$(sed -n 's/^test result: .* \([0-9]*\) failed; .*/\1/p' "$log" | paste -sd+ | bc)
    [ $status -eq 0 ] || grep -E '^(error|test .* FAILED|failures:|---- )|panicked at' "$log" | head -60
    [ $status -ne 0 ] && [ "${bad:-0}" -eq 0 ] && bad=1
    count "${good:-0}" "${bad:-0}"
}

suite_unit() { need_rust; cargo_suite unit --workspace --exclude story; }

suite_story() { need_rust; need_packages postgresql; cargo_suite story -p story; }

suite_web() {
    say web
    need_node; install_web
    local log="$ARTIFACTS/web.json"
    rm -f "$log"
    (cd "$ROOT/web" && npx vitest run --reporter=json --outputFile="$log") >"$ARTIFACTS/web.log" 2>&1 || tail -40 "$ARTIFACTS/web.log"
    if [ -f "$log" ]; then
        count "$(node -p "require('$log').numPassedTests")" "$(node -p "r=require('$log'); r.numFailedTests+(r.success||r.numFailedTests?0:1)")"
    else
        count 0 1
    fi
}

suite_browser() {
    say browser
    need_rust; need_node; need_packages postgresql chromium ffmpeg espeak-ng sox fonts-ocr-b fonts-dejavu-core curl unzip
    build_web || { count 0 1; return; }
    (cd "$ROOT" && cargo build --locked -q -p reencuentro -p attest) || { count 0 1; return; }
    local log="$ARTIFACTS/browser.json"
    rm -f "$log"
    BROWSER_RESULT="$log" "$ROOT/tests/browser/run.sh" || true
    if [ -f "$log" ]; then
        count "$(node -p "require('$log').stats.expected")" "$(node -p "s=require('$log').stats; s.unexpected+s.flaky+(s.expected?0:1)")"
    else
        count 0 1
    fi
}

need_packages build-essential cmake bc
suites=("$@")
[ $# -gt 0 ] || suites=(unit story web browser)
for suite in "${suites[@]}"; do
    declare -F "suite_$suite" >/dev/null || fail "there is no suite $suite: unit story web browser"
    started=$SECONDS
    "suite_$suite"
    say "$suite took $((SECONDS - started)) s"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
