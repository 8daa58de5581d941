"""Two groups or more, each with a database of its own, for tests."""

import json
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

from common.groups.databases import Databases, list_settings
from common.groups.slots import find_slot
from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.grouped_store import GroupedStore
from functions.process.store import PostgresStore
from infra.groups.move import Mover

KINDS = ("database", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("schema", "schemas", "server")))
"""Of groups, as the fixture `other_urls` makes them."""
MOVED, STAYS = "blog", "shop"
FIGURES = (
    "events", "visits", "rollups", "daily_stats", "daily_paths", "daily_values", "quarter_stats", "outcomes",
    "rejected_events", "filtered_events", "sites", "site_settings",
)  # fmt: skip


class Groups:
    """A store over all, and a mover between them. `other_urls`: where those are that are not home."""

    __test__ = False

    def __init__(self, settings: Settings, other_urls: dict[str, str]) -> None:
        named = " ".join(f"{name}={url}" for name, url in other_urls.items())
        self.settings = settings.model_copy(update={"database_groups": named})
        self.databases = Databases.of(self.settings)
        self.store = self.make_store()
        self.now = 0.0

    def make_store(self) -> GroupedStore:
        """A store with a map of its own, that believes it for as long as the test says."""
        databases = Databases(self.databases.groups, lambda: self.now)
        stores = {name: PostgresStore(database) for name, database in databases.groups.items()}
        return GroupedStore(databases, stores, lambda: self.now)

    @property
    def home(self) -> Database:
        return self.databases.home

    @property
    def second(self) -> Database:
        return self.databases.get("second")

    @property
    def urls(self) -> list[str]:
        """Of all."""
        return [one.database_url for one in list_settings(self.settings).values()]

    def mover(self, **given: Any) -> Mover:
        return Mover(self.databases, sleep=lambda _: None, **given)

    def move(self, target: str = "second", **given: Any) -> None:
        """Move the slot of one site; then old maps are over."""
        self.mover(**given).move([find_slot(MOVED)], target)
        self.now += 100
        self.databases.forget_map()

    def deliver(self, payload: dict[str, Any], store: GroupedStore | None = None) -> dict[str, Any]:
        return handle_batch({**payload, "mayDefer": True}, store or self.store)

    def read(self, site_id: str) -> dict[str, list[Any]]:
        """All that is stored of a site, wherever it is, without the times of writing."""
        found: dict[str, list[Any]] = {}
        for table in FIGURES:
            statement = (
                "select to_jsonb(one) - 'changed_at' - 'received_at' - 'rejected_at' - 'created_at'"
                f" from {table} as one where site_id = :site_id order by to_jsonb(one)"
            )
            rows = [
                json.dumps(row, sort_keys=True)
                for database in self.databases.groups.values()
                for [row] in database.run(statement, site_id=site_id)
            ]
            found[table] = sorted(rows)
        return found

    def count(self, database: Database, site_id: str) -> int:
        """Rows of a site in any table of its group."""
        return sum(
            int(database.run(f"select count(*) from {table} where site_id = :site_id", site_id=site_id)[0][0])
            for table in FIGURES
        )

    def close(self) -> None:
        with ExitStack() as stack:
            stack.callback(self.databases.close)


def event(number: int, site_id: str = MOVED, **fields: Any) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "event_type": "page_view",
        "path": "/home",
        "user_id": f"ann-{number % 7}",
        "timestamp": f"2025-11-{1 + number % 20:02}T10:00:00Z",
        "event_id": str(UUID(int=number)),
        **fields,
    }


def batch(*entries: list[Any], first: int = 0) -> dict[str, Any]:
    records = [
        {"messageId": f"0:{1_762_000_000_000 + first + n}-0", "body": json.dumps(events)}
        for n, events in enumerate(entries)
    ]
    return {"Records": records}
