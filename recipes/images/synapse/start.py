#!/opt/synapse/bin/python3
"""Starts Synapse as the upstream image does.

/start.py generate          writes a configuration for SYNAPSE_SERVER_NAME and ends
/start.py [run] [OPTION…]   runs the server with that configuration
/start.py PROGRAM …         runs something else in this image

SYNAPSE_CONFIG_DIR    folder of the configuration, /data
SYNAPSE_CONFIG_PATH   its main file, homeserver.yaml in that folder
SYNAPSE_DATA_DIR      folder of the data, /data
SYNAPSE_SERVER_NAME   what user names end in; for generate only
SYNAPSE_REPORT_STATS  yes or no; for generate only
SYNAPSE_WORKER        which app runs, synapse.app.homeserver
UID, GID              who runs it, 991 each; 0 leaves it to root
"""

import os
import shutil
import sys


def fail(message):
    print(f"start.py: {message}", file=sys.stderr)
    sys.exit(78)


def setting(name, usual=None):
    value = os.environ.get(name) or usual
    if value is None:
        fail(f"{name} is not set")
    return value


def own(folder, user, group):
    """The data belongs to who runs the server; folders mounted for reading stay as they are."""
    for parent, folders, files in os.walk(folder):
        for path in [parent] + [os.path.join(parent, name) for name in files]:
            found = os.lstat(path)
            if (found.st_uid, found.st_gid) != (user, group) and os.access(path, os.W_OK):
                try:
                    os.lchown(path, user, group)
                except OSError as error:
                    print(f"start.py: {error}", file=sys.stderr)


def main():
    arguments = sys.argv[1:] or ["run"]
    config_dir = setting("SYNAPSE_CONFIG_DIR", "/data")
    config = setting("SYNAPSE_CONFIG_PATH", os.path.join(config_dir, "homeserver.yaml"))
    data_dir = setting("SYNAPSE_DATA_DIR", "/data")
    app = [sys.executable, "-m", setting("SYNAPSE_WORKER", "synapse.app.homeserver")]
    mode = arguments[0]
    if mode == "generate":
        command = app + [
            "--server-name", setting("SYNAPSE_SERVER_NAME"),
            "--report-stats", setting("SYNAPSE_REPORT_STATS"),
            "--config-path", config,
            "--config-directory", config_dir,
            "--data-directory", data_dir,
            "--generate-config",
        ]
    elif mode == "run" or mode.startswith("-"):
        if not os.path.isfile(config):
            fail(f"there is no configuration at {config}; run `/start.py generate` first")
        options = arguments[1:] if mode == "run" else arguments
        command = app + ["--config-path", config] + options
    else:
        os.execvp(mode, arguments)
    user, group = int(setting("UID", "991")), int(setting("GID", "991"))
    os.chdir(data_dir)
    if os.geteuid() == 0 and user != 0:
        own(data_dir, user, group)
        drop = [shutil.which("setpriv"), f"--reuid={user}", f"--regid={group}", "--clear-groups", "--"]
        command = drop + command
    # The server is the first process and gets the container's signals.
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
