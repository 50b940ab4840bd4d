#!/bin/bash
# Saves and loads the database; the backup tool runs it inside the running container.
set -euo pipefail

name=$POSTGRES_DB
user=$POSTGRES_USER
dump=$PGDATA/backup.sql.gz

admin() {
    psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -U "$user" -d postgres "$@"
}

case "${1:-}" in
backup)
    # Nothing but a whole dump ever has the name that is saved.
    rm -f "$dump.tmp"
    pg_dump -U "$user" --no-owner --compress=6 --file "$dump.tmp" "$name"
    mv "$dump.tmp" "$dump"
    ;;
restore)
    [ -s "$dump" ] || { echo "there is no dump at $dump" >&2; exit 1; }
    # Loaded beside the old database, which goes only when the new one is whole. The app loses its
    # connections then and opens new ones.
    dropdb --if-exists -U "$user" "$name.new"
    createdb -U "$user" -T template0 "$name.new"
    gunzip -c "$dump" | psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --single-transaction -o /dev/null -U "$user" -d "$name.new"
    admin -c "DROP DATABASE IF EXISTS \"$name\" WITH (FORCE)" -c "ALTER DATABASE \"$name.new\" RENAME TO \"$name\""
    ;;
*)
    echo "usage: $0 backup|restore" >&2
    exit 2
    ;;
esac
