#!/usr/bin/env bash
# The story in real Chromium against the real server: tests/browser/run.sh [playwright arguments]
#   CARGO_TARGET_DIR   where the built programs are (target)     PROFILE   debug or release; the newer one when unset
#   BROWSER_RESULT     where Playwright's own result goes (target/artifacts/browser/playwright.json)
# Wants: the server and reencuentro-verify built, web/dist built, web/node_modules installed. Keeps its log, pictures and
# results.json in target/artifacts/browser.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
. "$ROOT/tests/scratch.sh"
. "$HERE/server.sh"

ART="$ROOT/target/artifacts/browser"
rm -rf "$ART"
mkdir -p "$ART"
"$HERE/cameras.sh"
start_demo_server "$ART/server.log"

export NODE_PATH="$ROOT/web/node_modules" BASE_URL="$SERVER_URL" DEMO_JSON="$SERVER_DATA/demo.json" ART
export BROWSER_RESULT="${BROWSER_RESULT:-$ART/playwright.json}"
export CAMERAS="$ROOT/target/cameras" VERIFY="$PROGRAMS/reencuentro-verify"
ended=0
node "$ROOT/web/node_modules/@playwright/test/cli.js" test --config "$HERE/playwright.config.ts" "$@" || ended=$?
node "$HERE/totals.cjs" "$BROWSER_RESULT" "$ART/results.json"
exit "$ended"
