#!/bin/bash
# Starts MariaDB as the upstream image does. Each variable can be called MYSQL_* too, and can be in a
# file that <NAME>_FILE names.
#
# On the first start, when the data folder is empty:
# MARIADB_ROOT_PASSWORD              root's password, or one of the next two has to be set
# MARIADB_RANDOM_ROOT_PASSWORD       a password is made up and printed
# MARIADB_ALLOW_EMPTY_ROOT_PASSWORD  root needs none
# MARIADB_ROOT_HOST                  from where root may come, else from everywhere
# MARIADB_DATABASE                   a database to make
# MARIADB_USER, MARIADB_PASSWORD     a user to make, who owns that database
# /docker-entrypoint-initdb.d/*.{sh,sql,sql.gz} are run, in the order of their names
#
# On every start:
# MARIADB_AUTO_UPGRADE               system tables of an older server are brought up to date
#
# Time zone tables are not filled.
set -Eeuo pipefail

data=/var/lib/mysql
socket=/run/mysqld/mysqld.sock
account=$data/.my-healthcheck.cnf
server=

fail() {
    echo "entrypoint: $*" >&2
    exit 1
}

# The value of MARIADB_$1, else of MYSQL_$1, each from its variable or its file, is then in both.
setting() {
    local name value=
    for name in "MARIADB_$1" "MYSQL_$1"; do
        local file=${name}_FILE
        if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
            fail "$name and $file are both set; one of them has to go"
        fi
        value=${!name:-}
        if [ -n "${!file:-}" ]; then value=$(< "${!file}"); fi
        if [ -n "$value" ]; then break; fi
    done
    export "MARIADB_$1=$value" "MYSQL_$1=$value"
}

