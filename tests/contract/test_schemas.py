"""Two groups of sites in one database: each has a role with a schema of its own, and no right in the other's."""

import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import pytest

from common.postgres.database import Database
from common.postgres.driver import Connection
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.migrations.runner import migrate
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event, make_history
from tests.contract.tables import store_all

pytestmark = pytest.mark.one_group("it has groups of its own")


@pytest.fixture
def group_urls(postgres_url: str, administrator: Connection) -> Iterator[tuple[str, str]]:
    """The URLs of two roles of one empty database. A role finds the schema that has its name."""
    mark = uuid.uuid4().hex[:12]
    roles = [f"first_{mark}", f"second_{mark}"]
    administrator.run(f"create database groups_{mark} template template0")
    parts = urlsplit(postgres_url)._replace(path=f"/groups_{mark}")
    with closing(Database(urlunsplit(parts), connections=1, timeout_seconds=10)) as own:
        for role in roles:
            own.run(f"create role {role} login password 'secret'")
            own.run(f"create schema authorization {role}")
    first, second = (
        urlunsplit(parts._replace(netloc=f"{role}:secret@{parts.hostname}:{parts.port}")) for role in roles
    )
    yield first, second
    administrator.run(f"drop database groups_{mark} with (force)")
    for role in roles:
        administrator.run(f"drop role {role}")


@pytest.fixture
def groups(group_urls: tuple[str, str]) -> Iterator[tuple[Database, Database]]:
    """Both, with the schema."""
    for url in group_urls:
        migrate(url)
    first, second = (Database(url, connections=2, timeout_seconds=10) for url in group_urls)
    yield first, second
    first.close()
    second.close()


def test_two_schemas_of_a_database_hold_what_their_groups_were_sent(
    groups: tuple[Database, Database], group_urls: tuple[str, str]
) -> None:
    history = make_history(seed=5, events=120)
    for database, site in zip(groups, ("blog", "shop"), strict=True):
        store_all(PostgresStore(database), [one for one in history if one["site_id"] == site])
    for database, url, site in zip(groups, group_urls, ("blog", "shop"), strict=True):
        assert database.run("select distinct site_id from events") == [[site]]
        assert verify_aggregates(url) == []
        assert database.run("select count(*) from pg_tables where schemaname = 'public'") == [[0]]


def test_the_schema_is_made_once(groups: tuple[Database, Database], group_urls: tuple[str, str]) -> None:
    assert [migrate(url) for url in group_urls] == [[], []]


def test_a_month_that_goes_in_one_schema_stays_in_the_other(groups: tuple[Database, Database]) -> None:
    for number, database in enumerate(groups):
        handle_batch(batch([event(1, datetime(2001, 5, 10, tzinfo=UTC))], number), PostgresStore(database))
    first, second = groups
    assert first.run("select drop_expired_month(date '2001-05-01', '{blog}')") == [[True]]
    assert [database.run("select count(*) from events") for database in groups] == [[[0]], [[1]]]
    first.run("select make_events_partition(date '2001-06-01'), drop_empty_month(date '2001-06-01')")
    assert second.run("select to_regclass('events_2001_06'), to_regclass('events_2001_05') is null") == [[None, False]]


def test_every_function_works_in_its_own_schema(groups: tuple[Database, Database]) -> None:
    for database in groups:
        [[schema]] = database.run("select current_schema()")
        paths = database.run(
            "select proconfig::text from pg_proc where pronamespace = current_schema()::regnamespace and prosecdef"
        )
        assert len(paths) >= 4
        assert all(schema in path and "public" not in path for [path] in paths)
