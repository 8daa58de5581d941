"""Rebuilds indexes: where many sites are written side by side, their pages stay half full."""

from collections.abc import Iterator

from common.errors import Unavailable
from common.postgres.database import Database
from common.postgres.sql import load_query

LEAST_BYTES = 1 << 20
"""A smaller index is not worth it."""
_LOCK = 7_201_006


def pack_indexes(database: Database, least_bytes: int = LEAST_BYTES) -> Iterator[tuple[str, int]]:
    """Rebuild them one after the other; yields the name of each, and how many bytes that gave back.

    Nobody waits meanwhile. What an interruption leaves is removed by the next run. The statements take long: give it a
    database that lets them. Raises Unavailable, also where another one is at it.
    """
    with database.session() as connection:
        [[is_ours]] = connection.run(f"select pg_try_advisory_lock({_LOCK})") or [[False]]
        if not is_ours:
            raise Unavailable("Indexes are being rebuilt already.")
        for [name] in connection.run(load_query(__name__, "list_remains")) or ():
            connection.run(f"drop index concurrently if exists {name}")
        for name, before in connection.run(load_query(__name__, "list_indexes"), least=least_bytes) or ():
            connection.run(f"reindex index concurrently {name}")
            [[after]] = connection.run("select pg_relation_size(to_regclass(:name))", name=name) or [[0]]
            yield name, before - after
