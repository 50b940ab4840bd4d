#!/bin/sh
# Starts the Mumble server as the upstream image does.
#
# MUMBLE_CONFIG_<KEY>=value        a setting; case and underscores of <KEY> do not matter:
#                                  MUMBLE_CONFIG_WELCOMETEXT, MUMBLE_CONFIG_welcome_text
# /run/secrets/MUMBLE_CONFIG_<KEY> the same from a secret; the variable wins
# MUMBLE_SUPERUSER_PASSWORD        the SuperUser's password, else the secret of that name
# MUMBLE_CUSTOM_CONFIG_FILE        an ini file to use as it is; no setting is read then
# MUMBLE_CHOWN_DATA=false          leaves the owner of /data alone
# MUMBLE_VERBOSE=true              the server says more
#
# Settings that are not in $keys are refused, as a typing error in one would else go unseen;
# MUMBLE_ACCEPT_UNKNOWN_SETTINGS=true lets them through as written.
set -eu

ini=/run/mumble/mumble-server.ini
data=/data
user=10000

keys="database sqlite_wal dbDriver dbUsername dbPassword dbHost dbPort dbPrefix dbOpts ice
icesecretread icesecretwrite autobanAttempts autobanTimeframe autobanTime logdays
autobanSuccessfulConnections welcometext welcometextfile port host serverpassword bandwidth
timeout users usersperchannel messageburst messagelimit pluginmessageburst pluginmessagelimit
allowping opusthreshold channelnestinglimit channelcountlimit channelname username
defaultchannel rememberchannel rememberchannelduration textmessagelength imagemessagelength
allowhtml logaclchanges loggroupchanges registerName registerPassword registerUrl
registerHostname registerLocation bonjour sslCert sslKey sslPassPhrase sslCA sslDHParams
sslCiphers certrequired sendversion suggestVersion suggestPositional suggestPushToTalk
kdfIterations legacyPasswordHash obfuscate forceExternalAuth broadcastlistenervolumeadjustments
allowRecording listenersperchannel listenersperuser"

fail() {
    echo "entrypoint: $*" >&2
    exit 78
}

plain() {
    printf '%s' "$1" | tr -d '_' | tr '[:upper:]' '[:lower:]'
}

# The setting's name as the server writes it.
canonical() {
    wanted=$(plain "$1")
    for key in $keys; do
        if [ "$(plain "$key")" = "$wanted" ]; then
            printf '%s' "$key"
            return
        fi
    done
    [ "${MUMBLE_ACCEPT_UNKNOWN_SETTINGS:-false}" = true ] || return 1
    printf '%s' "$1"
}

# One line of the ini; quoted, as an unquoted comma would make a list of the value.
write() {
    value=$(printf '%s' "$2" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')
    printf '%s="%s"\n' "$1" "$value" >> "$ini"
}

seen=" "
setting() {
    key=$(canonical "$1") || fail "MUMBLE_CONFIG_$1 is not a setting of the server"
    case "$seen" in
        *" $key "*) return ;;
    esac
    seen="$seen$key "
    write "$key" "$2"
}

configure() {
    for name in $(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^MUMBLE_CONFIG_[A-Za-z0-9_]+$/) print name }' | sort); do
        eval "value=\$$name"
        setting "${name#MUMBLE_CONFIG_}" "$value"
    done
    for file in /run/secrets/MUMBLE_CONFIG_*; do
        [ -f "$file" ] || continue
        name=${file##*/}
        setting "${name#MUMBLE_CONFIG_}" "$(cat "$file")"
    done
    setting database "$data/mumble-server.sqlite"
    setting ice "tcp -h 127.0.0.1 -p 6502"
    setting welcometext "<br />Welcome to this server.<br />Enjoy your stay!<br />"
    setting port 64738
    setting users 100
    # Nothing announces a server that is meant to be found by its address.
    setting bonjour false
    # An absent log file would be one in the working folder; an empty one is standard output.
    write logfile ""
    printf '[Ice]\nIce.Warn.UnknownProperties=1\nIce.MessageSizeMax=65536\n' >> "$ini"
}

as_user() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$user" --regid="$user" --clear-groups -- "$@"
    else
        "$@"
    fi
}

# 1.3 calls itself murmurd.
server=$(command -v mumble-server || command -v murmurd) || fail "there is no server in this image"

# The container's own command, where it has one that is not an option of the server.
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
    exec "$@"
fi

if [ -n "${MUMBLE_CUSTOM_CONFIG_FILE:-}" ]; then
    ini=$MUMBLE_CUSTOM_CONFIG_FILE
    [ -r "$ini" ] || fail "MUMBLE_CUSTOM_CONFIG_FILE $ini cannot be read"
else
    mkdir -p "${ini%/*}" 2>/dev/null || ini=/tmp/mumble-server.ini
    [ -w "${ini%/*}" ] || ini=/tmp/mumble-server.ini
    (umask 077 && : > "$ini")
    configure
    if [ "$(id -u)" = 0 ]; then chown "$user:$user" "$ini"; fi
fi

if [ "$(id -u)" = 0 ] && [ "${MUMBLE_CHOWN_DATA:-true}" = true ]; then
    chown -R "$user:$user" "$data"
fi

password=${MUMBLE_SUPERUSER_PASSWORD:-}
if [ -z "$password" ] && [ -f /run/secrets/MUMBLE_SUPERUSER_PASSWORD ]; then
    password=$(cat /run/secrets/MUMBLE_SUPERUSER_PASSWORD)
fi
if [ -n "$password" ]; then
    # The server reads it from its input, so that it is in no process list.
    printf '%s\n' "$password" | as_user "$server" -ini "$ini" -readsupw \
        || fail "the SuperUser's password could not be set"
fi
unset password MUMBLE_SUPERUSER_PASSWORD

if [ "${MUMBLE_VERBOSE:-false}" = true ]; then set -- -v "$@"; fi
# exec: the server is the first process and gets the container's signals.
if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid="$user" --regid="$user" --clear-groups -- "$server" -fg -ini "$ini" "$@"
fi
exec "$server" -fg -ini "$ini" "$@"
