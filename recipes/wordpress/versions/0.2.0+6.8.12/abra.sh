# Raise with every change of the file: configs cannot be changed once they exist.
export START_VERSION=v1
export SETUP_VERSION=v1
export DB_HOOKS_VERSION=v1
