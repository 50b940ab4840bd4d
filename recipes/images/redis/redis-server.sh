#!/bin/sh
# Debian's server answers only on loopback while it has no password ("protected mode"); the upstream
# image's default is off, as a container's network is closed already. Who says how it should be, in an
# argument or in the configuration file, gets it that way.
set -eu

server=/usr/bin/redis-server

case "${1:-}" in
-v | --version | -h | --help | --test-memory | --check-system) exec "$server" "$@" ;;
esac

for argument in "$@"; do
    if [ "$argument" = --protected-mode ]; then exec "$server" "$@"; fi
done
if [ -f "${1:-}" ] && grep -qiE '^[[:space:]]*protected-mode[[:space:]]' "$1"; then
    exec "$server" "$@"
fi
exec "$server" "$@" --protected-mode no
