# Sourced with ROOT set, after scratch.sh: a demo server of its own, in a fresh data folder on a free port; stopped by its id with the shell.
# Sets SERVER_URL, SERVER_DATA, SERVER_PID, PROGRAMS.
READY_WITHIN_S=60

find_programs() {
    local target="${CARGO_TARGET_DIR:-$ROOT/target}" newest
    if [ -n "${PROFILE:-}" ]; then PROGRAMS="$target/$PROFILE"; return; fi
    newest=$(ls -t "$target"/release/reencuentro "$target"/debug/reencuentro 2>/dev/null | head -1 || true)
    [ -n "$newest" ] || { echo "no built server in $target: cargo build -p reencuentro -p attest" >&2; exit 1; }
    PROGRAMS=$(dirname "$newest")
}

free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

start_demo_server() {
    find_programs
    local port; port=$(free_port)
    SERVER_DATA=$(mktemp -d)
    # Root's PostgreSQL runs as another user, who must be able to walk in.
    chmod 711 "$SERVER_DATA"
    SERVER_URL="http://localhost:$port"
    env -u DATABASE_URL REENCUENTRO_DATA="$SERVER_DATA" REENCUENTRO_LISTEN="127.0.0.1:$port" REENCUENTRO_WEB="$ROOT/web/dist" \
        REENCUENTRO_CHECK_NUMBER='+502 5550 0100' "$PROGRAMS/reencuentro" serve --demo >"$1" 2>&1 &
    SERVER_PID=$!
    at_exit stop_demo_server
    for _ in $(seq $((READY_WITHIN_S * 5))); do
        kill -0 "$SERVER_PID" 2>/dev/null || { echo "the server stopped:" >&2; tail -20 "$1" >&2; exit 1; }
        [ -s "$SERVER_DATA/demo.json" ] && curl -fs -o /dev/null "$SERVER_URL/ready" && return
        sleep 0.2
    done
    echo "the server was not ready in $READY_WITHIN_S s:" >&2; tail -20 "$1" >&2; exit 1
}

stop_demo_server() {
    kill "$SERVER_PID" 2>/dev/null || true
    wait "$SERVER_PID" 2>/dev/null || true
    rm -rf "$SERVER_DATA"
}
