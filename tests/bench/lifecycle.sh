#!/usr/bin/env bash
# The life of custom-html as a careful person would script it over the Docker CLI: deploy, upgrade,
# look at the pages, back up, restore, tear down, each with its proof. `cc-ci bench lifecycle` runs
# it and compares; it says `phase NAME SECONDS` on stdout after each step.
#
#   BENCH_STACK     the stack's name
#   BENCH_LABEL     a label for everything that is created, NAME=VALUE
#   BENCH_DOMAIN    the domain under which the edge routes to it
#   BENCH_EDGE_IMAGE  image of Traefik
#   BENCH_EDGE_FILES  its certificate, as FOLDER:MOUNT:ro
#   BENCH_CA        file with the certificate of the edge's authority
#   BENCH_TOOLBOX   an image with restic in it
#   BENCH_BASE      compose file of the old version
#   BENCH_HEAD      compose file of the new version
#   BENCH_VERSION   the new version, as its label says it
#   BENCH_WORK      a folder with base.env, base.yml, head.env and head.yml: the variables of each
#                   compose file, NAME=value in lines, and what is put over it on this machine;
#                   edge.arguments, Traefik's command line, a word a line
set -euo pipefail
LC_ALL=C

stack=${BENCH_STACK:?}
work=${BENCH_WORK:?}
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"

service=${stack}_app
content=${stack}_content
repository=${stack}_repository
folder=/usr/share/nginx/html

# On a server the proxy and its network are there before any app, so they are before the clock starts.
docker network inspect proxy >/dev/null 2>&1 ||
    docker network create --driver overlay --attachable --label "${BENCH_LABEL:?}" proxy >/dev/null
mapfile -t arguments <"$work/edge.arguments"
docker run --detach --name "${stack}_edge" --label "$BENCH_LABEL" --network proxy \
    --publish 127.0.0.1::443 --volume /var/run/docker.sock:/var/run/docker.sock:ro \
    --volume "${BENCH_EDGE_FILES:?}" "${BENCH_EDGE_IMAGE:?}" "${arguments[@]}" \
    --providers.swarm.network=proxy >/dev/null
edge=$(docker port "${stack}_edge" 443/tcp)
edge=${edge##*:}
site=https://${BENCH_DOMAIN:?}:$edge
RESTIC_PASSWORD=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
export RESTIC_PASSWORD

since=$EPOCHREALTIME
phase() {
    local now=$EPOCHREALTIME
    awk -v name="$1" -v from="$since" -v to="$now" \
        'BEGIN { printf "phase %s %.3f\n", name, to - from }'
    since=$now
}

deploy() { # base|head COMPOSE-FILE
    (
        while IFS= read -r line; do export "${line?}"; done <"$work/$1.env"
        docker stack deploy --compose-file "$2" --compose-file "$work/$1.yml" "$stack" \
            >/dev/null 2>"$work/$1.log" || fail "docker stack deploy: $(cat "$work/$1.log")"
    )
}

get() { # PATH [CURL OPTION…]
    local path=$1
    shift
    curl --silent --max-time 5 --cacert "${BENCH_CA:?}" \
        --resolve "$BENCH_DOMAIN:$edge:127.0.0.1" "$@" "$site$path"
}

serves() {
    [ "$(get / --output /dev/null --write-out '%{http_code}')" = 200 ]
}

# Every service has all of its tasks, and the site answers.
up() {
    docker stack services --format '{{.Replicas}}' "$stack" |
        awk -F '[/ ]' '$1 != $2 || $2 == 0 { bad = 1 } END { exit bad || NR == 0 }' && serves
}

# Swarm is through with the update, and the site answers.
updated() {
    local state
    state=$(docker service inspect --format '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' \
        "$service") || return 1
    case $state in
        completed) serves ;;
        paused | rollback*) fail "the update is $state" ;;
        *) return 1 ;;
    esac
}

# The container that serves now.
container() {
    docker ps --quiet --no-trunc --filter "label=com.docker.swarm.service.name=$service" |
        head -n 1
}

inside() { # COMMAND…
    docker exec --interactive "$(container)" "$@"
}

canary_is_intact() {
    inside cat "$folder/canary" | cmp - "$work/canary" || fail "the canary is not what was written"
}

restic() { # ARGUMENT…
    docker run --rm --label "${BENCH_LABEL:?}" --label "${of_stack#label=}" \
        --volume "$content:/volumes/content" --volume "$repository:/repository" \
        --env RESTIC_PASSWORD --env RESTIC_REPOSITORY=/repository \
        "${BENCH_TOOLBOX:?}" restic --quiet --no-cache "$@" >/dev/null
}

deploy base "${BENCH_BASE:?}"
await "deploy" up
phase deploy

head -c 65536 /dev/urandom >"$work/canary"
inside sh -c "cat >$folder/canary" <"$work/canary"
deploy head "${BENCH_HEAD:?}"
await "upgrade" updated
version=$(docker service inspect \
    --format "{{index .Spec.Labels \"coop-cloud.$stack.version\"}}" "$service")
[ "$version" = "${BENCH_VERSION:?}" ] || fail "the version label says $version"
canary_is_intact
phase upgrade

get /index.html --fail --dump-header "$work/header" >"$work/index"
grep -q nginx "$work/index" || fail "/index.html is not nginx's page"
grep -qi '^content-type: text/html' "$work/header" || fail "/index.html is not HTML"
[ "$(get /no-such-page.html --output "$work/missing" --write-out '%{http_code}')" = 404 ] ||
    fail "a page that does not exist is not 404"
grep -q nginx "$work/missing" || fail "the 404 is not nginx's"
inside curl --silent --fail --output /dev/null http://app/ || fail "a neighbour is not served"
phase custom

docker volume create --label "$BENCH_LABEL" --label "${of_stack#label=}" "$repository" >/dev/null
restic init
restic backup --host bench /volumes/content
restic check --read-data
phase backup

inside sh -c "echo damaged >$folder/canary && echo later >$folder/later"
restic restore latest --target / --delete --include /volumes/content
canary_is_intact
inside test ! -e "$folder/later" || fail "what was written after the backup is still there"
await "restore" serves
phase restore

tear_down
trap - EXIT
phase teardown
docker rm --force "${stack}_edge" >/dev/null
