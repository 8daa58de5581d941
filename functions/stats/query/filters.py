"""Conditions on the events that are counted: joined, and told to a client."""

from typing import Any

from common.filters.conditions import MAX_CONDITIONS as MAX_CONDITIONS
from common.filters.conditions import MAX_DEPTH as MAX_DEPTH
from common.filters.conditions import MAX_PATTERN_BYTES as MAX_PATTERN_BYTES
from common.filters.conditions import MAX_VALUE_BYTES as MAX_VALUE_BYTES
from common.filters.conditions import MAX_VALUES as MAX_VALUES
from common.filters.conditions import Condition as Condition
from common.filters.conditions import Filter as Filter
from common.filters.conditions import Junction as Junction
from common.filters.conditions import describe_dimensions as describe_dimensions
from common.filters.conditions import is_known_dimension as is_known_dimension
from common.filters.conditions import list_conditions as list_conditions
from common.filters.conditions import parse_filters as parse_filters
from common.filters.conditions import sum_patterns as sum_patterns


def join(first: Filter | None, second: Filter | None) -> Filter | None:
    """Both must hold; None always does."""
    if first is None or second is None:
        return first or second
    return Junction("and", (first, second))


def describe_filters(filter_: Filter | None) -> list[dict[str, Any]]:
    """As a client writes them: a list."""
    if filter_ is None:
        return []
    return [_describe(part) for part in filter_.parts] if isinstance(filter_, Junction) else [_describe(filter_)]


def _describe(filter_: Filter) -> dict[str, Any]:
    if isinstance(filter_, Junction):
        return {filter_.kind: [_describe(part) for part in filter_.parts]}
    return {"dimension": filter_.dimension, "operator": filter_.operator, "value": list(filter_.values)}
