"""The servers' addresses and passwords: from the settings, or generated once and kept."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from common.access.key import Kind, make_key
from common.settings import GENERATED_ENV, Settings
from infra.local.address import LOOPBACK, reachable
from infra.local.postgres import PostgresServer
from infra.local.valkey import ValkeyServer
from infra.roles.provision import OWNER, ROLE_PASSWORDS

ADMIN_PASSWORD = "POSTGRES_PASSWORD"  # noqa: S105 - its name
"""Where the password of the server's superuser is noted: no part gets it but the step that makes the roles."""


@dataclass(frozen=True)
class DatabaseRoles:
    """The roles of the embedded database: who makes them, and their passwords."""

    admin_url: str
    server: PostgresServer
    passwords: Mapping[str, str]

    def url(self, role: str) -> str:
        """The URL of one role."""
        return self.server.url_of(role, self.passwords[role])


FIRST_PASSWORD = "admin-password"  # noqa: S105 - its file
"""File in the data folder with the password of the first user, until it was shown."""
_KEYS: dict[str, Kind] = {"ADMIN_KEY": "admin", "INGEST_KEY": "ingest"}


@dataclass(frozen=True)
class Endpoints:
    """Where the servers are. A server is None if the settings name an external one, which we do not start."""

    valkey: ValkeyServer | None
    postgres: PostgresServer | None
    redis_url: str
    database_url: str
    process_url: str
    process_key: str
    ingest_url: str
    admin_key: str = ""
    ingest_key: str = ""
    roles: DatabaseRoles | None = None
    """The roles of our own database; None where DATABASE_URL names another one, which every part uses then."""


def find_endpoints(settings: Settings) -> Endpoints:
    """Decide where the servers are, and save that in the data folder for the other commands of the CLI."""
    data_dir = settings.data_dir.absolute()
    noted = data_dir / GENERATED_ENV
    known = dotenv_values(noted) if noted.exists() else {}
    valkey = ValkeyServer(data_dir / "valkey", settings.redis_port, _password(known, "REDIS_URL"))
    # data of earlier versions had one role for all, which makes the others now
    admin = known.get(ADMIN_PASSWORD) or _password(known, "DATABASE_URL")
    postgres = embedded_postgres(settings, admin)
    passwords = {role: known.get(name) or secrets.token_urlsafe(24) for role, name in ROLE_PASSWORDS.items()}
    roles = DatabaseRoles(postgres.url, postgres, passwords)
    made = {
        "REDIS_URL": valkey.url,
        "DATABASE_URL": roles.url(OWNER),
        ADMIN_PASSWORD: admin,
        **{name: passwords[role] for role, name in ROLE_PASSWORDS.items()},
        "PROCESS_URL": f"http://{LOOPBACK}:{settings.process_port}",
        "PROCESS_KEY": known.get("PROCESS_KEY") or secrets.token_urlsafe(24),
        "INGEST_URL": f"http://{reachable(settings.listen_host)}:{settings.ingest_port}",
        "STATS_URL": f"http://localhost:{settings.stats_port}",
    }
    for name, kind in _KEYS.items():
        made[name] = known.get(name) or make_key(kind).text
    _write(noted, made)
    chosen = type(settings)(_env_file=".env").model_fields_set
    return Endpoints(
        valkey=None if "redis_url" in chosen else valkey,
        postgres=None if "database_url" in chosen else postgres,
        redis_url=settings.redis_url if "redis_url" in chosen else made["REDIS_URL"],
        database_url=settings.database_url if "database_url" in chosen else made["DATABASE_URL"],
        process_url=settings.process_url if "process_url" in chosen else made["PROCESS_URL"],
        process_key=settings.process_key if "process_key" in chosen else made["PROCESS_KEY"],
        ingest_url=settings.ingest_url if "ingest_url" in chosen else made["INGEST_URL"],
        admin_key=settings.admin_key if "admin_key" in chosen else made["ADMIN_KEY"],
        ingest_key=settings.ingest_key if "ingest_key" in chosen else made["INGEST_KEY"],
        roles=None if "database_url" in chosen else roles,
    )


def embedded_postgres(settings: Settings, password: str) -> PostgresServer:
    """The PostgreSQL server of this data folder."""
    folder = settings.data_dir.absolute() / "postgres"
    return PostgresServer(folder, settings.postgres_port, password)


def _password(known: Mapping[str, str | None], name: str) -> str:
    return urlsplit(known.get(name) or "").password or secrets.token_urlsafe(24)


def _write(path: Path, values: Mapping[str, str]) -> None:
    head = "# Made by `make up`. With the passwords in here, the data in this folder can be read.\n"
    write_secret(path, head + "".join(f"{name}={value}\n" for name, value in values.items()))


def write_secret(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
