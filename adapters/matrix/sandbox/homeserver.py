"""Synapse as the sandbox runs it: ``python -m adapters.matrix.sandbox.homeserver FOLDER PORT``.

SQLite, loopback, alone in the world, and without the rate limits that would stop a relay.
https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from adapters.matrix.sandbox.parent import die_with_parent

SERVER_NAME = "localhost"
REGISTRATION_SECRET = "sandbox"

_UNLIMITED = {"per_second": 10_000, "burst_count": 100_000}


def config(folder: Path, port: int) -> dict[str, Any]:
    """Synapse's configuration."""
    return {
        "server_name": SERVER_NAME,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "pid_file": str(folder / "synapse.pid"),
        "listeners": [
            {
                "port": port,
                "bind_addresses": ["127.0.0.1"],
                "type": "http",
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "synapse.db")}},
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "log_config": str(folder / "log.json"),
        "registration_shared_secret": REGISTRATION_SECRET,
        "macaroon_secret_key": REGISTRATION_SECRET,
        "form_secret": REGISTRATION_SECRET,
        "report_stats": False,
        "bcrypt_rounds": 4,
        # So that a login by token can be tried: it is what a single sign-on ends with.
        "login_via_existing_session": {"enabled": True, "require_ui_auth": False},
        # Nobody else is there.
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "url_preview_enabled": False,
        "allow_public_rooms_over_federation": False,
        # As production servers are, where it matters to the adapter.
        "enable_authenticated_media": True,
        "max_upload_size": "20M",
        "presence": {"enabled": False},
        "user_directory": {"enabled": False},
        "stats": {"enabled": False},
        "enable_metrics": False,
        "caches": {"global_factor": 0.2},
        "rc_message": _UNLIMITED,
        "rc_registration": _UNLIMITED,
        "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
        "rc_admin_redaction": _UNLIMITED,
        "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
        "rc_joins_per_room": _UNLIMITED,
        "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
        "rc_media_create": _UNLIMITED,
        "rc_room_creation": _UNLIMITED,
        "rc_presence": {"per_user": _UNLIMITED},
        "rc_reports": _UNLIMITED,
    }


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}


def main(folder: Path, port: int) -> None:
    die_with_parent()
    # Both files are YAML to Synapse, and JSON is YAML.
    (folder / "log.json").write_text(json.dumps(_LOGGING))
    (folder / "homeserver.json").write_text(json.dumps(config(folder, port)))
    if not (folder / "signing.key").exists():
        from signedjson.key import generate_signing_key, write_signing_keys

        with (folder / "signing.key").open("w") as file:
            write_signing_keys(file, [generate_signing_key("a_sandbox")])

    sys.argv = ["synapse", "--config-path", str(folder / "homeserver.json")]
    from synapse.app.homeserver import main as synapse

    synapse()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
