"""The order of a breakdown's rows as SQL. It sorts by the same figures that metrics.py answers with."""

from common.postgres.sql import fill
from functions.stats.estimator.formulas import Expression, estimate_by_ratio, estimate_by_regression
from functions.stats.estimator.imported_share import RATES, ImportedShare
from functions.stats.estimator.imported_sums import weigh_count, weigh_rate
from functions.stats.estimator.plan import Plan
from functions.stats.query.model import Query
from functions.stats.query.names import COUNTS

# half to even, as the answer rounds: what looks equal is sorted as equal
_HUNDREDTHS = (
    "({n}) / nullif({d}, 0) + case when 2 * (({n}) % nullif({d}, 0)) > {d}"
    " or (2 * (({n}) % nullif({d}, 0)) = {d} and (({n}) / nullif({d}, 0)) % 2 = 1) then 1 else 0 end"
)
_RATES = {
    "bounce_rate": ("10000 * bounces", "visits"),
    "visit_duration": ("duration_ms", "(10 * visits)"),
    "views_per_visit": ("100 * page_views", "visits"),
    "engaged_time": ("coalesce(engaged_ms, 0)", "(case when reports > 0 then 10 * visits end)"),
    "scroll_depth": ("100 * coalesce(scrolled, 0)", "engaged_views"),
}

_MIXED = {
    "bounce_rate": ("bounces", "visits", 10_000),
    "visit_duration": ("duration_ms", "visits", 0.1),
    "views_per_visit": ("page_views", "visits", 100),
    "engaged_time": ("engaged_ms", "visits", 0.1),
    "scroll_depth": ("scrolled", "engaged_views", 100),
}
"""What is divided by what, and how many hundredths one is."""


def write_order(query: Query, plan: Plan, imported: ImportedShare | None = None) -> str:
    """Of a summary there is one row, and those of a time series come by the bucket."""
    if query.kind != "breakdown":
        return "value"
    direction = "desc" if query.sort.is_descending else "asc"
    return f'{_weigh_all(query.sort.metric, plan, imported)} {direction} nulls last, value collate "C"'


def _weigh_all(metric: str, plan: Plan, imported: ImportedShare | None) -> str:
    if imported is None:
        return _weigh(metric, plan)
    if metric in COUNTS:
        return weigh_count(metric, _weigh(metric, plan), imported)
    if metric not in RATES or metric not in imported.metrics:
        return _weigh(metric, plan)
    of, by = weigh_rate(metric, imported)
    return fill(_HUNDREDTHS, n=of, d=by)


def _weigh(metric: str, plan: Plan) -> str:
    if metric == "visitors":
        return _weigh_visitors(plan)
    if metric in _RATES:
        return _weigh_mixed_rate(metric, plan) if plan.adds_inner else _weigh_rate(metric, plan)
    if plan.control is None or metric in plan.exact:
        return metric
    estimated = f"coalesce(round({_estimate(metric).text}), 0)"
    return f"{estimated} + {metric}_known" if plan.adds_inner else estimated


def _estimate(measure: str) -> Expression:
    """As estimates.estimate_sum, without its bounds."""
    y, x, total = (Expression.of(f"{measure}{suffix}") for suffix in ("", "_x", "_total"))
    return estimate_by_ratio(y, x, total)


def _weigh_rate(metric: str, plan: Plan) -> str:
    n, d = _RATES[metric]
    if metric == "engaged_time" and plan.is_of_pages:
        d = "(10 * engaged_views)"
    if metric == "views_per_visit" and "page_views" in plan.exact and "visits" not in plan.exact:
        return f"page_views / nullif(coalesce(round({_estimate('visits').text}), 0), 0)"
    return fill(_HUNDREDTHS, n=n, d=d)


def _weigh_mixed_rate(metric: str, plan: Plan) -> str:
    """As estimates.mix, without its bounds."""
    y, x, hundredths = _MIXED[metric]
    if metric == "engaged_time" and plan.is_of_pages:
        x = "engaged_views"
    rest = Expression(f"coalesce({_estimate(x).text}, 0)")
    drawn = Expression(f"coalesce({(Expression.of(y) / Expression.of(x)).text}, 0)")
    ratio = (Expression.of(f"{y}_known") + drawn * rest) / (Expression.of(f"{x}_known") + rest)
    rounded = f"round({(ratio * hundredths).text})"
    return f"case when reports + reports_known > 0 then {rounded} end" if metric == "engaged_time" else rounded


def _weigh_visitors(plan: Plan) -> str:
    if plan.has_exact_visitors:
        return "visitor_days"
    if not (plan.sums_days and plan.is_sample):
        return "coalesce(visitors, 0)"
    names = ("visitors", "visitors_x", "visitors_xx", "visitor_days", ":rate")
    estimate = estimate_by_regression(*(Expression.of(name) for name in names)).text
    # as estimates.estimate_visitors_of_days: between the average day and all days
    least = "ceil(visitor_days / cast(:days as double precision))"
    return f"round(coalesce(least(visitor_days, greatest({least}, {estimate})), visitor_days))"
