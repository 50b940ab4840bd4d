#!/bin/bash
# Saves and loads the site's database; the backup tool runs it inside the running container.
set -euo pipefail

dump=/var/lib/mysql/dump.sql.gz
# Not as an argument, which every list of processes shows.
MYSQL_PWD=$(< /run/secrets/db_root_pass)
export MYSQL_PWD

case "${1:-}" in
backup)
    # One consistent state, while the site goes on. Nothing but a whole dump ever has the name that
    # is saved. A visitor makes the site write options of its own while a dump is loaded; those of the dump
    # replace them.
    mariadb-dump --user=root --single-transaction --replace --routines --events wordpress | gzip > "$dump.tmp"
    mv "$dump.tmp" "$dump"
    ;;
restore)
    [ -s "$dump" ] || { echo "there is no dump at $dump" >&2; exit 1; }
    gzip -t "$dump"
    # A dump replaces the tables that it has; what came later has to go too.
    mariadb --user=root -e 'DROP DATABASE IF EXISTS wordpress; CREATE DATABASE wordpress'
    gunzip -c "$dump" | mariadb --user=root wordpress
    ;;
*)
    echo "usage: $0 backup|restore" >&2
    exit 2
    ;;
esac
