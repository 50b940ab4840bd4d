# Raise with every change of the file: configs cannot be changed once they exist.
export HOMESERVER_VERSION=v1
export LOG_VERSION=v1
export APP_SH_VERSION=v1
export PG_BACKUP_VERSION=v1
