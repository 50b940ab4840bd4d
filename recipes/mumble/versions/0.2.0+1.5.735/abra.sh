# Raise with every change of hooks.sh: configs cannot be changed once they exist.
export HOOKS_VERSION=v1
