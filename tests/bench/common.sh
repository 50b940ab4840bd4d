# What both scripts have in common. Sourced, with `stack` set to the stack's name.

# Seconds that anything may take before the script gives up.
limit=120
of_stack="label=com.docker.stack.namespace=$stack"

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# await WHAT COMMAND…: looks each second until the command succeeds.
await() {
    local what=$1 until=$((SECONDS + limit))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || fail "$what: not within $limit s"
        sleep 1
    done
}

# No container, running or not, and no network of the stack is left.
gone() {
    local containers networks
    containers=$(docker ps --all --quiet --filter "$of_stack") &&
        networks=$(docker network ls --quiet --filter "$of_stack") &&
        [ -z "$containers$networks" ]
}

remove_volumes() {
    docker volume ls --quiet --filter "$of_stack" | xargs --no-run-if-empty docker volume rm \
        >/dev/null
}

# `docker stack rm`, then all that it leaves behind.
tear_down() {
    docker stack rm "$stack" >/dev/null
    await "tear-down" gone
    remove_volumes
    [ -z "$(docker volume ls --quiet --filter "$of_stack")" ] || fail "volumes are left"
}

# What a run that broke off leaves. Nobody waits for a stop grace here.
clean_up() {
    trap - EXIT
    trap '' INT TERM
    set +e
    docker stack rm "$stack" >/dev/null 2>&1
    docker ps --all --quiet --filter "$of_stack" | xargs --no-run-if-empty docker rm --force \
        >/dev/null 2>&1
    await "clean-up" gone
    remove_volumes
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
