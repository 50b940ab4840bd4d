#!/bin/sh
# Starts Synapse; the backup tool runs it as `app.sh restored` inside the running container.
set -eu

export PGHOST="${STACK_NAME}_db" PGUSER=synapse PGDATABASE=synapse PGCONNECT_TIMEOUT=5
started_with=/tmp/database

# The number of the database: one that was loaded from a dump has another than the one before it.
# Fails while there is none.
database() {
    PGPASSWORD=$(cat /run/secrets/db_password) python3 -c '
import psycopg2
cursor = psycopg2.connect("").cursor()
cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
print(cursor.fetchone()[0])' 2>/tmp/database-error
}

case "${1:-run}" in
restored)
    # Synapse keeps users, rooms and the number of the next event in memory and would go on with the
    # old ones, so it has to start again when the database is the restored one. Nobody says whose hook
    # comes first, and the end of the first process would end this hook too, hence a process of its own.
    setsid "$0" restart </dev/null >/dev/null 2>&1 &
    ;;
restart)
    tries=0
    while [ "$tries" -lt 600 ]; do
        sleep 0.5
        now=$(database) || now=
        if [ -n "$now" ] && [ "$now" != "$(cat "$started_with")" ]; then
            kill -TERM 1
            exit
        fi
        tries=$((tries + 1))
    done
    ;;
*)
    tries=0
    # A start without a database would end in a traceback and count as a crash.
    until database > "$started_with"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 240 ]; then
            echo "app.sh: no database: $(tail -n 1 /tmp/database-error)" >&2
            exit 1
        fi
        sleep 0.5
    done
    key="/data/$DOMAIN.signing.key"
    if [ ! -s "$key" ]; then
        generate_signing_key -o "$key.tmp"
        mv "$key.tmp" "$key"
    fi
    # The server is the first process and gets the container's signals.
    exec /start.py "$@"
    ;;
esac
