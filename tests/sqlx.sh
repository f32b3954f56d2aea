#!/usr/bin/env bash
# Checks every query against the migrations, and that the committed descriptions (.sqlx) are those of today.
#   tests/sqlx.sh          fails where they differ
#   tests/sqlx.sh write    writes them
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../deploy/need.sh"
. "$ROOT/tests/scratch.sh"
. "$ROOT/tests/postgres.sh"
with_postgres
fresh=$(mktemp -d)
touch "$ROOT/signaling/src/lib.rs"
(cd "$ROOT" && SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$fresh" cargo check -q -p reencuentro)
if [ "${1:-check}" = write ]; then
    rm -rf "$ROOT/.sqlx" && mkdir "$ROOT/.sqlx" && cp "$fresh"/* "$ROOT/.sqlx/"
else
    diff -rq "$fresh" "$ROOT/.sqlx" || fail "queries changed: run tests/sqlx.sh write"
fi
say "$(ls "$ROOT/.sqlx" | wc -l) queries agree with the migrations"
