# Sourced: one folder for everything that a run of tests leaves lying, TMPDIR itself, gone when the shell ends; and what
# runs that were killed have left is swept first. Databases of tests are large, and a full disk fails everybody's tests.
SCRATCH_PREFIX=/tmp/reencuentro-tests

# at_exit COMMAND: run when this shell ends, the last one first. A subshell does not end its parent's business.
at_exit() {
    [ "${AT_EXIT_OF:-}" = "$BASHPID" ] || AT_EXIT=
    AT_EXIT_OF=$BASHPID
    AT_EXIT="$1; $AT_EXIT"
    # shellcheck disable=SC2064 # what is registered now
    trap "$AT_EXIT" EXIT
}

sweep_scratch() {
    local old pid
    for old in "$SCRATCH_PREFIX".*; do
        pid=${old#"$SCRATCH_PREFIX".}
        [ -d "$old" ] && ! kill -0 "${pid%%.*}" 2>/dev/null && rm -rf "$old"
    done
    return 0
}

# A script that another one calls uses the caller's.
if [ -z "${SCRATCH:-}" ]; then
    sweep_scratch
    SCRATCH=$(mktemp -d "$SCRATCH_PREFIX.$$.XXXX")
    export SCRATCH TMPDIR="$SCRATCH"
    # Root's PostgreSQL runs as another account, which must be able to walk in.
    chmod 711 "$SCRATCH"
    at_exit 'rm -rf "$SCRATCH"'
fi
