"""The schema can be distributed by site. Citus itself is not here: a stand-in notes what it would be told."""

from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from common.postgres.database import Database
from functions.process.partitions import Partitions

CITUS = files("infra.migrations").joinpath("citus.sql").read_text()

STAND_IN = """
create table told (name text, site_column text, colocated_with text);
create function create_distributed_table(table_name regclass, distribution_column text, colocate_with text default '')
returns void language sql begin atomic
    insert into told values (cast(table_name as text), distribution_column, colocate_with);
end;
create function create_reference_table(table_name regclass)
returns void language sql begin atomic
    insert into told values (cast(table_name as text), null, 'every worker');
end
"""

OURS = """
select cast(oid as text) as oid, relname from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname not in ('migrations', 'told')
"""


def run(database: Database, statement: str, **parameters: Any) -> list[list[Any]]:
    with database.transaction() as connection:
        return connection.run(statement, **parameters) or []


@pytest.fixture
def tables(database: Database) -> set[str]:
    """Every table of ours; a partition is among them."""
    Partitions(database).ensure([date(2025, 11, 1)])
    return {name for _, name in run(database, OURS)}


def test_every_table_is_distributed_by_what_its_keys_lead_with_and_sites_stay_together(
    database: Database, tables: set[str]
) -> None:
    leading = leading_columns(database)
    run(database, STAND_IN)
    run(database, CITUS)
    told = {name: (column, beside) for name, column, beside in run(database, "select * from told")}
    assert told.keys() == tables - {"events_2025_11"}
    assert told.pop("site_aliases") == (None, "every worker")
    assert {name: {column} for name, (column, _) in told.items()} == {name: leading[name] for name in told}
    assert told.pop("events") == ("site_id", "")
    assert {beside for column, beside in told.values() if column == "site_id"} == {"events"}


def leading_columns(database: Database) -> dict[str, set[str]]:
    """The first column of every unique index, by table: one that is not the distribution column can't be."""
    rows = run(
        database,
        "select cast(i.indrelid::regclass as text), a.attname from pg_index i"
        " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]"
        f" where i.indisunique and i.indrelid in (select cast(oid as oid) from ({OURS}) as ours)",
    )
    return {table: {column for name, column in rows if name == table} for table, _ in rows}


def test_there_are_no_foreign_keys_and_no_triggers(database: Database, tables: set[str]) -> None:
    assert run(database, "select conname from pg_constraint where contype = 'f'") == []
    assert run(database, "select tgname from pg_trigger") == []
