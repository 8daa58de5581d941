"""Google Analytics 4: reports with days, as CSV of its pages and explorations, or as JSON of its Data API.

A report has the dimensions that somebody chose; ga4_fields.py says what is made of them.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from infra.importer.errors import LogBroken
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import read_text
from infra.importer.log_file import LogFile
from infra.importer.totals.figure import Figure, read_day
from infra.importer.totals.ga4_fields import DAYS, KNOWN, find_day, has_metric, read_row
from infra.importer.totals.kind import Line, Member

MOST_BYTES = 1 << 28
"""Of a report in JSON, which is read as a whole."""
_RANGE = re.compile(rb"#\s*(Start|End) date:\s*(\d{8})")


class _Report(NamedTuple):
    """A table: the names of its columns, and its range, as far as it is told."""

    names: Sequence[str]
    start: date | None
    end: date | None


def is_own(head: bytes) -> bool:
    """Whether a file that begins so is a report."""
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    if text.startswith(b"{") or text.startswith(b"["):
        return b'"dimensionHeaders"' in head and b'"metricHeaders"' in head
    if text.startswith(b"# -----"):
        return True
    names = [name.strip() for name in _split(text.partition(b"\n")[0]) or []]
    return bool(names) and names[0] in DAYS and not KNOWN.isdisjoint(names)


def read(members: Sequence[Member], _: ZoneInfo) -> Iterator[Line]:
    """The rows of all reports."""
    for member in members:
        with member.open() as file:
            is_json = member.head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"{", b"["))
            for number, outcome, table in _read_json(file) if is_json else _read_csv(file):
                yield Line(member.name, number, outcome, table)


Outcome = Sequence[Figure] | Unparsable


def _read_csv(file: LogFile) -> Iterator[tuple[int, Outcome, int]]:
    """Tables one after the other, with comments that name their range, and empty lines between them."""
    report, start, end, tables = None, None, None, 0
    for number, line in enumerate(file.lines(), start=1):
        if line is None or (cells := _split(text := line.removeprefix(b"\xef\xbb\xbf"))) is None:
            yield number, Unparsable("no CSV, or too long"), tables
            continue
        if found := _RANGE.match(text):
            day = read_day(found[2].decode())
            start, end = (day, end) if found[1] == b"Start" else (start, day)
        elif not text.strip() or text.startswith(b"#"):
            report = None
        else:
            if report is None:
                tables += 1
                report = _Report([cell.strip() for cell in cells], start, end)
                if why := _find_fault(report):
                    yield number, Unparsable(why), tables
            elif not _find_fault(report):
                yield number, _read_cells(cells, report), tables


def _split(line: bytes) -> list[str] | None:
    """The cells of a line; None if it is no CSV."""
    try:
        return next(csv.reader([line.decode(errors="replace").strip("\r")]), [])
    except csv.Error:
        return None


def _read_json(file: LogFile) -> Iterator[tuple[int, Outcome, int]]:
    """Answers of runReport, of batchRunReports, or a list of them; rows are numbered from 1 through all of them."""
    content = bytearray()  # which grows in place
    for block in file.blocks():
        content += block
        if len(content) > MOST_BYTES:
            raise LogBroken(f"{file.name} has more than {MOST_BYTES:,} bytes: ask for fewer days at a time.")
    try:
        found = from_json(content.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise LogBroken(f"{file.name} is no JSON: {error}.") from error
    number = 0
    for table, report in enumerate(_list_reports(found), start=1):
        headers = [*_list(report, "dimensionHeaders"), *_list(report, "metricHeaders")]
        columns = _Report([read_text(one.get("name")) for one in headers], None, None)
        why = _find_fault(columns)
        for row in _list(report, "rows"):
            number += 1
            values = [*_list(row, "dimensionValues"), *_list(row, "metricValues")]
            cells = [read_text(one.get("value")) for one in values]
            yield number, Unparsable(why) if why else _read_cells(cells, columns), table


def _list_reports(found: Any) -> Iterator[Mapping[str, Any]]:
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            yield from _list(one, "reports") if "reports" in one else (one,)


def _list(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _find_fault(report: _Report) -> str:
    """Why nothing of a table is used; empty if it may be."""
    has_day = any(name in report.names for name in DAYS) or (report.start is not None and report.start == report.end)
    if not has_day:
        return "a table of several days together: add the dimension Date to the report"
    return "" if has_metric(report.names) else "a table with no metric that is kept"


def _read_cells(cells: Sequence[str], report: _Report) -> Outcome:
    if "Grand total" in cells:
        return Unparsable("a total of other rows")
    if len(cells) < len(report.names):
        return Unparsable(f"{len(cells)} fields where the header names {len(report.names)}")
    row = dict(zip(report.names, cells, strict=False))
    day = find_day(row, report.start)
    return Unparsable("its date is no day") if day is None else read_row(row, day)
