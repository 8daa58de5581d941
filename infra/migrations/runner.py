"""Applies the numbered migrations: forward only, each once, under a lock, in one transaction."""

import hashlib
import time
from collections.abc import Callable
from contextlib import closing
from importlib.resources import files

from common.errors import AnalyticsError, Unavailable
from common.postgres.database import LOCK_TIMEOUT, Conflict, Database, find_sqlstate
from common.postgres.sql import load_query
from infra.migrations.event_indexes import LOCK_TIMEOUT_MS, build_indexes
from infra.migrations.splitting import split
from infra.migrations.visit_partitions import partition_visits

_LOCK = 7_201_000
_PAUSE_SECONDS = 0.5
TIMEOUT_SECONDS = 600


def migrate(
    database_url: str,
    secret_arn: str = "",
    timeout_seconds: float = TIMEOUT_SECONDS,
    tell: Callable[[Unavailable], None] = lambda _: None,
) -> list[str]:
    """Bring the schema up to date; returns the names of the migrations applied now. The backfill is a separate step.

    Blocks writers for about a second at a time at most. `secret_arn`: as for Database. `timeout_seconds` bounds each
    statement, and the wait for locks, other migrations and a database that can't be reached. `tell` is called once
    with the reason for the wait. Raises Unavailable if the wait takes too long, AnalyticsError if the text of an
    applied migration has changed.
    """
    deadline = time.monotonic() + timeout_seconds
    database = Database(database_url, connections=1, timeout_seconds=timeout_seconds, secret_arn=secret_arn)
    is_told = False
    with closing(database):
        while True:
            try:
                applied = _apply(database)
                break
            except Unavailable as error:
                is_busy = isinstance(error, Conflict) or find_sqlstate(error.__cause__) == LOCK_TIMEOUT
                if not is_busy or time.monotonic() > deadline:
                    raise
                if not is_told:
                    tell(error)
                    is_told = True
            time.sleep(_PAUSE_SECONDS)
        build_indexes(database)
        partition_visits(database)
    return applied


def _apply(database: Database) -> list[str]:
    applied = []
    with database.transaction() as connection:
        connection.run(f"select pg_advisory_xact_lock({_LOCK})")
        connection.run(
            "create table if not exists migrations"
            " (name text primary key, digest text not null, applied_at timestamptz not null default now())"
        )
        # While we wait for a table's lock, everybody who comes later waits behind us.
        connection.run(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
        digests = dict(connection.run("select name, digest from migrations"))
        for name, text in load_migrations():
            digest = hashlib.sha256(text.encode()).hexdigest()
            if digests.get(name, digest) != digest:
                raise AnalyticsError(f"migration {name} was changed after it was applied")
            if name not in digests:
                for statement in split(text):
                    connection.run(statement)
                connection.run(
                    "insert into migrations (name, digest) values (:name, :digest)", name=name, digest=digest
                )
                applied.append(name)
        connection.run(load_query(__name__, "rights"))
    return applied


def load_migrations() -> list[tuple[str, str]]:
    """The name and text of every migration, in the order in which they are applied."""
    folder = files("infra.migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name[:4].isdigit())
    return [(name.removesuffix(".sql"), folder.joinpath(name).read_text()) for name in names]
