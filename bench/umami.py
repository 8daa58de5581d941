"""The same events in a tracker of another shape: raw rows, aggregated with count(distinct) when somebody asks."""

import hashlib
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from bench import store
from bench.machine import say
from bench.traffic import SITE

SQL = Path(__file__).parent / "sql"
QUERIES = ("totals", "series", "paths", "referrers", "browsers")


def load(name: str) -> str:
    """A statement, without its comments: the driver would look for parameters in them."""
    lines = (SQL / f"umami_{name}.sql").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def make(url: str) -> None:
    """Copy the set's events into tables of that shape, in a schema of their own, unless they are there."""
    with closing(store.connect(url)) as connection:
        if connection.run("select to_regclass('umami.ready')") != [[None]]:
            return
        say("copying the events into Umami-shaped tables")
        connection.run("drop schema if exists umami cascade")
        connection.run((SQL / "umami_schema.sql").read_text())
        connection.run("vacuum analyze umami.website_event")
        connection.run("vacuum analyze umami.session")
        connection.run("create table umami.ready ()")


def time_days(url: str, days: Sequence[date]) -> list[float]:
    """Milliseconds of what a day's page asks: totals and paths, in PostgreSQL alone."""
    return [sum(time_query(url, name, day, day + timedelta(days=1)) for name in ("totals", "paths")) for day in days]


def time_query(url: str, name: str, since: date, until: date) -> float:
    """Milliseconds of one query, on a connection that has planned it before."""
    website = str(UUID(hashlib.md5(SITE.encode(), usedforsecurity=False).hexdigest()))
    parameters = {"website": website, "since": f"{since} 00:00Z", "until": f"{until} 00:00Z"}
    more = {"zone": "UTC"} if name == "series" else {}
    with closing(store.connect(url)) as connection:
        connection.run(f"explain {load(name)}", **parameters, **more)
        began = time.perf_counter()
        connection.run(load(name), **parameters, **more)
        return (time.perf_counter() - began) * 1000
