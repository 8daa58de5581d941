"""Answers as documents: data and meta in JSON, rows in CSV."""

import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from common.event import OTHER
from common.http import messages
from functions.stats.answers.imported import describe_imported
from functions.stats.estimator.metrics import Answered, Row
from functions.stats.query.filters import describe_filters
from functions.stats.query.model import Query, Site
from functions.stats.query.zones import show

Document = dict[str, Any]

VISITORS_NOTE = (
    "Visitors without a user_id are known by an id that changes with every UTC day:"
    " over a range that touches several of them, each day counts them anew,"
    " save who is active over midnight."
)
PART_NOTE = (
    "The range has not ended, so it is compared with the same part of the earlier one:"
    " up to the same time of day, in whole quarters of an hour."
)
OTHER_NOTE = f"The site's events brought too many different values in a day; further ones count under {OTHER}."
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def describe_query(query: Query) -> Document:
    """What was understood: the part of `meta` that depends on the query alone."""
    meta: Document = {
        "site_id": query.site_id,
        "from": show(query.span.start, query.zone),
        "to": show(query.span.end, query.zone),
        "timezone": query.zone.key,
        "metrics": list(query.metrics),
        "filters": describe_filters(query.written or query.filters),
    }
    if query.kind == "timeseries":
        meta["interval"] = query.interval
    if query.kind == "breakdown":
        direction = "desc" if query.sort.is_descending else "asc"
        meta["dimension"] = query.dimension
        meta |= {"sort": f"{query.sort.metric}:{direction}", "limit": query.limit, "offset": query.offset}
    if query.compared is not None:
        compared = query.compared
        meta["compared"] = {"from": show(compared.start, query.zone), "to": show(compared.end, query.zone)}
        if query.is_part_compared:
            meta["compared"]["part_note"] = PART_NOTE
    return meta


def describe_state(site: Site) -> Document:
    """How fresh the figures are: `fresh_as_of` is when the site's figures changed last."""
    return {"fresh_as_of": site.fresh_as_of.astimezone(UTC).isoformat() if site.fresh_as_of else None}


def make_etag(site: Site, *asked: Any) -> str:
    """The same for as long as the site's figures, and what is asked of them, are the same.

    With the site's secret, so that nobody can try out what a goal or a segment stands for.
    """
    imports = [[one.import_id, one.created_at.isoformat()] for one in site.imports]
    content = messages.encode([site.version, site.zone.key, imports, *asked])
    return f'"{hashlib.blake2b(content, key=site.secret, digest_size=16).hexdigest()}"'


def matches(header: str | None, etag: str) -> bool:
    """Whether an If-None-Match names the tag."""
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return etag in tags or "*" in tags


def make_document(query: Query, site: Site, answered: Answered, compared: Answered | None) -> Document:
    """The answer of a summary, a time series or a breakdown."""
    meta = describe_query(query) | _describe_making(answered) | describe_state(site)
    if compared is not None:
        meta["compared"] |= _describe_making(compared)
    if site.has_derived_visitors and "visitors" in query.metrics and _touches_days(query):
        meta["visitors_note"] = VISITORS_NOTE
    if any(row.value == OTHER for row in answered.rows):
        meta["other_note"] = OTHER_NOTE
    document = _DATA[query.kind](query, meta, answered, compared)
    return {**document, "meta": meta}


def _describe_making(answered: Answered) -> Document:
    """Whether all is exact, else which metrics are not; and what was imported."""
    made: Document = {"exact": answered.is_exact}
    if not answered.is_exact:
        made["estimated"] = list(answered.estimated)
    if answered.imported is not None:
        made["imported"] = describe_imported(answered.imported)
    return made


def _make_summary(_: Query, meta: Document, answered: Answered, compared: Answered | None) -> Document:
    [row] = answered.rows
    if row.errors:
        meta["error"] = row.errors
    if compared is None:
        return {"data": row.metrics}
    [before] = compared.rows
    if before.errors:
        meta["compared"]["error"] = before.errors
    return {"data": row.metrics, "comparison": before.metrics, "change": change(before.metrics, row.metrics)}


