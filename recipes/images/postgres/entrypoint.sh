#!/bin/bash
# Starts PostgreSQL as the upstream image does.
#
# On the first start, when PGDATA is empty:
# POSTGRES_PASSWORD          the superuser's password; must be there unless the method is `trust`
# POSTGRES_USER              the superuser, else `postgres`
# POSTGRES_DB                a database to make, else one named like the user
# POSTGRES_INITDB_ARGS       more arguments of initdb
# POSTGRES_INITDB_WALDIR     another place for the write-ahead log
# POSTGRES_HOST_AUTH_METHOD  how clients from elsewhere prove who they are, else the password
# /docker-entrypoint-initdb.d/*.{sh,sql,sql.gz} are run, in the order of their names
#
# Each of them but the last two can be in a file that <NAME>_FILE names.
set -Eeuo pipefail

fail() {
    echo "entrypoint: $*" >&2
    exit 1
}

# The value of $1 from its variable or its file, else $2.
from_file() {
    local name=$1 file=$1_FILE
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
        fail "$name and $file are both set; one of them has to go"
    fi
    if [ -n "${!file:-}" ]; then
        printf -v "$name" '%s' "$(< "${!file}")"
    elif [ -z "${!name:-}" ]; then
        printf -v "$name" '%s' "${2:-}"
    fi
    export "${name?}"
    unset "$file"
}

sql() {
    psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

make_cluster() {
    local arguments=(--username="$POSTGRES_USER")
    if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then arguments+=(--waldir="$POSTGRES_INITDB_WALDIR"); fi
    # Split into words as a shell does, quotes included.
    eval "arguments+=(${POSTGRES_INITDB_ARGS:-})"
    if [ -n "$POSTGRES_PASSWORD" ]; then
        initdb --no-sync --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${arguments[@]}"
    else
        initdb --no-sync "${arguments[@]}"
    fi
    local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}
    printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

# The scripts run in this shell where they are no programs, as upstream's do.
run_scripts() {
    local script
    for script in /docker-entrypoint-initdb.d/*; do
        echo "entrypoint: $script"
        case "$script" in
        *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
        *.sql) sql -f "$script" ;;
        *.sql.gz) gunzip -c "$script" | sql ;;
        *) echo "entrypoint: $script is neither .sh nor .sql nor .sql.gz: not run" >&2 ;;
        esac
    done
}

initialise() {
    if [ -z "$POSTGRES_PASSWORD" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
        fail "the database is new and POSTGRES_PASSWORD is not set"
    fi
    make_cluster
    # Only for this shell and what it starts; nobody from elsewhere gets in before all is done. A
    # crash of the machine would cost a database that nobody has used yet.
    export PGPASSWORD=$POSTGRES_PASSWORD
    pg_ctl -D "$PGDATA" -w -o "-c listen_addresses='' -c fsync=off -p ${PGPORT:-5432} $*" start
    if [ "$POSTGRES_DB" != postgres ]; then
        POSTGRES_DB=postgres sql --quiet -v db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db";'
    fi
    run_scripts
    pg_ctl -D "$PGDATA" -w -m fast stop
    unset PGPASSWORD
}

if [ "${1:-}" = "" ] || [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi

# Only a server is prepared for; `--help` and the like are answered at once.
serves() {
    [ "$1" = postgres ] || return 1
    local argument
    for argument in "$@"; do
        case "$argument" in
        -\? | --help | -V | --version | --describe-config) return 1 ;;
        esac
    done
}

if ! serves "$@"; then exec "$@"; fi

mkdir -p "$PGDATA"
if [ "$(id -u)" = 0 ]; then
    chmod 0700 "$PGDATA"
    find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
    HOME=/var/lib/postgresql exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$0" "$@"
fi

shopt -s nullglob
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    from_file POSTGRES_INITDB_ARGS
    initialise "${@:2}"
fi
exec "$@"
