"""How an event is written: a JSON object, or a line of CSV (RFC 4180). PostgreSQL writes them, many at a time."""

from typing import Literal

from common.event import VISIT_ATTRIBUTES

LineFormat = Literal["ndjson", "csv"]
COLUMNS = (
    "site_id", "event_type", "timestamp", "event_id", "path", "user_id", "is_alone", "visitor_id",
    "previous_visitor_id", "hostname", "title", *VISIT_ATTRIBUTES, "props", "revenue", "currency", "engaged_ms",
    "scroll_depth", "scroll_depth_before", "interactive", "filtered", "restored", "crawler",
)  # fmt: skip
"""Of the CSV. In JSON, `revenue` is an object of `amount` and `currency`, and what an event has not is left out."""

_BARE = (
    "is_alone", "engaged_ms", "scroll_depth", "scroll_depth_before", "interactive", "event_id", "timestamp",
    "restored",
)  # fmt: skip
"""What never needs quotes."""
_QUOTED = ("event_id", "timestamp", "restored")
_AS_JSON = (
    "is_alone",
    "engaged_ms",
    "scroll_depth",
    "scroll_depth_before",
    "interactive",
    "props",
    "revenue",
    "crawler",
)
_IN_REVENUE = {"revenue": "revenue ->> 'amount'", "currency": "revenue ->> 'currency'"}


def write_header(line_format: LineFormat) -> str:
    """What comes before the first event."""
    return ",".join(COLUMNS) + "\r\n" if line_format == "csv" else ""


def write_line(line_format: LineFormat) -> str:
    """SQL for a line of the relation `written`."""
    if line_format == "ndjson":
        # json_strip_nulls would read again what row_to_json wrote, and take three times as long
        return f"'{{' || concat_ws(',', {', '.join(map(_write_member, COLUMNS))}) || E'}}\\n'"
    return f"concat_ws(',', {', '.join(map(_write_cell, COLUMNS))}) || E'\\r\\n'"


def _write_member(name: str) -> str:
    """SQL that is null where the event has no such field."""
    if name == "currency":
        return "null"  # it is within revenue
    column = f'written."{name}"'
    if name in _QUOTED:
        return f"""'"{name}":"' || {column} || '"'"""
    value = f"cast({column} as text)" if name in _AS_JSON else f"cast(to_json({column}) as text)"
    return f"""'"{name}":' || {value}"""


def _write_cell(name: str) -> str:
    value = f"cast({_IN_REVENUE.get(name, name)} as text)"
    if name in _BARE:
        return f"coalesce({value}, '')"
    return f"""coalesce('"' || replace({value}, '"', '""') || '"', '')"""
