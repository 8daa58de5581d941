"""From counts to the metrics of an answer; rounded half to even, from whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf
from typing import Any

from functions.stats.estimator.columns import Counts
from functions.stats.estimator.estimates import (
    Estimate,
    divide,
    estimate_count,
    estimate_sum,
    estimate_visitors,
    estimate_visitors_of_days,
    narrow,
)
from functions.stats.estimator.plan import MEASURES, Plan
from functions.stats.query.names import COUNTS, RATES

Values = dict[str, Any]

_TYPICAL_MS = 600_000
"""What a visit that a sample missed may well last."""


@dataclass(frozen=True)
class Row:
    """A row of an answer, and the errors of what is estimated in it."""

    value: Any
    metrics: Values
    errors: Values


@dataclass(frozen=True)
class Answered:
    """The rows of a query, how many there are in all, whether nothing is estimated, else which metrics are.

    These may be none: then the rows alone are those of which somebody was drawn.
    """

    rows: list[Row]
    total: int
    is_exact: bool
    estimated: tuple[str, ...] = ()


def list_estimated(metrics: Sequence[str], plan: Plan) -> tuple[str, ...]:
    """The metrics that the plan estimates."""
    return tuple(measure(Counts(), metrics, plan, 1, 1).errors)


def measure(counts: Counts, metrics: Sequence[str], plan: Plan, days: int, most_visits: int) -> Row:
    """The metrics of a row.

    `days`: how many local days it is about, where the sum of their visitors is known, else 0. `most_visits`: how many
    visits one visitor may begin in it.
    """
    estimates = _estimate(counts, plan, days, most_visits) if plan.is_sample else {}
    exact = _count(counts, plan)
    values: Values = {}
    errors: Values = {}
    for name in metrics:
        if name in estimates:
            places = 0 if name in COUNTS else 2
            values[name] = _round(estimates[name].value, places)
            errors[name] = _round_up(estimates[name].error, places)
        else:
            values[name] = exact[name]
            if name in RATES and plan.is_sample and not plan.is_all_exact:
                errors[name] = None  # of no visit that was drawn: nobody knows
    return Row(counts.value, values, errors)


def _count(counts: Counts, plan: Plan) -> Values:
    visits = counts.count("visits")
    return {
        "visitors": counts.count("visitor_days" if plan.has_exact_visitors else "visitors"),
        "visits": visits,
        "page_views": counts.count("page_views"),
        "events": counts.count("events"),
        "bounce_rate": _divide(100 * counts.count("bounces"), visits),
        "visit_duration": _divide(counts.count("duration_ms"), 1000 * visits),
        "views_per_visit": _divide(counts.count("page_views"), visits),
        "revenue": {},
    }


def _estimate(counts: Counts, plan: Plan, days: int, most_visits: int) -> dict[str, Estimate]:
    """What the sample says, by metric."""
    if plan.is_all_exact:
        return {"visitors": _estimate_visitors(counts, plan.rate, days, most_visits)}
    sums = {name: estimate_sum(counts.moments(name), counts.total(name, plan), plan.rate) for name in MEASURES}
    estimates = {name: sums[name] for name in ("visits", "page_views", "events") if name not in plan.exact}
    if not plan.has_exact_visitors:
        estimates["visitors"] = estimate_count(counts.count("visitors"), plan.rate)
    if counts.count("visits"):
        estimates |= _estimate_rates(counts, plan, sums)
    return estimates


def _estimate_visitors(counts: Counts, rate: float, days: int, most_visits: int) -> Estimate:
    moments = counts.visitor_moments()
    if days:
        return estimate_visitors_of_days(moments, counts.count("visitor_days"), days, rate)
    return estimate_visitors(moments, counts.count("visits"), most_visits, rate)


def _estimate_rates(counts: Counts, plan: Plan, sums: dict[str, Estimate]) -> dict[str, Estimate]:
    """The ratios of sums and visits."""
    visits, drawn = sums["visits"], counts.count("visits")

    def estimate(measure: str, scale: float) -> Estimate:
        y, moments = sums[measure], counts.moments_by_visits(measure)
        widest = divide(y, visits, moments.y / moments.x)
        return narrow(widest, y, visits, moments, counts.count("visitors"), scale, plan.rate)

    if "page_views" in plan.exact:
        views = Estimate.around(counts.count("page_views"), 0)
        views_per_visit = divide(views, visits, views.value / visits.value)
    else:
        views_per_visit = estimate("page_views", max(1, counts.count("page_views") / drawn))
    return {
        "bounce_rate": _scale(estimate("bounces", 1), 100, most=100),
        "visit_duration": _scale(estimate("duration_ms", _TYPICAL_MS), 1 / 1000),
        "views_per_visit": views_per_visit,
    }


def _scale(estimate: Estimate, by: float, most: float = inf) -> Estimate:
    return Estimate(estimate.value * by, max(0.0, estimate.low * by), min(most, estimate.high * by))


def _divide(whole: int, parts: int) -> float | None:
    return float(round(Fraction(whole, parts), 2)) if parts else None


def _round(value: float, places: int) -> float | int:
    return round(value, places) if places else round(value)


def _round_up(value: float, places: int) -> float | int | None:
    if value == inf:
        return None
    scale: int = 10**places
    return ceil(value * scale) / scale if places else ceil(value)
