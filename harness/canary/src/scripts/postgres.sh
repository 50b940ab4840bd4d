# Talks to the PostgreSQL server of this container, as whom its environment names.
#
#   look TRIAL           where the data lies, and per database whether TRIAL succeeds in it
#   run DATABASE SQL     the rows of a statement
#
# Passwords stay in this shell and in the environment of its children: nobody sees them in a list
# of processes.

# The value of a variable, or of the file that <variable>_FILE names.
value() {
  eval "v=\${$1-} f=\${${1}_FILE-}"
  if [ -z "$v" ] && [ -n "$f" ] && [ -r "$f" ]; then v=$(cat "$f"); fi
  printf '%s' "$v"
}

psql=$(command -v psql) || for there in /usr/lib/postgresql/*/bin/psql /opt/*/postgresql/bin/psql; do
  [ -x "$there" ] && psql=$there
done
[ -n "$psql" ] || { echo "there is no psql in its container" >&2; exit 1; }

PGUSER=$(value POSTGRES_USER)
PGPASSWORD=$(value POSTGRES_PASSWORD)
if [ -z "$PGUSER" ]; then PGUSER=$(value POSTGRESQL_USERNAME); fi
if [ -z "$PGPASSWORD" ]; then PGPASSWORD=$(value POSTGRESQL_PASSWORD); fi
PGUSER=${PGUSER:-postgres}
# The kernel knows the server's socket, wherever its settings put it.
PGHOST=127.0.0.1 PGPORT=${PGPORT:-5432}
while read -r _ _ _ _ _ _ _ path; do
  case $path in */.s.PGSQL.*) PGHOST=${path%/*} PGPORT=${path##*.} ;; esac
done < /proc/net/unix
PGCONNECT_TIMEOUT=5
# A commit that the server calls done is on disk, whatever the app prefers for its own.
PGOPTIONS='-c client_min_messages=warning -c synchronous_commit=on'
export PGUSER PGPASSWORD PGHOST PGPORT PGCONNECT_TIMEOUT PGOPTIONS

sql() {
  "$psql" -X -A -t -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -d "$1" -c "$2" </dev/null
}

case $1 in
  run) sql "$2" "$3" ;;
  look)
    query="SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1"
    own=$(value POSTGRES_DB)
    if [ -z "$own" ]; then own=$(value POSTGRESQL_DATABASE); fi
    names=$(sql "${own:-postgres}" "$query") || names=$(sql postgres "$query") || exit
    folder=$(sql "${own:-postgres}" "SHOW data_directory" 2>/dev/null) || folder=${PGDATA-}
    real=$(cd "$folder" 2>/dev/null && pwd -P) || real=$folder
    printf 'own\t%s\nfolder\t%s\n' "$own" "$real"
    printf '%s\n' "$names" | while IFS= read -r name; do
      if said=$(sql "$name" "$2" 2>&1); then
        printf 'yes\t%s\n' "$name"
      else
        printf 'no\t%s\t%s\n' "$name" "$(printf '%s' "$said" | grep -m 1 -E 'ERROR|FATAL')"
      fi
    done
    ;;
esac
