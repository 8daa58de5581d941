"""Looks for a text wherever a system may have it."""

from collections.abc import Iterator
from typing import Any

from common.postgres.database import Database
from tests.chaos.system import System

TABLES = (
    "select cast(relname as text) from pg_class"
    " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition"
)


def find(system: System, database: Database, text: str) -> list[str]:
    """The tables, keys and files that have a text, save those of the servers themselves."""
    return [*_find_rows(database, text), *_find_keys(system, text), *_find_files(system, text)]


def _find_rows(database: Database, text: str) -> Iterator[str]:
    for [table] in database.run(TABLES):
        [[count]] = database.run(
            f"select count(*) from {table} as one where cast(one as text) like :like", like=f"%{text}%"
        )
        if count:
            yield f"{table}: {count}"


def _find_keys(system: System, text: str) -> Iterator[str]:
    redis: Any = system.redis
    for key in redis.keys("*"):
        kind = redis.type(key)
        read = {b"string": redis.get, b"hash": redis.hgetall, b"stream": redis.xrange}.get(
            kind, lambda one: redis.zrange(one, 0, -1)
        )
        if text.encode() in repr((key, read(key))).encode():
            yield str(key)


def _find_files(system: System, text: str) -> Iterator[str]:
    for file in system.folder.rglob("*"):
        is_servers = file.relative_to(system.folder).parts[0] in ("postgres", "valkey", "imports")
        if not is_servers and file.is_file() and text.encode() in file.read_bytes():
            yield str(file)
