# Talks to the Redis or Valkey server of this container.
#
#   look                 where the data lies, what is kept of it, and whether a key can be written
#   set NAME VALUE       writes, and makes it last as the server's own configuration promises
#   get NAME             `gone`, or `is` and the value
#   del NAME             deletes, and makes that last
#
# Passwords stay in this shell and in the environment of its children: nobody sees them in a list
# of processes.

# The value of a variable, or of the file that <variable>_FILE names.
value() {
  eval "v=\${$1-} f=\${${1}_FILE-}"
  if [ -z "$v" ] && [ -n "$f" ] && [ -r "$f" ]; then v=$(cat "$f"); fi
  printf '%s' "$v"
}

cli=$(command -v redis-cli) || cli=$(command -v valkey-cli) || {
  echo "there is no redis-cli or valkey-cli in its container" >&2
  exit 1
}
# The server writes where it listens into its own title: `redis-server 127.0.0.1:6379`.
host=127.0.0.1 port=6379
for process in /proc/[0-9]*; do
  { read -r name < "$process/comm"; } 2>/dev/null || continue
  case $name in redis-server | valkey-server) ;; *) continue ;; esac
  title=$(tr '\0' ' ' < "$process/cmdline" 2>/dev/null)
  case $title in
    *" "*:[0-9]*)
      title=${title#* } title=${title%% *}
      port=${title##*:} host=${title%:*}
      case $host in '*' | 0.0.0.0 | '[::]' | '') host=127.0.0.1 ;; esac
      ;;
  esac
done

ask() {
  "$cli" -h "$host" -p "$port" "$@" 2>&1 </dev/null
}

login() {
  if [ -n "$1" ]; then export REDISCLI_AUTH="$1"; else unset REDISCLI_AUTH; fi
  said=$(ask PING)
  [ "$said" = PONG ] && return
  case $said in
    *NOAUTH* | *WRONGPASS* | *"invalid password"* | *"AUTH failed"*) return 1 ;;
    *) printf '%s\n' "$said" >&2; exit 1 ;;
  esac
}

# No password, those of the environment, of a configuration file, of the service's secrets.
enter() {
  auth=${REDISCLI_AUTH-}
  login '' && return
  [ -n "$auth" ] && login "$auth" && return
  for variable in REDIS_PASSWORD REDIS_PASS VALKEY_PASSWORD; do
    password=$(value "$variable")
    [ -n "$password" ] && login "$password" && return
  done
  for file in /etc/redis/redis.conf /etc/valkey/valkey.conf /usr/local/etc/redis/redis.conf; do
    [ -r "$file" ] || continue
    password=$(sed -n 's/^requirepass[[:blank:]]*"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$file")
    [ -n "$password" ] && login "$password" && return
  done
  for file in /run/secrets/*; do
    [ -r "$file" ] && login "$(cat "$file")" && return
  done
  printf '%s\n' "$said" >&2
  exit 1
}

setting() {
  said=$(ask CONFIG GET "$1")
  case $said in
    "$1"*) printf '%s\n' "$said" | sed -n 2p ;;
    *) printf '%s\n' "$said" >&2; return 1 ;;
  esac
}

fact() {
  ask INFO persistence | tr -d '\r' | sed -n "s/^$1://p"
}

# A write in the append-only file reaches the kernel before the answer, except while an fsync is
# late. Without that file a snapshot stands for the one that the save points promise: a server
# without save points is never asked for one, so that this cannot hide that nothing is kept.
last() {
  if [ "$(setting appendonly)" = yes ]; then
    until [ "$(fact aof_buffer_length)" = 0 ]; do sleep 0.05; done
    return
  fi
  until said=$(ask BGSAVE) && case $said in *started*) true ;; *) false ;; esac; do
    # One that began before our write does not hold it.
    case $said in
      *"in progress"* | *"AOF"*) sleep 0.05 ;;
      *) printf '%s\n' "$said" >&2; exit 1 ;;
    esac
  done
  until [ "$(fact rdb_bgsave_in_progress)" = 0 ]; do sleep 0.05; done
  [ "$(fact rdb_last_bgsave_status)" = ok ] || { echo "its snapshot failed" >&2; exit 1; }
}

must() {
  wanted=$1
  shift
  said=$(ask "$@")
  case $said in $wanted) ;; *) printf '%s\n' "$said" >&2; exit 1 ;; esac
}

enter
case $1 in
  look)
    save=$(setting save) || exit
    aof=$(setting appendonly) || exit
    folder=$(setting dir) || exit
    printf 'save\t%s\nappendonly\t%s\nfolder\t%s\n' "$save" "$aof" "$folder"
    said=$(ask SET cc-ci:canary:trial trial)
    if [ "$said" = OK ] && said=$(ask DEL cc-ci:canary:trial) && [ "$said" = 1 ]; then
      printf 'yes\n'
    else
      printf 'no\t%s\n' "$said"
    fi
    ;;
  set)
    must OK SET "cc-ci:canary:$2" "$3"
    last
    ;;
  get)
    case $(ask EXISTS "cc-ci:canary:$2") in
      0) echo gone ;;
      1) printf 'is %s\n' "$(ask GET "cc-ci:canary:$2")" ;;
      *) ask PING >&2; exit 1 ;;
    esac
    ;;
  del)
    must '[01]' DEL "cc-ci:canary:$2"
    last
    ;;
esac
