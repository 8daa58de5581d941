"""By what the rows of a breakdown come, as SQL."""

from functions.stats.estimator.expressions import fill
from functions.stats.estimator.plan import Plan
from functions.stats.query.model import Query

# half to even, as the answer rounds: what looks equal is sorted as equal
_HUNDREDTHS = (
    "({n}) / nullif({d}, 0) + case when 2 * (({n}) % nullif({d}, 0)) > {d}"
    " or (2 * (({n}) % nullif({d}, 0)) = {d} and (({n}) / nullif({d}, 0)) % 2 = 1) then 1 else 0 end"
)
# as estimates.estimate_distinct has it
_DISTINCT = (
    "round(coalesce(least(visitor_days, greatest(ceil(visitor_days / cast(:days as double precision)),"
    " visitors / cast(:share as double precision) + products[1] / (products[2] * (1 + 8.0 / visitors))"
    " * (visitor_days - products[1] / cast(:share as double precision)))), visitor_days))"
)
# as estimates.estimate_part has it
_PART = "coalesce(round(cast(known[{number}] as double precision) * {metric} / nullif(products[{sum}], 0)), 0)"
_RATES = {
    "bounce_rate": ("10000 * bounces", "visits"),
    "visit_duration": ("duration_ms", "(10 * visits)"),
    "views_per_visit": ("100 * page_views", "visits"),
}
_PARTS = {
    "page_views": fill(_PART, metric="page_views", number="1", sum="9"),
    "events": fill(_PART, metric="events", number="2", sum="10"),
    "visits": fill(_PART, metric="visits", number="3", sum="11"),
}


def write_order(query: Query, plan: Plan) -> str:
    """Of a summary there is one row, and those of a time series come by the bucket."""
    if query.kind != "breakdown":
        return "value"
    direction = "desc" if query.sort.is_descending else "asc"
    return f'{_weigh(query.sort.metric, plan)} {direction} nulls last, value collate "C"'


def _weigh(metric: str, plan: Plan) -> str:
    if metric == "visitors":
        return _weigh_visitors(plan)
    is_part = plan.role == "control" or (plan.role == "views" and metric == "visits")
    if metric in _PARTS:
        return _PARTS[metric] if is_part else metric
    if plan.role == "views" and metric == "views_per_visit":
        return f"page_views / nullif({_PARTS['visits']}, 0)"
    n, d = _RATES[metric]
    return fill(_HUNDREDTHS, n=n, d=d)


def _weigh_visitors(plan: Plan) -> str:
    if plan.has_exact_visitors:
        return "visitor_days"
    if plan.counts_days and plan.drawn is not None:
        return _DISTINCT
    return "coalesce(visitors, 0)"
