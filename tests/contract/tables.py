"""What tests of days read of the tables, and how they fill them."""

from collections.abc import Callable
from typing import Any

from common.postgres.database import Database
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from tests.contract.history import batch, shuffled_batches

FIGURES = {
    "daily_stats": "site_id, date, total_views, unique_users",
    "daily_paths": "site_id, date, path, views",
    "visits": "*",
    "rollups": "*",
    "quarter_stats": "*",
    "visitor_links": "*",
}
SETS = {"daily_values": "site_id, date, key", "daily_users": "site_id, date, user_id"}

Rows = dict[str, list[list[Any]]]


def read_tables(database: Database, tables: dict[str, str]) -> Rows:
    return {
        table: sorted(database.run(f"select cast({table} as text) from (select {columns} from {table}) as {table}"))
        for table, columns in tables.items()
    }


def count_sets(database: Database) -> int:
    return sum(len(rows) for rows in read_tables(database, SETS).values())


def store_all(
    store: PostgresStore, history: list[dict[str, Any]], between: Callable[[], object] = lambda: None
) -> None:
    for number, events in enumerate(shuffled_batches(history, seed=3)):
        between()
        handle_batch(batch(events, number), store)
