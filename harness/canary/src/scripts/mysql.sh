# Talks to the MariaDB or MySQL server of this container, as whom its environment names.
#
#   look TRIAL           which server it is, where the data lies, and per database whether TRIAL
#                        succeeds in it
#   run DATABASE SQL     the rows of a statement
#
# Passwords stay in this shell and in the environment of its children: nobody sees them in a list
# of processes.

# The value of the first variable that has one, itself or in the file that <variable>_FILE names.
value() {
  for variable in "$@"; do
    eval "v=\${$variable-} f=\${${variable}_FILE-}"
    if [ -z "$v" ] && [ -n "$f" ] && [ -r "$f" ]; then v=$(cat "$f"); fi
    if [ -n "$v" ]; then printf '%s' "$v"; return; fi
  done
}

client=$(command -v mariadb) || client=$(command -v mysql) || {
  echo "there is no mariadb or mysql client in its container" >&2
  exit 1
}
# The kernel knows the server's socket, wherever its settings put it.
where=--protocol=TCP
while read -r _ _ _ _ _ _ _ path; do
  case $path in */mysqld.sock | */mysql.sock | */mariadb.sock) where=--socket=$path ;; esac
done < /proc/net/unix

sql() {
  "$client" "$where" --user="$user" --connect-timeout=5 --batch --skip-column-names \
    ${1:+"--database=$1"} --execute="$2" </dev/null
}

# True where this user may log in. Only a refused login is worth another try.
login() {
  user=$1 MYSQL_PWD=$2
  export MYSQL_PWD
  said=$(sql '' 'DO 0' 2>&1) && return
  case $said in
    *"ERROR 1045"* | *"ERROR 1698"* | *"ERROR 1130"*) return 1 ;;
    *) printf '%s\n' "$said" >&2; exit 1 ;;
  esac
}

login root "$(value MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD)" ||
  login "$(value MARIADB_USER MYSQL_USER)" "$(value MARIADB_PASSWORD MYSQL_PASSWORD)" ||
  login root '' ||
  { printf '%s\n' "$said" >&2; exit 1; }

case $1 in
  run) sql "$2" "$3" ;;
  look)
    printf 'server\t%s\n' "$(sql '' 'SELECT VERSION()')"
    folder=$(sql '' 'SELECT @@datadir') || exit
    real=$(cd "$folder" 2>/dev/null && pwd -P) || real=$folder
    printf 'folder\t%s\n' "$real"
    names=$(sql '' 'SHOW DATABASES') || exit
    own=$(value MARIADB_DATABASE MYSQL_DATABASE)
    printf '%s\n' "$names" | while IFS= read -r name; do
      case $name in
        information_schema | performance_schema | mysql | sys | '#mysql50#'* | '') continue ;;
        # Old servers come with it; it is an app's only where the environment says so.
        test) [ "$own" = test ] || continue ;;
      esac
      if said=$(sql "$name" "$2" 2>&1); then
        printf 'yes\t%s\n' "$name"
      else
        printf 'no\t%s\t%s\n' "$name" "$(printf '%s' "$said" | grep -m 1 -E 'ERROR|FATAL')"
      fi
    done
    ;;
esac
