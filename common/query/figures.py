"""From counts to the metrics of an answer; rounded half to even, from whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from common.query.estimates import Estimate, estimate_distinct, estimate_ratio, estimate_sum
from common.query.names import RATES
from common.query.plan import POPULATION, Plan

Values = dict[str, Any]

_TYPICAL_MS = 600_000
"""What a visit that a sample missed may well last."""


@dataclass(frozen=True)
class Counts:
    """A row as it was read: of all events, or (save what is kept) of those drawn."""

    value: Any = ""
    page_views: int = 0
    events: int = 0
    visits: int = 0
    bounces: int = 0
    duration_ms: int = 0
    visitor_days: int = 0
    visitors: int | None = None
    products: Sequence[float] | None = None


@dataclass(frozen=True)
class Row:
    """A row of an answer, and the errors of what is estimated in it."""

    value: Any
    metrics: Values
    errors: Values


@dataclass(frozen=True)
class Answered:
    """The rows of a query, how many there are in all, and whether none of them is estimated."""

    rows: list[Row]
    total: int
    is_exact: bool


def measure(counts: Counts, metrics: Sequence[str], plan: Plan, days: int) -> Row:
    """The metrics of a row. `days`: how many local days it is about, where the sum of their visitors is known."""
    estimates: dict[str, Estimate] = {}
    if plan.drawn is not None:
        share = plan.drawn / POPULATION
        estimates = _estimate_visitors(counts, share, days) if plan.kept else _estimate_all(counts, share)
    exact = _count(counts, plan)
    values: Values = {}
    errors: Values = {}
    for name in metrics:
        if name not in estimates:
            values[name] = exact[name]
            if plan.drawn is not None and not plan.kept and name in RATES:
                errors[name] = None  # of no visit that was drawn: nobody knows
            continue
        places = 0 if name in ("visitors", "visits", "page_views", "events") else 2
        values[name] = _round(estimates[name].value, places)
        errors[name] = _round_up(estimates[name].error, places)
    return Row(counts.value, values, errors)


def _count(counts: Counts, plan: Plan) -> Values:
    visitors = counts.visitors or 0
    return {
        "visitors": visitors if plan.rows else counts.visitor_days,
        "visits": counts.visits,
        "page_views": counts.page_views,
        "events": counts.events,
        "bounce_rate": _divide(100 * counts.bounces, counts.visits),
        "visit_duration": _divide(counts.duration_ms, 1000 * counts.visits),
        "views_per_visit": _divide(counts.page_views, counts.visits),
        "revenue": {},
    }


def _estimate_visitors(counts: Counts, share: float, days: int) -> dict[str, Estimate]:
    visitors, products = counts.visitors or 0, counts.products or (0, 0)
    if days:
        return {"visitors": estimate_distinct(counts.visitor_days, days, visitors, (products[0], products[1]), share)}
    return {"visitors": estimate_sum(visitors, visitors, visitors, share)}


def _estimate_all(counts: Counts, share: float) -> dict[str, Estimate]:
    visitors = counts.visitors or 0
    views, events, visits, bounces, bounces_visits, durations, durations_visits, views_visits = (
        counts.products or (0.0,) * 8
    )
    estimates = {
        "visitors": estimate_sum(visitors, visitors, visitors, share),
        "visits": estimate_sum(counts.visits, visits, visitors, share),
        "page_views": estimate_sum(counts.page_views, views, visitors, share),
        "events": estimate_sum(counts.events, events, visitors, share),
    }
    if counts.visits:
        rate, length, depth = (
            estimate_ratio((total, counts.visits), (squares, crossed, visits), visitors, scale)
            for total, squares, crossed, scale in (
                (counts.bounces, bounces, bounces_visits, 1),
                (counts.duration_ms, durations, durations_visits, _TYPICAL_MS),
                (counts.page_views, views, views_visits, max(1, counts.page_views / counts.visits)),
            )
        )
        estimates["bounce_rate"] = Estimate(100 * rate.value, min(100.0, 100 * rate.error))
        estimates["visit_duration"] = Estimate(length.value / 1000, length.error / 1000)
        estimates["views_per_visit"] = depth
    return estimates


def _divide(whole: int, parts: int) -> float | None:
    return float(round(Fraction(whole, parts), 2)) if parts else None


def _round(value: float, places: int) -> float | int:
    return round(value, places) if places else round(value)


def _round_up(value: float, places: int) -> float | int:
    scale: int = 10**places
    return ceil(value * scale) / scale if places else ceil(value)


def change(before: Values, after: Values) -> Values:
    """By how many percent each figure has changed; null from nothing."""
    return {name: _change(before[name], after[name]) for name in after if name != "revenue"}


def _change(before: float | None, after: float | None) -> float | None:
    if not before or after is None:
        return None
    earlier, later = Fraction(str(before)), Fraction(str(after))
    return float(round(100 * (later - earlier) / earlier, 2))
