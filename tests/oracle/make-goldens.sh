#!/bin/sh
# Asks Docker's own command line what each case in tests/fixtures/oracle/cases means, and keeps the
# answers beside them. Run it again when a case is added or the judge becomes another version:
#
#   tests/oracle/make-goldens.sh                  all cases, into tests/fixtures/oracle/goldens
#   tests/oracle/make-goldens.sh RECIPE OUT       one folder with compose files and an operator's .env, into
#                                                 OUT.yml or OUT.err: for recipes not kept here
#
# DOCKER names the judge; `docker stack config` exists since 25.0. No engine is needed.
#
# A case has sections that begin with `=== NAME`: `env` holds the environment, NAME.yml are the
# compose files in their order, other names are files beside them.
set -eu
DOCKER=${DOCKER:-docker}
here=$(cd "$(dirname "$0")" && pwd)
oracle=$here/../fixtures/oracle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs the judge in folder $1, with the environment of file $2, on the files in $3…; the folder is
# called /oracle in the answer. Writes $out.yml, or $out.err with the reason.
judge() {
    folder=$1 env=$2
    shift 2
    args=
    for file in "$@"; do args="$args -c $file"; done
    rm -f "$out.yml" "$out.err"
    # shellcheck disable=SC2086 # The names are ours and have no blanks.
    if (cd "$folder" && env -i PATH="$PATH" HOME=/home/oracle sh -c '
        docker=$1 env=$2; shift 2
        while IFS= read -r line; do [ -z "$line" ] || export "${line%%=*}=${line#*=}"; done <"$env"
        exec "$docker" stack config "$@"' sh "$(command -v "$DOCKER")" "$env" $args) \
        >"$work/stdout" 2>"$work/stderr"; then
        sed "s|$folder|/oracle|g" "$work/stdout" >"$out.yml"
    else
        sed "s|$folder|/oracle|g" "$work/stderr" >"$out.err"
    fi
}

if [ $# -eq 2 ]; then
    folder=$(cd "$1" && pwd) out=$2
    sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=\(.*\)/\1=\2/p' "$folder/.env" >"$work/env"
    chain=$(sed -n 's/^COMPOSE_FILE=//p' "$work/env" | tail -n 1 | tr ':' ' ')
    # shellcheck disable=SC2086
    judge "$folder" "$work/env" ${chain:-compose.yml}
    exit
fi

mkdir -p "$oracle/goldens"
rm -f "$oracle/goldens/"*
for case in "$oracle/cases/"*.case; do
    name=$(basename "$case" .case)
    folder=$work/$name out=$oracle/goldens/$name
    mkdir "$folder"
    : >"$folder/env"
    awk -v folder="$folder" '/^=== / { file = folder "/" $2; next } { print > file }' "$case"
    files=$(cd "$folder" && ls | grep '^[0-9]*\.yml$' | sort -n)
    # shellcheck disable=SC2086
    judge "$folder" "$folder/env" $files
done
"$DOCKER" --version >"$oracle/goldens/JUDGE"
echo "$(ls "$oracle/cases" | wc -l) cases by $(cat "$oracle/goldens/JUDGE")"
