#!/usr/bin/env bash
# Takes a running stack down as `docker stack rm` does, and waits until nothing of it is left.
#
#   teardown.sh STACK
set -euo pipefail

stack=${1:?usage: teardown.sh STACK}
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"

[ -n "$(docker stack services --quiet "$stack")" ] || fail "there is no stack $stack"
tear_down
trap - EXIT
