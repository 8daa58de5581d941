"""Applies the numbered migrations: forward only, each once, under a lock, all or nothing."""

import hashlib
from contextlib import closing

from common.adapters.database import Database
from common.errors import AnalyticsError
from common.sql import load_migrations

_LOCK = 7_201_000
TIMEOUT_SECONDS = 600


def migrate(database_url: str, secret_arn: str = "", timeout_seconds: float = TIMEOUT_SECONDS) -> list[str]:
    """Bring the schema up to date; returns the names of the migrations that this took.

    `secret_arn`: as for Database. `timeout_seconds`: for each statement and the wait for the lock.
    Raises Unavailable if the database can't be reached, AnalyticsError if a migration that was applied is
    not the one that is here now.
    """
    applied = []
    database = Database(database_url, connections=1, timeout_seconds=timeout_seconds, secret_arn=secret_arn)
    with closing(database), database.transaction() as connection:
        connection.run(f"select pg_advisory_xact_lock({_LOCK})")
        connection.run(
            "create table if not exists migrations"
            " (name text primary key, digest text not null, applied_at timestamptz not null default now())"
        )
        digests = dict(connection.run("select name, digest from migrations"))
        for name, text in load_migrations():
            digest = hashlib.sha256(text.encode()).hexdigest()
            if digests.get(name, digest) != digest:
                raise AnalyticsError(f"migration {name} was changed after it was applied")
            if name not in digests:
                connection.run(text)
                connection.run(
                    "insert into migrations (name, digest) values (:name, :digest)", name=name, digest=digest
                )
                applied.append(name)
    return applied
