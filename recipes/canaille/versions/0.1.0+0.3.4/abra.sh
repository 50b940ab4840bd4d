# Raise with every change of the file: configs cannot be changed once they exist.
export APP_CONFIG_VERSION=v1
export APP_START_VERSION=v1
export PG_BACKUP_VERSION=v1
