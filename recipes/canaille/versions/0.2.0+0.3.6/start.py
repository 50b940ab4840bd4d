"""Prepares Canaille and starts it with the arguments that are given: waits for the database, migrates
it, and makes on the first start what .env asks for. A second start changes nothing."""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import tomllib

import sqlalchemy

KEYS = "/data/keys.json"
PATIENCE = 120


def secret(name):
    with open(f"/run/secrets/{name}", encoding="utf-8") as file:
        return file.read().strip()


def wait_for_database():
    """A start without a database would end in a traceback and count as a crash."""
    with open(os.environ["CANAILLE_CONFIG"], "rb") as file:
        url = tomllib.load(file)["CANAILLE_SQL"]["DATABASE_URI"]
    engine = sqlalchemy.create_engine(url)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            engine.connect().close()
            return
        except sqlalchemy.exc.OperationalError as error:
            if time.monotonic() > deadline:
                sys.exit(f"start.py: no database within {PATIENCE} s: {error}")
            time.sleep(0.5)


def signing_keys():
    """Tokens that were signed stay valid, so the key is made once and kept in the volume."""
    if not os.path.exists(KEYS):
        made = subprocess.run(
            ["canaille", "jwk", "create", "rsa"], check=True, stdout=subprocess.PIPE, text=True
        )
        with open(f"{KEYS}.tmp", "w", encoding="utf-8") as file:
            json.dump([json.loads(made.stdout)], file)
        os.chmod(f"{KEYS}.tmp", 0o600)
        os.replace(f"{KEYS}.tmp", KEYS)
    with open(KEYS, encoding="utf-8") as file:
        return file.read()


def canaille(*words):
    """One of Canaille's own commands, without starting Python again for it."""
    from canaille.commands import cli

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        cli.main(args=list(words), standalone_mode=False)
    return said.getvalue()


def once(kind, name, value, *options):
    """Makes a thing unless there is one of that name."""
    if json.loads(canaille("get", kind, f"--{name}", value)):
        return
    canaille("create", kind, f"--{name}", value, *options)
    print(f"start.py: made {kind} {value}", file=sys.stderr)


def main():
    wait_for_database()
    os.environ["CANAILLE_OIDC__ACTIVE_JWKS"] = signing_keys()
    canaille("install")
    env = os.environ.get
    admin = ["--family-name", env("ADMIN_USER"), "--password", secret("admin_pw")]
    if env("ADMIN_EMAIL"):
        admin += ["--emails", env("ADMIN_EMAIL")]
    once("user", "user-name", env("ADMIN_USER"), *admin)
    if env("CLIENT_ID"):
        once(
            "client", "client-id", env("CLIENT_ID"),
            "--client-secret", secret("client_key"),
            "--client-name", env("CLIENT_NAME") or env("CLIENT_ID"),
            "--client-uri", env("CLIENT_URI"),
            "--redirect-uris", env("CLIENT_REDIRECT_URI"),
            "--grant-types", "authorization_code",
            "--grant-types", "refresh_token",
            "--response-types", "code",
            "--scope", "openid", "--scope", "profile", "--scope", "email", "--scope", "groups",
            "--token-endpoint-auth-method", "client_secret_basic",
        )
    # The server is the first process and gets the container's signals.
    os.execvp("canaille", ["canaille", *sys.argv[1:]])


if __name__ == "__main__":
    main()
