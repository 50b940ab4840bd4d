#!/bin/sh
# Tells whether the server is well; every check that is named has to hold.
#
# --connect             it lets clients in over TCP, which it does only when it is set up completely
# --innodb_initialized  the storage engine runs
#
# The user that asks was made with the database and may do nothing but ask.
set -eu

account=/var/lib/mysql/.my-healthcheck.cnf

ask() {
    mariadb --defaults-extra-file="$account" --host=127.0.0.1 --protocol=tcp --skip-ssl \
        --connect-timeout=3 --skip-column-names --batch -e "$1"
}

[ $# -gt 0 ] || { echo "healthcheck: nothing to check; --connect or --innodb_initialized" >&2; exit 2; }

for check in "$@"; do
    case "$check" in
    --connect) ask 'SELECT 1' >/dev/null ;;
    --innodb_initialized)
        ask "SELECT support FROM information_schema.engines WHERE engine = 'InnoDB'" \
            | grep -qE 'YES|DEFAULT'
        ;;
    *)
        echo "healthcheck: $check is not known; --connect or --innodb_initialized" >&2
        exit 2
        ;;
    esac
done
