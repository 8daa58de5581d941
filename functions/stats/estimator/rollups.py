"""Decides which queries the rollups answer, and which rollups give the others the totals of their control variates.

Rollups are sums that were made as events arrived: by dimension, value and local day (`rollups`), and for the whole site
by quarter hour (`quarter_stats`).
"""

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from common.filters import words
from common.filters.conditions import Condition, Filter, Junction, list_conditions, list_of_visit
from functions.stats.estimator.days import HALF_HOUR, is_by_days, shortest_window
from functions.stats.query import names
from functions.stats.query.model import Query


def find_rollup(query: Query) -> str | None:
    """The dimension of the rollup that has a query's figures: that of the whole site is ''; None: there is none.

    Filters may be about that one dimension only: a value of it passes, or does not.
    """
    if any(list_of_visit(query.filters)):
        return None
    filtered = {condition.dimension for condition in list_conditions(query.filters)}
    if query.kind == "breakdown":
        return query.dimension if filtered <= {query.dimension} else None
    if not filtered:
        return ""
    return filtered.pop() if len(filtered) == 1 else None


def is_rolled_up(query: Query, own_zone: ZoneInfo) -> bool:
    """Whether a rollup has its page views and events, and what else there is of its dimension."""
    dimension = find_rollup(query)
    if dimension is None:
        return False
    if words.is_visit_dimension(dimension) and shortest_window(query) < HALF_HOUR:
        return False  # who was there is not to be seen from the visits
    if query.kind != "timeseries" or query.filters is None:
        return True
    if not is_by_days(query, own_zone):
        return False  # by the quarter hour only the whole site is
    # all values of all days are many, and only equal ones are found by the index
    return all(condition.operator in ("is", "is_not") for condition in list_conditions(query.filters))


def is_of_events(query: Query) -> bool:
    """Whether its rollup is of a dimension that events have of their own: it has no visits."""
    dimension = find_rollup(query) or ""
    return dimension != "" and not words.is_visit_dimension(dimension)


def asks_of_visits(query: Query) -> bool:
    """Whether it asks for figures of visits."""
    needs_visits = bool(set(query.metrics) & set(names.VISIT_METRICS))
    return needs_visits or ("engaged_time" in query.metrics and not asks_of_pages(query))


def asks_of_pages(query: Query) -> bool:
    """Whether it is about what single events have: then engaged time is that of a page view, else of a visit."""
    named = [condition.dimension for condition in list_conditions(query.filters)]
    if query.kind == "breakdown":
        named.append(query.dimension)
    return not all(map(words.is_visit_dimension, named))


def has_one_value(query: Query) -> bool:
    """Whether each row is about the whole site or one value: only then the days' visitors may be added up."""
    conditions = list(list_conditions(query.filters))
    if query.kind == "breakdown" or not conditions:
        return True
    return len(conditions) == 1 and conditions[0].operator == "is" and len(conditions[0].values) == 1


def passes_absent(filter_: Filter) -> bool:
    """Whether what has no value passes."""
    if isinstance(filter_, Junction):
        return {"and": all, "or": any}[filter_.kind](passes_absent(part) for part in filter_.parts)
    return isinstance(filter_, Condition) and filter_.operator in ("is_not", "not_contains")


def list_controls(query: Query, own_zone: ZoneInfo) -> list[Query]:
    """Queries that rollups answer, and of which each counts everything that this one counts: its figures are totals.

    Of a breakdown the one without filters (save those of its own dimension), else that, and one for each dimension
    of which some conditions must hold. None counts what the caller may not see: a bound would tell of it.
    """
    filters = list(_split_by_dimension(query.filters))
    if query.kind == "breakdown":
        own = [filter_ for dimension, filter_ in filters if dimension == query.dimension]
        controls = [replace(query, filters=own[0] if own else None)]
    else:
        controls = [
            replace(query, filters=filter_)
            for dimension, filter_ in filters
            if words.is_visit_dimension(dimension) or not asks_of_visits(query)
        ]
        controls.append(replace(query, filters=None))
    shown = set(_list_parts(query.shown))
    return [one for one in controls if shown <= set(_list_parts(one.filters)) and is_rolled_up(one, own_zone)]


def _list_parts(filter_: Filter | None) -> Iterator[Filter]:
    """What must hold, each by itself."""
    if isinstance(filter_, Junction) and filter_.kind == "and":
        for part in filter_.parts:
            yield from _list_parts(part)
    elif filter_ is not None:
        yield filter_


def _split_by_dimension(filter_: Filter | None) -> Iterator[tuple[str, Filter]]:
    """What must hold of each single dimension."""
    parts = filter_.parts if isinstance(filter_, Junction) and filter_.kind == "and" else (filter_,)
    by_dimension: dict[str, list[Filter]] = {}
    for part in parts:
        dimensions = {condition.dimension for condition in list_conditions(part)}
        if part is not None and len(dimensions) == 1 and not any(list_of_visit(part)):
            by_dimension.setdefault(dimensions.pop(), []).append(part)
    for dimension, found in by_dimension.items():
        yield dimension, Junction("and", tuple(found))
