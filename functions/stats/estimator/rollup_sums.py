"""The SQL that sums what is kept of a query's figures, with the edges of its range from events."""

from functions.stats.estimator.expressions import Parameters, fill, write_column, write_filter
from functions.stats.estimator.fragments import texts
from functions.stats.estimator.plan import Plan
from functions.stats.estimator.rollups import find_kept, is_of_events, passes_absent
from functions.stats.query.model import Query

BOUNDS = "cast(:bounds as timestamptz[])"
"""Where the buckets begin: a parameter."""


def write_kept(query: Query, plan: Plan, parameters: Parameters) -> str:
    """Kept by the value, the bucket or neither: page views to visitor_days. `query`: of which the figures are kept."""
    if plan.kept == "rollups":
        parts = [_sum_rollups(query, parameters)]
    else:
        parts = [fill(texts.SUM_QUARTERS, group=_group(query, f"width_bucket(at, {BOUNDS})"))]
    if plan.has_edges:
        parts.append(_sum_edges(query, parameters))
    return fill(texts.SUM_PARTS, parts="\nunion all\n".join(parts))


def _sum_rollups(query: Query, parameters: Parameters) -> str:
    parameters["kept_dimension"] = find_kept(query)
    group = _group(query, "width_bucket(date, cast(:bound_days as date[]))")
    rollups = fill(texts.SUM_ROLLUPS, group=group)
    if query.filters is None:
        return fill(rollups, dimension=":kept_dimension", held="")
    passing = write_filter(query.filters, "kept", parameters)
    if query.kind == "breakdown" or not passes_absent(query.filters):
        return fill(rollups, dimension=":kept_dimension", held=f"and {passing}")
    # what has no value is not kept by value: all, less those whose value does not pass
    whole = fill(rollups, dimension="''", held="")
    failing = fill(rollups, dimension=":kept_dimension", held=f"and not {passing}")
    return f"{whole}\nunion all\n" + fill(texts.SUBTRACT, parts=failing)


def _sum_edges(query: Query, parameters: Parameters) -> str:
    text = texts.SUM_EVENT_EDGES if is_of_events(query) else texts.SUM_EDGES
    conditions = "" if query.filters is None else "and " + write_filter(query.filters, "events", parameters)
    if query.kind == "breakdown":
        group = write_column(query.dimension, "events", parameters)
    else:
        group = _group(query, f'width_bucket(event."timestamp", {BOUNDS})')
    return fill(text, group=group, conditions=conditions)


def _group(query: Query, bucket: str) -> str:
    if query.kind == "timeseries":
        return bucket
    return "value" if query.kind == "breakdown" else "cast('' as text)"
