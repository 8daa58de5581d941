"""Dimensions and conditions as SQL, built from fixed texts; every value becomes a parameter."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

from common.filters import words
from common.filters.conditions import Condition, Filter, OfVisit
from common.postgres.sql import fill
from functions.stats.query.globs import contain, translate_glob

Source = Literal["events", "visits", "rollup"]
"""Rows of events (perhaps with their visits), visits alone, or the rollup of one dimension."""
Parameters = dict[str, Any]

_EVENT_COLUMNS = {name: f"event.{name}" for name in words.EVENT_DIMENSIONS} | {
    "event_type": "(case when event.engaged_ms is null then event.event_type end)"  # a report is no event
}
_VISIT_COLUMNS = {name: f"visit.{name}" for name in words.VISIT_DIMENSIONS}
_EVENT_OR_VISIT = {
    name: f"(case when visit.start is null then event.{name} else visit.{name} end)"
    for name in words.VISIT_DIMENSIONS
    if name not in ("entry", "exit")
} | {name: f"visit.{name}" for name in ("entry", "exit")}
_COMPARED = {
    "is": "{column} = any({values})",
    "is_not": "({column} is null or {column} <> all({values}))",
    "contains": "{column} like any({values})",
    "not_contains": "({column} is null or {column} not like all({values}))",
    "matches": "{column} like any({values})",
}
_OF_VISIT = (
    "coalesce(case when visit.start is null then {own}"
    " else (visit.visitor, visit.start) in (select visitor, start from {reaching}) end, false)"
)
_CHANGED: dict[str, Callable[[str], str]] = {
    "contains": contain,
    "not_contains": contain,
    "matches": translate_glob,
}


def array(items: Sequence[str]) -> str:
    """An array literal. Every item is quoted: unquoted, null is no text."""
    quoted = (item.replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def visit_column(dimension: str) -> str:
    """Where a visit has the value of a dimension."""
    return _VISIT_COLUMNS[dimension]


def write_column(dimension: str, source: Source, parameters: Parameters) -> str:
    """The value of a dimension; the key of a property becomes a parameter."""
    if source == "rollup":
        return "value"
    if source == "visits":
        return _VISIT_COLUMNS[dimension]
    if dimension in _EVENT_COLUMNS:
        return _EVENT_COLUMNS[dimension]
    if dimension in _EVENT_OR_VISIT:
        return _EVENT_OR_VISIT[dimension]
    name = _add(parameters, "key", dimension.removeprefix(words.PROPERTY))
    return f"(event.props ->> cast(:{name} as text))"


def write_filter(filter_: Filter, source: Source, parameters: Parameters) -> str:
    """Whether a row passes; its values become parameters."""
    if isinstance(filter_, Condition):
        return _write_condition(filter_, source, parameters)
    if isinstance(filter_, OfVisit):
        own = write_filter(filter_.filter, source, parameters)
        written = fill(_OF_VISIT, own=own, reaching=name_reaching(filter_))
        return written if filter_.has else f"(not {written})"
    parts = (write_filter(part, source, parameters) for part in filter_.parts)
    return "(" + {"and": " and ", "or": " or "}[filter_.kind].join(parts) + ")"


def name_reaching(filter_: OfVisit) -> str:
    """The table of the visits that have an event that passes: it has to stand before the statement."""
    return "reaching_" + hashlib.sha256(repr(filter_.filter).encode(errors="replace")).hexdigest()[:16]


def _write_condition(condition: Condition, source: Source, parameters: Parameters) -> str:
    column = write_column(condition.dimension, source, parameters)
    change = _CHANGED.get(condition.operator, str)
    name = _add(parameters, "values", array([change(value) for value in condition.values]))
    return fill(_COMPARED[condition.operator], column=column, values=f"cast(:{name} as text[])")


def _add(parameters: Parameters, kind: str, value: str) -> str:
    name = f"{kind}{len(parameters)}"
    parameters[name] = value
    return name
