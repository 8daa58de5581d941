"""Where imported totals go: the database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from common.access.audit import note
from common.errors import AlreadyExists
from common.imports.imported import MEASURES
from common.imports.imports import lock_imports
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.presence.presence import hold_site
from common.sites.directory import SiteDirectory
from infra.importer.totals.sums import Key, Sums

_ROWS_A_STATEMENT = 5_000
_UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class SiteDays:
    """What of a site decides which days are imported."""

    zone: ZoneInfo = _UTC
    own_first: date | None = None
    """The day of its own first event."""
    taken: Mapping[tuple[str, date], str] = field(default_factory=dict)
    """By dimension and day: the import that has it."""


class TotalsStore:
    """The imports of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read_days(self, site_id: str, import_id: str) -> SiteDays:
        """What is there of a site beside this import. Raises NotFound."""
        SiteDirectory(self._database).find(site_id)
        return _read_days(self._database, site_id, import_id)

    def put(self, actor: str, site_id: str, import_id: str, title: str, sums: Sums) -> None:
        """Keep an import; one of the same content is replaced. Raises AlreadyExists if its days are taken by now,
        and as hold_site does."""
        parts = sums.parts()
        with self._database.transaction() as connection:
            hold_site(connection, site_id)
            lock_imports(connection, site_id)
            taken = _read_days(connection, site_id, import_id).taken
            if not taken.keys().isdisjoint(sums.days()):
                raise AlreadyExists("Another import took some of these days meanwhile: try again.")
            contents = json.dumps({dimension: part.as_dict() for dimension, part in parts.items()})
            connection.run(
                load_query(__name__, "put_import"),
                site_id=site_id, import_id=import_id, title=title, contents=contents,
            )  # fmt: skip
            connection.run(load_query(__name__, "empty_import"), site_id=site_id, import_id=import_id)
            rows = sums.rows()
            while some := list(islice(rows, _ROWS_A_STATEMENT)):
                connection.run(load_query(__name__, "insert_figures"), **_as_columns(some, site_id, import_id))
            note(connection, actor, "import.make", import_id, {"site_id": site_id, "title": title})


def _read_days(source: Database | Connection, site_id: str, import_id: str) -> SiteDays:
    [[zone, first_at]] = source.run(load_query(__name__, "read_site_days"), site_id=site_id)
    own_zone = ZoneInfo(zone)
    first = None if first_at is None else first_at.astimezone(own_zone).date()
    rows = source.run(load_query(__name__, "list_taken"), site_id=site_id, import_id=import_id)
    return SiteDays(own_zone, first, {(dimension, day): other for dimension, day, other in rows})


def _as_columns(rows: Sequence[tuple[Key, Sequence[int | None]]], site_id: str, import_id: str) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "import_id": import_id,
        "dimensions": [dimension for (dimension, _, _), _ in rows],
        "days": [day.isoformat() for (_, day, _), _ in rows],
        "texts": [value for (_, _, value), _ in rows],
        **{measure: [sums[index] for _, sums in rows] for index, measure in enumerate(MEASURES)},
    }