def change(before: Document, after: Document) -> Document:
    """By how many percent each figure has changed; null from nothing."""
    return {name: _change(before[name], after[name]) for name in after if name != "revenue"}


def _change(before: float | None, after: float | None) -> float | None:
    if not before or after is None:
        return None
    earlier, later = Fraction(str(before)), Fraction(str(after))
    return float(round(100 * (later - earlier) / earlier, 2))


def _make_series(query: Query, _: Document, answered: Answered, compared: Answered | None) -> Document:
    document: Document = {"data": _list_buckets(query, query.buckets, answered.rows)}
    if compared is not None:
        document["comparison"] = _list_buckets(query, query.compared_buckets, compared.rows)
    return document


def _list_buckets(query: Query, buckets: Sequence[datetime], rows: Sequence[Row]) -> list[Document]:
    return [
        {"time": show(start, query.zone), **row.metrics, **name_errors(row)}
        for start, row in zip(buckets, rows, strict=True)
    ]


def _make_breakdown(query: Query, meta: Document, answered: Answered, compared: Answered | None) -> Document:
    meta["total"] = answered.total
    data = [{query.dimension: row.value, **row.metrics, **name_errors(row)} for row in answered.rows]
    if compared is not None:
        before = {row.value: {**row.metrics, **name_errors(row)} for row in compared.rows}
        data = [{**row, "comparison": before.get(row[query.dimension])} for row in data]
    return {"data": data}


_DATA = {"summary": _make_summary, "timeseries": _make_series, "breakdown": _make_breakdown}


def name_errors(row: Row) -> Document:
    """A row's errors, named after their metrics."""
    return {f"{name}_error": error for name, error in row.errors.items()}


def _touches_days(query: Query) -> bool:
    last = query.span.end - timedelta(microseconds=1)
    return query.span.start.astimezone(UTC).date() != last.astimezone(UTC).date()


def write_csv(document: Document, query: Query) -> bytes:
    """Header and rows of RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    rows = _list_rows(document, query)
    there = {name for row in rows for name in row}
    key = {"summary": [], "timeseries": ["time"], "breakdown": [query.dimension]}[query.kind]
    columns, maybe = [*key, *query.metrics], [f"{name}_error" for name in query.metrics]
    if query.compared is not None:
        columns += [f"{name}_previous" for name in columns if name != query.dimension]
        maybe += [f"{name}{suffix}" for name in query.metrics for suffix in ("_previous_error", "_change")]
    return write_table([*columns, *(name for name in maybe if name in there)], rows)


def write_table(names: Sequence[str], rows: Sequence[Document]) -> bytes:
    """These columns of the rows."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows([write_cell(row.get(name)) for name in names] for row in rows)
    return file.getvalue().encode()


def _list_rows(document: Document, query: Query) -> list[Document]:
    """The rows of a table, each with what it is compared with."""
    if query.kind == "summary":
        return [_flatten_summary(document, query)]
    if query.kind == "timeseries":  # the first bucket beside the first, and either range may have more of them
        pairs = zip_longest(document["data"], document.get("comparison", ()), fillvalue=Document())
        return [row | name_previous(earlier) for row, earlier in pairs]
    nothing = dict.fromkeys(query.metrics) if query.compared is not None else {}
    return [row | name_previous(row.get("comparison") or nothing) for row in document["data"]]


def _flatten_summary(document: Document, query: Query) -> Document:
    meta = document["meta"]
    row: Document = document["data"] | {f"{name}_error": error for name, error in meta.get("error", {}).items()}
    if query.compared is None:
        return row
    errors = {f"{name}_error": error for name, error in meta["compared"].get("error", {}).items()}
    changes = {f"{name}_change": change for name, change in document["change"].items()}
    return row | name_previous(document["comparison"] | errors) | changes


def name_previous(row: Document) -> Document:
    """A row of the range that is compared with, its errors among it, named for the row that it stands beside."""
    return {f"{name.removesuffix('_error')}_previous{'_error' * name.endswith('_error')}": row[name] for name in row}


def write_cell(value: Any) -> Any:
    """A value as CSV has it."""
    if isinstance(value, dict):
        return "; ".join(f"{amount} {currency}" for currency, amount in value.items())
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
