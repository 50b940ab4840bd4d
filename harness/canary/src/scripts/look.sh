# Prints the name of every database server that runs in this container.
# A short script in sh alone: the images it runs in often have little more.
for comm in /proc/[0-9]*/comm; do
  { read -r name < "$comm"; } 2>/dev/null || continue
  case $name in
    postgres | mariadbd | mysqld | redis-server | valkey-server) echo "$name" ;;
  esac
done
