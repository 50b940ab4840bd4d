#!/bin/sh
# Saves and loads the server's database; the backup tool runs it inside the running container.
set -eu

db=/data/mumble-server.sqlite
dump=/data/backup.sqlite

case "${1:-}" in
backup)
    # SQLite's online backup gives one consistent state while the server goes on writing; a copy of
    # the file would not. Nothing but a whole dump ever has the name that is saved.
    rm -f "$dump.tmp"
    sqlite3 "$db" ".timeout 10000" ".backup '$dump.tmp'"
    mv "$dump.tmp" "$dump"
    ;;
restore)
    [ -s "$dump" ] || { echo "there is no dump at $dump" >&2; exit 1; }
    sqlite3 "$db" ".timeout 10000" ".restore '$dump'"
    # The server keeps its channels and users in memory and would go on with the old ones, so it has
    # to start again. It is the first process of this container: when it ends, so does whatever was
    # started in here, this hook included, which would then look as if it had failed. Hence the
    # detour: a process of its own session ends the server when the hook is over, and Swarm starts a
    # new task.
    setsid sh -c 'sleep 0.3; kill -TERM 1' </dev/null >/dev/null 2>&1 &
    ;;
*)
    echo "usage: $0 backup|restore" >&2
    exit 2
    ;;
esac
