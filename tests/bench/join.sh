# Sourced by tests/bench.sh: joins of a relative in real Chromium, with the browser suite's cameras, pages and server.
bench_join() {
    need_node; need_packages postgresql chromium ffmpeg espeak-ng sox fonts-ocr-b fonts-dejavu-core
    build_web
    build -p reencuentro -p attest
    "$ROOT/tests/browser/cameras.sh"
    (
        set -euo pipefail
        PROFILE=release
        . "$ROOT/tests/browser/server.sh"
        ART="$ROOT/target/artifacts/bench-join"
        rm -rf "$ART"; mkdir -p "$ART"
        start_demo_server "$ART/server.log"
        export NODE_PATH="$ROOT/web/node_modules" BASE_URL="$SERVER_URL" DEMO_JSON="$SERVER_DATA/demo.json" ART
        export CAMERAS="$ROOT/target/cameras" VERIFY="$PROGRAMS/reencuentro-verify"
        node "$ROOT/web/node_modules/@playwright/test/cli.js" test --config "$ROOT/tests/bench/join/playwright.config.ts"
    ) >&2
}
