"""Two groups in place of one database, where TEST_GROUPS asks for it: `make test-groups`.

A test's database is then the second group's, where all slots are, and home is beside it. What a test stores goes
through the store of groups, and what reads through all groups gets both. So each test says whether groups change it.
"""

import os
from typing import Any

from common.groups.databases import Databases
from common.groups.slots import HOME
from common.postgres.database import Database
from common.redis.driver import Redis
from common.settings import Settings
from functions.process.grouped_store import GroupedStore
from functions.process.store import PostgresStore
from infra.ledger.reader import LedgerReader

IS_WANTED = bool(os.environ.get("TEST_GROUPS"))
SECOND = "second"

PUT_THERE = """insert into slots (slot, group_name)
    select slot, 'second' from generate_series(cast(:first as integer), cast(:last as integer)) as slot"""
KEEP_OUT = """insert into absent_slots select slot from generate_series(0, 255) as slot
    where (slot between cast(:first as integer) and cast(:last as integer)) = cast(:within as boolean)"""


class Home:
    """The running test's home group, if it has one."""

    database: Database | None = None
    url = ""


def everywhere(settings: Settings) -> Settings:
    """The settings as what goes through all groups has to have them; those given, where the test has no groups."""
    if Home.database is None:
        return settings
    return settings.model_copy(
        update={"database_url": Home.url, "database_groups": f"{SECOND}={settings.database_url}"}
    )


def put_slots(home: Database, second: Database, slots: range) -> None:
    """Have these slots, one after the other, in the second group, before there is any row."""
    first, last = slots[0], slots[-1]
    home.run(PUT_THERE, first=first, last=last)
    home.run(KEEP_OUT, first=first, last=last, within=True)
    second.run(KEEP_OUT, first=first, last=last, within=False)


class StoreOfGroups:
    """What a test's modules find under the name of PostgresStore."""

    def __new__(cls, database: Database, *given: Any, **options: Any) -> GroupedStore:  # type: ignore[misc]
        databases = _with_home(database)
        return GroupedStore(
            databases, {name: PostgresStore(one, *given, **options) for name, one in databases.groups.items()}
        )

    @staticmethod
    def of(settings: Settings) -> GroupedStore:
        """As PostgresStore has it."""
        return GroupedStore.of(everywhere(settings))


class LedgerOfGroups(LedgerReader):
    """The same for LedgerReader."""

    def __init__(self, redis: "Redis", databases: Databases | Database, settings: Settings) -> None:
        found = databases if isinstance(databases, Databases) else _with_home(databases)
        super().__init__(redis, found, everywhere(settings))


STAND_INS = {"PostgresStore": StoreOfGroups, "LedgerReader": LedgerOfGroups}


def _with_home(database: Database) -> Databases:
    assert Home.database is not None
    return Databases({HOME: Home.database, SECOND: database})
