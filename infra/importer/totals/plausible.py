"""Plausible's CSV export: a table a file, named imported_…_FIRST_LAST.csv; all of them in a zip file.

https://plausible.io/docs/csv-import
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from infra.importer.formats.combined import Unparsable
from infra.importer.histories.records import find_layout, find_names, read_table
from infra.importer.totals.figure import Figure, clean, read_count, read_day
from infra.importer.totals.kind import Line, Member

_EVENTS = {
    "Outbound Link: Click": "outbound_link",
    "File Download": "file_download",
    "Form: Submission": "form_submit",
}
_OF_VISITS = {
    "visitors": "visitors",
    "visits": "visits",
    "pageviews": "page_views",
    "bounces": "bounces",
    "visit_duration": "duration_ms",
}
_OF_ENDS = {"visitors": "visitors", "bounces": "bounces", "visit_duration": "duration_ms"}
_SOURCES = ("source", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


class _Table(NamedTuple):
    """By dimension: the column of its values, and by column of numbers its measure."""

    parts: Mapping[str, tuple[str, Mapping[str, str]]]


_TABLES = {
    "source": _Table({name: (name, _OF_VISITS) for name in _SOURCES}),
    "page": _Table(
        {
            "path": ("page", {"visitors": "visitors", "visits": "visits", "pageviews": "page_views"}),
            "hostname": ("hostname", {"pageviews": "page_views"}),
        }
    ),
    "entry_page": _Table({"entry": ("entry_page", {**_OF_ENDS, "entrances": "visits"})}),
    "exit_page": _Table({"exit": ("exit_page", {**_OF_ENDS, "exits": "visits"})}),
    "link_url": _Table({"event_type": ("name", {"visitors": "visitors", "events": "events"})}),
    "country": _Table({"country": ("country", _OF_VISITS), "region": ("region", _OF_VISITS)}),
    "device": _Table({"device": ("device", _OF_VISITS)}),
    "browser": _Table({"browser": ("browser", _OF_VISITS)}),
    "operating_system": _Table({"os": ("operating_system", _OF_VISITS)}),
}
"""By the column that tells a table from the others."""
_VISITORS = _Table({"": ("", _OF_VISITS)})
_OTHERS = ("property", "value", "name", "path")
"""Columns of tables that have no place here."""


def is_own(head: bytes) -> bool:
    """Whether a file that begins so is a table of the export."""
    names = find_names(head) if find_layout(head) in ("csv", "tsv") else frozenset()
    return {"date", "visitors"} <= names and bool({"pageviews", "visit_duration", "events"} & names)


def read(members: Sequence[Member], _: ZoneInfo) -> Iterator[Line]:
    """The lines of all tables."""
    for member in members:
        names = find_names(member.head)
        table = next((table for column, table in _TABLES.items() if column in names), _VISITORS)
        if table is _VISITORS and names & set(_OTHERS):
            yield Line(member.name, 0, Unparsable("a table that has no place here"))
            continue
        with member.open() as file:
            for number, row in read_table(file.lines(), find_layout(member.head)):
                yield Line(member.name, number, row if isinstance(row, Unparsable) else _read_row(row, table))


def _read_row(row: Mapping[str, Any], table: _Table) -> Sequence[Figure] | Unparsable:
    day = read_day(row["date"])
    if day is None:
        return Unparsable(f"its date is no day: {row['date'][:40]}")
    figures = []
    for dimension, (column, columns) in table.parts.items():
        measures = {}
        for name in columns.keys() & row.keys():
            count = read_count(row[name])
            if count is None:
                return Unparsable(f"its {name} is no number: {row[name][:40]}")
            measures[columns[name]] = count * 1000 if name == "visit_duration" else count
        value = _read_value(dimension, row.get(column, ""))
        if value is not None:
            figures.append(Figure(dimension, value, day, measures))
    return figures


def _read_value(dimension: str, text: str) -> str | None:
    if dimension == "":
        return ""
    return clean(dimension, _EVENTS.get(text, text))
