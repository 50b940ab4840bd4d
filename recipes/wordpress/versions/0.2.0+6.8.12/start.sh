#!/bin/bash
# The site is whole before it serves: no visitor ever meets an installer or an old schema.
set -eu

# With -v, Apache only says its version, but the image has prepared the code by then.
docker-entrypoint.sh apache2-foreground -v

# The database may start later than this, or stop once more because it is upgraded too. Every try
# begins where the last one came to. A task that ended instead would count as a failed update.
tries=90
until setpriv --reuid=www-data --regid=www-data --clear-groups php /setup.php; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || { echo "start: the database could not be prepared" >&2; exit 1; }
    sleep 1
done

exec docker-entrypoint.sh "$@"
