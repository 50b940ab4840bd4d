#!/bin/sh
# Starts Redis as the upstream image does: a lone option or a `.conf` file is one for the server,
# which runs as user 999 and owns what is in the working folder.
set -eu

case "${1:-}" in
-* | *.conf) set -- redis-server "$@" ;;
esac

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis:redis {} +
    HOME=/data exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi

# What the server writes is nobody else's business, unless somebody has decided otherwise.
if [ "$(umask)" = 0022 ]; then umask 0077; fi

exec "$@"
