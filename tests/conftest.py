"""Real servers for every test that wants them; each test has a stream and a database of its own."""

import gc
import os
import shutil
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import pytest
from redis import Redis

from common import garbage_collector
from common.postgres.database import Database, parse_url
from common.postgres.driver import Connection
from common.redis import stream
from common.settings import Settings
from infra.local import embedded
from infra.migrations.runner import migrate
from tests.memory import make_folder_in_memory

QUARTER_SECONDS = 900
LAST_SECONDS = 15
hypothesis.settings.register_profile("whenever", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("whenever")  # a busy machine makes tests slow, not red


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage: what is imported is none, and all of it lives as long as the process."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        garbage_collector.tune()  # as in every function that is loaded


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Begin no test in the last seconds of a quarter of an hour: an hour ends then, or a day in some zone.

    What a day's end does is shown by tests that set the clock.
    """
    left = QUARTER_SECONDS - time.time() % QUARTER_SECONDS
    if left < LAST_SECONDS:
        time.sleep(left)


@pytest.fixture(autouse=True, scope="session")
def no_stray_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Neither the environment's settings nor a .env file reach a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.lower() in Settings.model_fields:
                patch.delenv(name)
        patch.chdir(tmp_path_factory.mktemp("cwd"))
        yield


@pytest.fixture(autouse=True, scope="session")
def shipped_count_timeout() -> Iterator[float]:
    """The seconds after which ingest gives up a count, so that no client waits for it; a test waits for longer."""
    shipped = stream.COUNT_TIMEOUT_SECONDS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "COUNT_TIMEOUT_SECONDS", 60)
        yield shipped


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the servers of the whole run keep their data: in memory, or on disk where there is too little of it."""
    folder = make_folder_in_memory() or tmp_path_factory.mktemp("servers")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def valkey_url(servers_folder: Path) -> Iterator[str]:
    """A Valkey server for the whole run."""
    with embedded.valkey(servers_folder / "valkey", durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(servers_folder: Path) -> Iterator[str]:
    """A PostgreSQL server for the whole run; its first database has the schema and no rows."""
    with serve_postgres(servers_folder / "postgres") as url:
        yield url


@pytest.fixture(scope="session")
def another_postgres_url(servers_folder: Path) -> Iterator[str]:
    """A second such server, for groups."""
    with serve_postgres(servers_folder / "another-postgres") as url:
        yield url


@contextmanager
def serve_postgres(folder: Path) -> Iterator[str]:
    """A server whose first database has the schema."""
    with embedded.postgres(folder, durable=False) as url:
        # A run logs in some thousand times: SCRAM would take the client 30 ms of CPU each, looking for TLS 24 ms.
        (folder / "pg_hba.conf").write_text("host all all all password\n")
        administer(url, "select pg_reload_conf()")
        migrate(url)
        yield f"{url}?sslmode=disable"


@pytest.fixture(scope="session")
def administrator(postgres_url: str) -> Iterator[Connection]:
    """A connection to no test's database, which makes and drops them all."""
    connection = log_in(postgres_url)
    yield connection
    connection.close()


@pytest.fixture
def database_url(postgres_url: str, administrator: Connection) -> Iterator[str]:
    """A database of the test's own, with the schema."""
    with make_database(postgres_url, administrator) as url:
        yield url


@pytest.fixture
def other_urls(
    request: pytest.FixtureRequest, postgres_url: str, administrator: Connection, database_url: str
) -> Iterator[dict[str, str]]:
    """By name, where further groups of the test's own are; all have the tables.

    A second one in another database; or, as the parameter says, in a `schema` beside the first one or on a `server` of
    its own; or three, each in one of `schemas`: with home, four.
    """
    kind = getattr(request, "param", "database")
    if kind in ("schema", "schemas"):
        names = ("second", "third", "fourth") if kind == "schemas" else ("second",)
        yield {name: make_schema(database_url, name) for name in names}
    elif kind == "server":
        server_url = request.getfixturevalue("another_postgres_url")
        with closing(log_in(server_url)) as its_administrator, make_database(server_url, its_administrator) as url:
            yield {"second": url}
    else:
        with make_database(postgres_url, administrator) as url:
            yield {"second": url}


@contextmanager
def make_database(server_url: str, its_administrator: Connection) -> Iterator[str]:
    """The URL of a new database of a server, with the schema."""
    parts = urlsplit(server_url)
    name = f"test_{uuid.uuid4().hex}"
    its_administrator.run(f"create database {name} template {parts.path.lstrip('/')} strategy file_copy")
    yield urlunsplit(parts._replace(path=f"/{name}"))
    its_administrator.run(f"drop database {name} with (force)")


def make_schema(database_url: str, name: str) -> str:
    """The URL of a new schema in a database, with the tables."""
    with closing(Connection(**parse_url(database_url))) as connection:
        connection.run(f"create schema {name}")
    url = f"{database_url}&options=-csearch_path%3D{name}"
    migrate(url)
    return url


def administer(postgres_url: str, statement: str) -> None:
    """Run a statement outside any database of a test's."""
    connection = log_in(postgres_url)
    connection.run(statement)
    connection.close()


def log_in(postgres_url: str) -> Connection:
    """A connection of the superuser's, to the database `postgres`."""
    return Connection(**{**parse_url(postgres_url), "database": "postgres"})


@pytest.fixture(scope="session")
def shared_settings(valkey_url: str) -> Settings:
    """What the settings of all tests share: to read the environment takes 20 ms of CPU."""
    return Settings(redis_url=valkey_url, database_url="postgresql://nobody@127.0.0.1:1/none", redis_timeout_seconds=2)


@pytest.fixture
def stream_settings(shared_settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a stream of the test's own, and no database."""
    own = {"stream_name": f"test-{uuid.uuid4().hex}", "data_dir": tmp_path / "data"}
    return shared_settings.model_copy(update=own)


@pytest.fixture
def settings(stream_settings: Settings, database_url: str) -> Settings:
    """Settings with a stream and a database of the test's own."""
    return stream_settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The test's database."""
    opened = Database(settings.database_url, connections=8, timeout_seconds=10)
    yield opened
    opened.close()


@pytest.fixture
def redis(stream_settings: Settings) -> Iterator["Redis"]:
    """A plain client of the test's Valkey."""
    client = Redis.from_url(stream_settings.redis_url, protocol=2)
    yield client
    client.close()
