"""Joins the conditions of a caller and a query, and describes them to a client."""

from typing import Any

from common.filters.conditions import Filter, Junction, OfVisit


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
    if isinstance(filter_, OfVisit):
        return {"visit": "has" if filter_.has else "has_not", "filters": describe_filters(filter_.filter)}
    if isinstance(filter_, Junction):
        return {filter_.kind: [_describe(part) for part in filter_.parts]}
    return {"dimension": filter_.dimension, "operator": filter_.operator, "value": list(filter_.values)}
