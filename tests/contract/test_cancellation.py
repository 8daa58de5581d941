"""Statements whose result nobody waits for are stopped, and no others."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

import pytest

from common.errors import Unavailable
from common.postgres.cancellation import Cancellation
from common.postgres.database import Database
from common.settings import Settings

SLEEP = "select pg_sleep(60)"
SLEEPING = """select count(*) from pg_stat_activity
    where datname = current_database() and query = :query and wait_event = 'PgSleep'"""


def start(cancellation: Cancellation, pool: ThreadPoolExecutor, work: Callable[[], object]) -> "Future[object]":
    with cancellation.applies():
        return pool.submit(copy_context().run, work)


def test_work_that_is_cancelled_ends_and_other_work_goes_on(database: Database, settings: Settings) -> None:
    unwanted = Cancellation()
    with ThreadPoolExecutor() as pool:
        other = start(Cancellation(), pool, lambda: database.run("select 1 from pg_sleep(1)"))
        cancelled = start(unwanted, pool, lambda: database.run(SLEEP))
        while database.run(SLEEPING, query=SLEEP) != [[1]]:
            assert not cancelled.done()
        unwanted.cancel()
        with pytest.raises(Unavailable, match="Nobody waits"):
            cancelled.result(20)
        assert other.result(20) == [[1]]
    assert database.run(SLEEPING, query=SLEEP) == [[0]]


def test_a_connection_whose_work_was_cancelled_is_not_used_again(settings: Settings) -> None:
    """The request may come late: it would stop the statement of whoever has the connection then."""
    database, unwanted, has_run, is_cancelled = (
        Database.of(settings),
        Cancellation(),
        threading.Event(),
        threading.Event(),
    )
    connections = []

    def work() -> None:
        with database.transaction() as connection:
            connections.append(connection.run("select pg_backend_pid()"))
            has_run.set()
            is_cancelled.wait(20)

    with ThreadPoolExecutor() as pool:
        cancelled = start(unwanted, pool, work)
        has_run.wait(20)
        unwanted.cancel()
        is_cancelled.set()
        with pytest.raises(Unavailable, match="Nobody waits"):
            cancelled.result(20)
    with database.transaction() as connection:
        connections.append(connection.run("select pg_backend_pid()"))
    database.close()

    first, second = connections
    assert first != second


def test_work_that_is_cancelled_before_it_has_a_connection_opens_none(database: Database) -> None:
    unwanted = Cancellation()
    unwanted.cancel()
    with ThreadPoolExecutor() as pool, pytest.raises(Unavailable, match="Nobody waits"):
        start(unwanted, pool, lambda: database.run("select 1")).result(20)
