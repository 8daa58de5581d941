"""What the benchmark does to databases beside the system itself: empty, count, verify, COPY, weigh."""

import io
import json
from collections.abc import Sequence
from contextlib import closing

import pg8000.native

from bench.processes import Failed
from bench.servers import STATEMENT_SECONDS, open_database, other_database
from common.postgres.database import parse_url
from infra.migrations.runner import migrate
from infra.verification.recount import Difference, verify_aggregates

_TABLES = """
select quote_ident(relname) from pg_class
where relnamespace = cast(current_schema() as regnamespace) and relkind in ('r', 'p') and not relispartition
    and relname not in ('migrations', 'slots', 'absent_slots')
"""
"""Where sites are, stays: it is no figure."""
_BYTES = """
select sum(pg_total_relation_size(oid)) from pg_class
where relnamespace = cast(current_schema() as regnamespace) and relkind = 'r' and relname <> 'migrations'
"""


def make_schema(url: str) -> None:
    """Our schema, in an empty database."""
    migrate(url)


def make_database(url: str, name: str) -> str:
    """The URL of another, empty database of the same server."""
    with closing(connect(url)) as connection:
        connection.run(f"create database {name}")
    return other_database(url, name)


def make_schema_of(url: str, name: str) -> str:
    """The URL of another, empty schema of the same database."""
    with closing(connect(url)) as connection:
        connection.run(f"create schema {name}")
    return f"{url}?options=-csearch_path%3D{name}"


def connect(url: str) -> pg8000.native.Connection:
    """A connection for what is no transaction of Database's."""
    return pg8000.native.Connection(**parse_url(url), timeout=STATEMENT_SECONDS)


def empty(url: str) -> None:
    """Remove every row, of our schema or of Node's."""
    with closing(connect(url)) as connection:
        names = ", ".join(name for [name] in connection.run(_TABLES))
        connection.run(f"truncate {names}")
        connection.run("checkpoint")


def count_events(url: str, since: str = "-infinity") -> int:
    """Rows of events, from an instant on."""
    with closing(open_database(url)) as database:
        [[count]] = database.run(
            'select count(*) from events where "timestamp" >= cast(:since as timestamptz)', since=since
        )
    return int(count)


def require_clean(urls: Sequence[str], events: int) -> None:
    """Raise Failed unless so many events are stored, in all of these, and every aggregate equals its recount."""
    if (stored := sum(map(count_events, urls))) != events:
        raise Failed(f"{stored:,} events are stored of {events:,}")
    for url in urls:
        _require_none(verify_aggregates(url))


def require_clean_site(url: str, site: str) -> None:
    """Raise Failed unless what is kept of a site alone (all but the daily figures) equals its recount."""
    _require_none(verify_aggregates(url, site_id=site, with_days=False))


def _require_none(differences: Sequence[Difference]) -> None:
    if differences:
        raise Failed(f"verify found {len(differences)} differences, the first: {differences[0]}")


def weigh(url: str) -> int:
    """Bytes of all tables with their indexes, vacuumed."""
    with closing(connect(url)) as connection:
        connection.run("vacuum analyze")
        [[size]] = connection.run(_BYTES)
    return int(size)


class Bare:
    """A table with the columns that these events have and the key of ours, and nothing else: the ceiling."""

    def __init__(self, url: str, events: Sequence[str], batch: int) -> None:
        """`batch`: how many rows a COPY, and so a transaction, has."""
        self._url = url
        rows = [json.loads(event) for event in events]
        names = list(dict.fromkeys(name for row in rows for name in row))
        kinds = {"timestamp": "timestamptz", "event_id": "uuid", "props": "jsonb", "revenue": "jsonb"}
        columns = ", ".join(f'"{name}" {kinds.get(name, "text collate " + chr(34) + "C" + chr(34))}' for name in names)
        self._columns = ", ".join(f'"{name}"' for name in names)
        lines = ["\t".join(_field(row.get(name)) for name in names) + "\n" for row in rows]
        self._batches = ["".join(lines[at : at + batch]).encode() for at in range(0, len(lines), batch)]
        with closing(connect(url)) as connection:
            connection.run("drop table if exists bare")
            connection.run(f'create table bare ({columns}, primary key (site_id, "timestamp", event_id))')

    def copy(self) -> None:
        """COPY them all into the empty table, batch after batch."""
        with closing(connect(self._url)) as connection:
            for batch in self._batches:
                connection.run(f"copy bare ({self._columns}) from stdin", stream=io.BytesIO(batch))

    def empty(self) -> None:
        """Remove all rows."""
        with closing(connect(self._url)) as connection:
            connection.run("truncate bare")
            connection.run("checkpoint")


def _field(value: object) -> str:
    if value is None:
        return r"\N"
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
