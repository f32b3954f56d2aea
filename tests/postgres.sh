# Sourced: a private, throw-away PostgreSQL for preparing queries. Sets DATABASE_URL; stops with the shell.
# Wants scratch.sh. The story suite does not use it: it runs the server's own embedded one.
with_postgres() {
    local bin; bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
    local dir; dir=$(mktemp -d)
    local as=()
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir"; as=(runuser -u postgres --); fi
    "${as[@]}" "$bin/initdb" -D "$dir/data" -U owner -E UTF8 --locale=C --auth=trust -N >/dev/null
    "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -o "-c listen_addresses= -c unix_socket_directories=$dir -c unix_socket_permissions=0777 -c fsync=off" \
        -l "$dir/log" -w start >/dev/null
    chmod 755 "$dir"
    at_exit "${as[*]} $bin/pg_ctl -D $dir/data -m immediate stop >/dev/null"
    export DATABASE_URL="postgres://owner@localhost/postgres?host=$dir"
    psql -q "$DATABASE_URL" -c 'create role reencuentro_app login nosuperuser nobypassrls'
    for file in "$ROOT"/migrations/*.sql; do psql -q -v ON_ERROR_STOP=1 "$DATABASE_URL" -f "$file" >/dev/null; done
}
