"""Turns counts into the metrics of an answer. They are computed from whole numbers and rounded half to even."""

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
    mix,
    narrow,
)
from functions.stats.estimator.imported_share import ImportedShare
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
    imported: ImportedShare | None = None
    """What of the query imports of totals could answer; None: they have nothing of its days."""


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
            errors[name] = _round_up(estimates[name].error_of(values[name]), places)
        else:
            values[name] = exact[name]
            if name in RATES and plan.is_sample and not _is_exact(name, plan):
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
        "engaged_time": _divide(counts.count("engaged_ms"), 1000 * _count_engaged(counts, plan)),
        "scroll_depth": _divide(counts.count("scrolled"), counts.count("engaged_views")),
        "revenue": {},
    }


def _is_exact(rate: str, plan: Plan) -> bool:
    """Whether both sums of a ratio are the rollup's."""
    of_views = rate == "scroll_depth" or (rate == "engaged_time" and plan.is_of_pages)
    return plan.is_all_exact or (of_views and "engaged_views" in plan.exact)


def _engaged_by(plan: Plan) -> str:
    """What engaged time is divided by."""
    return "engaged_views" if plan.is_of_pages else "visits"


def _count_engaged(counts: Counts, plan: Plan) -> int:
    """How many: none where no page reported anything, for then nobody knows."""
    by = _engaged_by(plan)
    return counts.count(by) + counts.known(by) if counts.count("reports") + counts.known("reports") else 0


def _estimate(counts: Counts, plan: Plan, days: int, most_visits: int) -> dict[str, Estimate]:
    """What the sample says, by metric."""
    if plan.is_all_exact:
        return {"visitors": _estimate_visitors(counts, plan.rate, days, most_visits)}
    sums = {name: estimate_sum(counts.moments(name), counts.total(name, plan), plan.rate) for name in MEASURES}
    counted = (name for name in ("visits", "page_views", "events") if name not in plan.exact)
    estimates = {name: sums[name].plus(counts.known(name)) for name in counted}
    if not plan.has_exact_visitors:
        estimates["visitors"] = estimate_count(counts.count("visitors"), plan.rate)
    return estimates | _estimate_rates(counts, plan, sums)


def _estimate_visitors(counts: Counts, rate: float, days: int, most_visits: int) -> Estimate:
    moments = counts.visitor_moments()
    if days:
        return estimate_visitors_of_days(moments, counts.count("visitor_days"), days, rate)
    return estimate_visitors(moments, counts.count("visits"), most_visits, rate)


def _estimate_rates(counts: Counts, plan: Plan, sums: dict[str, Estimate]) -> dict[str, Estimate]:
    """The ratios of sums, as far as something was drawn, or is known, of what they are divided by."""

    def estimate(measure: str, by: str, typical: float) -> Estimate:
        y, x, moments = sums[measure], sums[by], counts.moments_of_ratio(measure, by)
        known_y, known_x = counts.known(measure), counts.known(by)
        if not moments.x:
            return divide(y.plus(known_y), x.plus(known_x), known_y / known_x)
        widest = divide(y, x, moments.y / moments.x)
        closer = narrow(widest, y, x, moments, counts.count("visitors"), typical, plan.rate)
        return mix(closer, x, known_y, known_x) if known_x or known_y else closer

    rates = {}
    if visits := counts.count("visits") + counts.known("visits"):
        rates["bounce_rate"] = _scale(estimate("bounces", "visits", 1), 100, most=100)
        rates["visit_duration"] = _scale(estimate("duration_ms", "visits", _TYPICAL_MS), 1 / 1000)
        if "page_views" in plan.exact:
            exact = Estimate.around(counts.count("page_views"), 0)
            rates["views_per_visit"] = divide(exact, sums["visits"], exact.value / sums["visits"].value)
        else:
            views = counts.count("page_views") + counts.known("page_views")
            rates["views_per_visit"] = estimate("page_views", "visits", max(1, views / visits))
    if _count_engaged(counts, plan) and not _is_exact("engaged_time", plan):
        rates["engaged_time"] = _scale(estimate("engaged_ms", _engaged_by(plan), _TYPICAL_MS), 1 / 1000)
    if counts.count("engaged_views") + counts.known("engaged_views") and not _is_exact("scroll_depth", plan):
        rates["scroll_depth"] = estimate("scrolled", "engaged_views", 100)
    return rates


def _scale(estimate: Estimate, by: float, most: float = inf) -> Estimate:
    return Estimate(estimate.value * by, max(0.0, estimate.low * by), min(most, estimate.high * by))


def scale_rate(metric: str) -> Fraction:
    """By what the ratio of two sums is multiplied."""
    return {"bounce_rate": Fraction(100), "visit_duration": Fraction(1, 1000)}.get(metric, Fraction(1))


def _divide(whole: int, parts: int) -> float | None:
    return float(round(Fraction(whole, parts), 2)) if parts else None


def _round(value: float, places: int) -> float | int:
    return round(value, places) if places else round(value)


def _round_up(value: float, places: int) -> float | int | None:
    if value == inf:
        return None
    scale: int = 10**places
    return ceil(value * scale) / scale if places else ceil(value)
