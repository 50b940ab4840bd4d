#!/bin/bash
# Prepares /var/www/html for WordPress as the upstream image does, and starts what it is told to.
# Arguments that begin with `apache2` get the preparation, everything else is run as it is.
#
# An empty volume gets the code, and a wp-config.php that reads these when a page is asked for (each
# can be in a file that <NAME>_FILE names; the config that is there already stays as it is):
# WORDPRESS_DB_HOST, _DB_USER, _DB_PASSWORD, _DB_NAME, _DB_CHARSET, _DB_COLLATE
# WORDPRESS_TABLE_PREFIX, WORDPRESS_DEBUG
# WORDPRESS_CONFIG_EXTRA        PHP code
# WORDPRESS_AUTH_KEY and the other seven keys and salts, else made up once
#
# Upstream leaves a volume that has code as it is, as WordPress fetches its updates itself. Here, and
# wherever updates come with images, code that is older than the image's is replaced: wp-content and
# wp-config.php stay, newer code stays.
set -Eeuo pipefail

source=/usr/src/wordpress
site=/var/www/html

version() {
    if [ -f "$1/wp-includes/version.php" ]; then
        sed -n "s/^\$wp_version = '\([^']*\)';.*/\1/p" "$1/wp-includes/version.php"
    fi
}

# Copies from the image what tar's further arguments say.
copy() {
    tar -C "$source" -c --owner="$owner" --group="$owner" "$@" .
}

put() {
    tar -C "$site" -x "$@"
}

code() {
    local have is
    have=$(version "$site")
    is=$(version "$source")
    if [ -n "$have" ] && [ "$(printf '%s\n' "$have" "$is" | sort -V | tail -n 1)" = "$have" ]; then
        return
    fi
    echo "entrypoint: WordPress ${have:-none} becomes $is"
    # What the new version does not have any more must not stay; the file with the version goes first
    # and comes last, so that a copy that was broken off is made again.
    rm -rf "$site/wp-includes" "$site/wp-admin"
    copy --exclude=./wp-content --exclude=./.htaccess --exclude=./wp-includes/version.php | put --no-overwrite-dir
    copy --exclude=./wp-admin --exclude=./wp-includes | put --skip-old-files
    install -o "$owner" -g "$owner" -m 0644 "$source/wp-includes/version.php" "$site/wp-includes/version.php"
}

config() {
    if [ -e "$site/wp-config.php" ]; then return; fi
    local made=$site/wp-config.php.tmp line
    (umask 027 && : > "$made")
    while IFS= read -r line; do
        printf '%s\n' "${line//MADE_UP/$(head -c 48 /dev/urandom | base64)}"
    done < "$source/wp-config-docker.php" > "$made"
    chown "$owner:$owner" "$made"
    mv "$made" "$site/wp-config.php"
}

if [[ "${1:-}" == apache2* ]]; then
    owner=www-data
    if [ "$(id -u)" != 0 ]; then owner=$(id -u); fi
    code
    config
fi

exec "$@"