# A text as SQL spells it.
quoted() {
    local text=${1//\\/\\\\}
    printf "'%s'" "${text//\'/\\\'}"
}

name() {
    printf '`%s`' "${1//\`/\`\`}"
}

made_up() {
    head -c 24 /dev/urandom | base64
}

sql() {
    mariadb --no-defaults --protocol=socket --socket="$socket" --user=root --comments "$@"
}

# Starts a server that nobody from elsewhere can reach.
start_private() {
    "$@" --skip-networking --socket="$socket" --skip-log-bin --skip-slave-start \
        --loose-innodb_buffer_pool_load_at_startup=0 --loose-innodb_buffer_pool_dump_at_shutdown=0 &
    server=$!
    until mariadb-admin --no-defaults --protocol=socket --socket="$socket" ping >/dev/null 2>&1; do
        kill -0 "$server" 2>/dev/null || fail "the server ended while the data was prepared"
        sleep 0.05
    done
}

stop_private() {
    kill "$server"
    wait "$server" || fail "the server did not end properly after the data was prepared"
}

# What healthcheck.sh comes as.
healthcheck_account() {
    local password host
    password=$(made_up)
    for host in localhost 127.0.0.1 ::1; do
        echo "CREATE OR REPLACE USER healthcheck@'$host' IDENTIFIED BY '$password';"
    done
    (umask 077 && printf '[mariadb-client]\nuser=healthcheck\npassword=%s\n' "$password" > "$account")
}

accounts() {
    local root
    root=$(quoted "$MARIADB_ROOT_PASSWORD")
    healthcheck_account
    # The installation gives root an account without a password for each of these.
    echo "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';"
    echo "EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS root@', QUOTE(@@hostname));"
    if [ -n "$MARIADB_DATABASE" ]; then
        echo "CREATE DATABASE IF NOT EXISTS $(name "$MARIADB_DATABASE");"
    fi
    if [ -n "$MARIADB_USER" ] && [ -n "$MARIADB_PASSWORD" ]; then
        echo "CREATE USER $(quoted "$MARIADB_USER")@'%' IDENTIFIED BY $(quoted "$MARIADB_PASSWORD");"
        if [ -n "$MARIADB_DATABASE" ]; then
            # In the name of a grant's database, `_` would stand for any character.
            echo "GRANT ALL ON $(name "${MARIADB_DATABASE//_/\\_}").* TO $(quoted "$MARIADB_USER")@'%';"
        fi
    fi
    if [ "$MARIADB_ROOT_HOST" != localhost ]; then
        echo "CREATE USER root@$(quoted "$MARIADB_ROOT_HOST") IDENTIFIED BY $root;"
        echo "GRANT ALL ON *.* TO root@$(quoted "$MARIADB_ROOT_HOST") WITH GRANT OPTION;"
    fi
    echo "ALTER USER root@localhost IDENTIFIED BY $root;"
}

# The scripts run in this shell where they are no programs, as upstream's do.
run_scripts() {
    local script
    for script in /docker-entrypoint-initdb.d/*; do
        echo "entrypoint: $script"
        case "$script" in
        *.sh) if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
        *.sql) sql "$MARIADB_DATABASE" < "$script" ;;
        *.sql.gz) gunzip -c "$script" | sql "$MARIADB_DATABASE" ;;
        *) echo "entrypoint: $script is neither .sh nor .sql nor .sql.gz: not run" >&2 ;;
        esac
    done
}

# The server's own version, as `11.8.6`.
version() {
    mariadbd --no-defaults --version | sed -E 's/.* Ver ([0-9.]+)-.*/\1/'
}

# As mariadb-upgrade writes it when it is through.
remember_version() {
    printf '%s-MariaDB' "$(version)" > "$data/mariadb_upgrade_info"
}

initialise() {
    if [ -z "$MARIADB_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD" ]; then
        fail "the database is new and none of MARIADB_ROOT_PASSWORD, MARIADB_RANDOM_ROOT_PASSWORD and" \
            "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD is set"
    fi
    if [ -n "$MARIADB_RANDOM_ROOT_PASSWORD" ]; then
        MARIADB_ROOT_PASSWORD=$(made_up)
        echo "entrypoint: root's password is $MARIADB_ROOT_PASSWORD"
    fi
    mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
        --skip-log-bin >/dev/null
    remember_version
    start_private "$@"
    accounts | sql
    # From here on, root has a password, in a place that no list of processes shows.
    export MYSQL_PWD=$MARIADB_ROOT_PASSWORD
    run_scripts
    unset MYSQL_PWD
    stop_private
}

# 10.11.4 and 10.11.19 have the same system tables; 10.11 and 11.8 have not.
outdated() {
    local made=none file
    for file in mariadb_upgrade_info mysql_upgrade_info; do
        if [ -s "$data/$file" ]; then made=$(< "$data/$file"); break; fi
    done
    [ "$(cut -d. -f1,2 <<< "$made")" != "$(version | cut -d. -f1,2)" ]
}

upgrade() {
    start_private "$@" --skip-grant-tables
    mariadb-upgrade --no-defaults --protocol=socket --socket="$socket" --upgrade-system-tables
    if [ ! -s "$account" ]; then
        { echo 'FLUSH PRIVILEGES;'; healthcheck_account; } | sql
    fi
    stop_private
    remember_version
}

if [ "${1:-}" = "" ] || [ "${1:0:1}" = - ]; then set -- mariadbd "$@"; fi

# Only a server is prepared for; `--help` and the like are answered at once.
serves() {
    [ "$1" = mariadbd ] || [ "$1" = mysqld ] || return 1
    local argument
    for argument in "$@"; do
        case "$argument" in
        -\? | --help | -V | --version | --print-defaults) return 1 ;;
        esac
    done
}

if ! serves "$@"; then exec "$@"; fi

if [ "$(id -u)" = 0 ]; then
    find "$data" /run/mysqld ! -user mysql -exec chown mysql:mysql {} +
    HOME=/var/lib/mysql exec setpriv --reuid=mysql --regid=mysql --clear-groups -- "$0" "$@"
fi

shopt -s nullglob
for wanted in ROOT_PASSWORD RANDOM_ROOT_PASSWORD ALLOW_EMPTY_ROOT_PASSWORD ROOT_HOST DATABASE USER \
    PASSWORD AUTO_UPGRADE; do
    setting "$wanted"
done
MARIADB_ROOT_HOST=${MARIADB_ROOT_HOST:-%}

if [ ! -d "$data/mysql" ]; then
    initialise "$@"
elif outdated; then
    if [ -n "$MARIADB_AUTO_UPGRADE" ]; then
        upgrade "$@"
    else
        echo "entrypoint: the data is an older server's; MARIADB_AUTO_UPGRADE would bring it up to date" >&2
    fi
fi
for wanted in ROOT_PASSWORD PASSWORD; do unset "MARIADB_$wanted" "MYSQL_$wanted"; done
exec "$@"
