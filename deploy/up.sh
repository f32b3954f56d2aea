#!/usr/bin/env bash
# Builds what is missing and runs Reencuentro: deploy/up.sh [--demo]
#   --demo             a synthetic world, sign-in links, a family visit that starts now
#   REENCUENTRO_DATA   data folder (./data)         REENCUENTRO_LISTEN   address (127.0.0.1:8080)
#   DATABASE_URL       an existing PostgreSQL instead of the embedded one
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/need.sh"

packages=(build-essential cmake)
[ -n "${DATABASE_URL:-}" ] || packages+=(postgresql)
need_packages "${packages[@]}"
need_rust
need_node
build_web
say "building the server (the first time takes some minutes)"
(cd "$ROOT" && SQLX_OFFLINE=true cargo build --release --locked -p reencuentro -p attest)
say "starting"
export REENCUENTRO_DATA="${REENCUENTRO_DATA:-$ROOT/data}" REENCUENTRO_WEB="${REENCUENTRO_WEB:-$ROOT/web/dist}"
cd "$ROOT"
exec "${CARGO_TARGET_DIR:-$ROOT/target}/release/reencuentro" serve "$@"
