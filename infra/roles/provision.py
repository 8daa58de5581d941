"""Makes the database's roles, and gives an existing database to the role that owns it from now on."""

import time
from collections.abc import Mapping
from contextlib import closing

from common.errors import AnalyticsError, Unavailable
from common.postgres.database import LOCK_TIMEOUT, Database, find_sqlstate
from common.postgres.sql import load_query
from common.settings import Settings
from infra.migrations.event_indexes import LOCK_TIMEOUT_MS
from infra.roles.scram import make_verifier

OWNER = "analytics_owner"
"""Owns the tables: for the migrations and the command line."""
WRITER = "analytics_writer"
"""For the processor."""
READER = "analytics_reader"
"""For stats. infra/migrations/rights.sql says what these two may do."""
ROLE_PASSWORDS = {
    OWNER: "DATABASE_OWNER_PASSWORD",
    WRITER: "DATABASE_WRITER_PASSWORD",
    READER: "DATABASE_READER_PASSWORD",
}
"""All roles, and the setting that is each one's password."""

_LOCK = 7_201_005
_PAUSE_SECONDS = 0.5


def read_passwords(settings: Settings) -> dict[str, str]:
    """The passwords of the roles, as the settings have them."""
    return {role: str(getattr(settings, name.lower())) for role, name in ROLE_PASSWORDS.items()}


def make_roles(
    database_url: str, passwords: Mapping[str, str], secret_arn: str = "", timeout_seconds: float = 600
) -> None:
    """Make the roles, or set their passwords, and hand over what the role of `database_url` owns. It may run again.

    That role is a superuser, or one that may make roles and databases. `passwords`: of each role, ASCII.
    `secret_arn`: as for Database. Migrate afterwards, as the owner: that grants the rights. Raises Unavailable, and
    AnalyticsError for a password that is missing or not ASCII.
    """
    for role, setting in ROLE_PASSWORDS.items():
        if not passwords[role] or not passwords[role].isascii():
            raise AnalyticsError(f"{setting}: the role {role} needs a password, of ASCII characters alone.")
    deadline = time.monotonic() + timeout_seconds
    with closing(Database(database_url, connections=1, timeout_seconds=timeout_seconds, secret_arn=secret_arn)) as own:
        while True:
            try:
                return _make(own, passwords)
            except Unavailable as error:
                if find_sqlstate(error.__cause__) != LOCK_TIMEOUT or time.monotonic() > deadline:
                    raise
            time.sleep(_PAUSE_SECONDS)


def _make(database: Database, passwords: Mapping[str, str]) -> None:
    with database.transaction() as connection:
        connection.run(f"select pg_advisory_xact_lock({_LOCK})")
        # while we wait for a table's lock, everybody who comes later waits behind us
        connection.run(f"set local lock_timeout = {LOCK_TIMEOUT_MS}")
        known = {name for (name,) in connection.run("select rolname from pg_roles") or []}
        for role in ROLE_PASSWORDS:
            verifier = make_verifier(passwords[role])
            if role in known:
                connection.run(f"alter role {role} login password '{verifier}'")
            else:
                connection.run(f"create role {role} login password '{verifier}'")
        [[is_superuser]] = connection.run("select rolsuper from pg_roles where rolname = current_user") or []
        if not is_superuser:  # as in a cloud: who gives tables to a role has to be its member
            connection.run("grant analytics_owner to current_user")
        connection.run(load_query(__name__, "hand_over"))
