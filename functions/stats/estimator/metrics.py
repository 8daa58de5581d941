"""From counts to the metrics of an answer; rounded half to even, from whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, inf
from typing import Any

from functions.stats.estimator.estimates import (
    Estimate,
    Part,
    divide,
    estimate_count,
    estimate_distinct,
    estimate_part,
    estimate_visitors,
    narrow,
)
from functions.stats.estimator.plan import Plan
from functions.stats.estimator.rollups import is_of_events
from functions.stats.query.names import COUNTS, RATES

Values = dict[str, Any]

_TYPICAL_MS = 600_000
"""What a visit that a sample missed may well last."""
_NOTHING = (0.0,) * 23


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
    """As sum_products.sql and sum_control_products.sql have them; or the sum of what is known, and of its squares."""
    known: Sequence[int] | None = None
    """Page views, events, visits, bounces and milliseconds of all, of what is kept."""


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
    return tuple(measure(Counts(known=(0,) * 5), metrics, plan, 1, 1).errors)


def measure(counts: Counts, metrics: Sequence[str], plan: Plan, days: int, most_visits: int) -> Row:
    """The metrics of a row. `days`: how many local days it is about, where the sum of their visitors is known."""
    estimates: dict[str, Estimate] = {}
    if plan.drawn is not None:
        if plan.role == "figures":
            estimates = {"visitors": _estimate_visitors(counts, plan.share, days, most_visits)}
        else:
            estimates = _estimate_all(counts, plan)
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
            if plan.drawn is not None and plan.role != "figures" and name in RATES:
                errors[name] = None  # of no visit that was drawn: nobody knows
    return Row(counts.value, values, errors)


def _count(counts: Counts, plan: Plan) -> Values:
    return {
        "visitors": counts.visitor_days if plan.has_exact_visitors else counts.visitors or 0,
        "visits": counts.visits,
        "page_views": counts.page_views,
        "events": counts.events,
        "bounce_rate": _divide(100 * counts.bounces, counts.visits),
        "visit_duration": _divide(counts.duration_ms, 1000 * counts.visits),
        "views_per_visit": _divide(counts.page_views, counts.visits),
        "revenue": {},
    }


def _estimate_visitors(counts: Counts, share: float, days: int, most_visits: int) -> Estimate:
    visitors, products = counts.visitors or 0, counts.products or (0, 0)
    if days:
        return estimate_distinct(counts.visitor_days, days, visitors, (products[0], products[1]), share)
    return estimate_visitors(counts.visits, visitors, (products[0], products[1]), share, most_visits)


def _estimate_all(counts: Counts, plan: Plan) -> dict[str, Estimate]:
    share, visitors = plan.share, counts.visitors or 0
    parts, known = _list_parts(counts), _list_known(counts, plan)
    views, events, visits, bounces, durations = (
        estimate_part(part, sum_, share) for part, sum_ in zip(parts, known, strict=True)
    )
    estimates = {"visits": visits}
    if not plan.has_exact_visitors:
        estimates["visitors"] = estimate_count(visitors, share)
    if plan.role == "views":
        views = Estimate.around(counts.page_views, 0)
    else:
        estimates |= {"page_views": views, "events": events}
    if counts.visits:
        products = counts.products or _NOTHING
        visit = parts[2]

        def rate(y: Estimate, part: Part, scale: float) -> Estimate:
            return narrow(divide(y, visits, part.y / visit.y), y, visits, part, visitors, scale, share)

        bounce_rate = rate(bounces, _cross(parts[3], visit, products[4]), 1)
        estimates["bounce_rate"] = _scale(bounce_rate, 100, most=100)
        estimates["visit_duration"] = _scale(
            rate(durations, _cross(parts[4], visit, products[6]), _TYPICAL_MS), 1 / 1000
        )
        if plan.role == "views":
            estimates["views_per_visit"] = divide(views, visits, views.value / visits.value)
        else:
            depth = max(1, counts.page_views / counts.visits)
            estimates["views_per_visit"] = rate(views, _cross(parts[0], visit, products[7]), depth)
    return estimates


def _list_parts(counts: Counts) -> list[Part]:
    """What was drawn of page views, events, visits, bounces and milliseconds, each with what is known of all."""
    products = [*(counts.products or ()), *_NOTHING][:23]
    counted = (counts.page_views, counts.events, counts.visits, counts.bounces, counts.duration_ms)
    squares = (*products[:4], products[5])
    known, known_squares, crossed = products[8:13], products[13:18], products[18:23]
    return [Part(*sums) for sums in zip(counted, known, squares, known_squares, crossed, strict=True)]


def _list_known(counts: Counts, plan: Plan) -> Sequence[float]:
    """How many there are of what is known of all; infinite where nothing is."""
    if plan.control is None:
        return (inf,) * 5
    known = counts.known or (0,) * 5
    if is_of_events(plan.control):  # of a visit, or a bounce, an event at least; how long it lasted nobody knows
        return (known[0], known[1], known[1], known[1], inf)
    return known


def _cross(y: Part, x: Part, crossed: float) -> Part:
    return Part(y.y, x.y, y.yy, x.yy, crossed)


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


def change(before: Values, after: Values) -> Values:
    """By how many percent each figure has changed; null from nothing."""
    return {name: _change(before[name], after[name]) for name in after if name != "revenue"}


def _change(before: float | None, after: float | None) -> float | None:
    if not before or after is None:
        return None
    earlier, later = Fraction(str(before)), Fraction(str(after))
    return float(round(100 * (later - earlier) / earlier, 2))
