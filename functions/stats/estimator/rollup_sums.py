"""The SQL that sums a rollup over a query's range. What lies at the edges of the range is summed from events."""

from common.postgres.sql import fill
from functions.stats.estimator.expressions import Parameters, write_column, write_filter
from functions.stats.estimator.fragments import texts
from functions.stats.estimator.plan import Plan
from functions.stats.estimator.rollups import find_rollup, is_of_events, passes_absent
from functions.stats.query.model import Query

BOUNDS = "cast(:bounds as timestamptz[])"
"""Where the buckets begin: a parameter."""


def write_rollup(query: Query, plan: Plan, parameters: Parameters) -> list[str]:
    """The table `rollup`: by the value, the bucket or neither, every measure and visitor_days.

    Where the plan adds what lies between the edges, that is `inner_days`, and `rollup` has the days of the edges.
    """
    if plan.adds_inner:
        inner = fill(texts.SUM_PARTS, name="inner_days", parts=_sum_days(query, parameters, texts.SUM_ROLLUPS))
        edges = fill(texts.SUM_PARTS, name="rollup", parts=_sum_days(query, parameters, texts.SUM_EDGE_DAYS))
        return [inner, edges]
    if plan.rollup == "days":
        parts = [_sum_days(query, parameters, texts.SUM_ROLLUPS)]
    else:
        parts = [fill(texts.SUM_QUARTERS, group=_group(query, f"width_bucket(at, {BOUNDS})"))]
    if plan.has_edges:
        parts.append(_sum_edges(query, parameters))
    return [fill(texts.SUM_PARTS, name="rollup", parts="\nunion all\n".join(parts))]


def _sum_days(query: Query, parameters: Parameters, text: str) -> str:
    parameters["rolled_up"] = find_rollup(query)
    group = _group(query, "width_bucket(date, cast(:bound_days as date[]))")
    rollups = fill(text, group=group)
    if query.filters is None:
        return fill(rollups, dimension=":rolled_up", restriction="")
    passing = write_filter(query.filters, "rollup", parameters)
    if query.kind == "breakdown" or not passes_absent(query.filters):
        return fill(rollups, dimension=":rolled_up", restriction=f"and {passing}")
    # no rollup by value has what has no value: all, less those whose value does not pass
    whole = fill(rollups, dimension="''", restriction="")
    failing = fill(rollups, dimension=":rolled_up", restriction=f"and not {passing}")
    return f"{whole}\nunion all\n" + fill(texts.SUBTRACT, parts=failing)


def _sum_edges(query: Query, parameters: Parameters) -> str:
    text = texts.SUM_EVENT_EDGES if is_of_events(query) else texts.SUM_EDGES
    conditions = "" if query.filters is None else "and " + write_filter(query.filters, "events", parameters)
    if query.kind == "breakdown":
        group = write_column(query.dimension, "events", parameters)
    else:
        group = _group(query, f'width_bucket(event."timestamp", {BOUNDS})')
    return fill(text, edges=texts.EDGES, group=group, conditions=conditions)


def _group(query: Query, bucket: str) -> str:
    if query.kind == "timeseries":
        return bucket
    return "value" if query.kind == "breakdown" else "cast('' as text)"
