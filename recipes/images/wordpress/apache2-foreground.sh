#!/bin/sh
# Apache as the container's first process.
set -e
# Debian's file asks for variables that nobody has set.
. /etc/apache2/envvars
set -u
mkdir -p "$APACHE_RUN_DIR" "$APACHE_LOCK_DIR"
# Left over by a container that was killed; a new Apache would take the number in it for its own.
rm -f "$APACHE_PID_FILE"
exec apache2 -DFOREGROUND "$@"
