"""How a query is answered: from what is kept by day or quarter hour, from rows, from all of them or a sample."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from functions.stats.estimator.days import (
    ONE_DAY,
    Days,
    inner_days,
    is_by_days,
    row_bounds,
    shortest_window,
    touched_days,
)
from functions.stats.estimator.rollups import (
    HALF_HOUR,
    asks_of_visits,
    has_one_value,
    is_kept,
    is_of_events,
    list_controls,
)
from functions.stats.query import names
from functions.stats.query.filters import list_conditions
from functions.stats.query.model import Query
from functions.stats.query.zones import local_day

POPULATION = 1 << 20
"""A visitor's sample number is drawn from so many."""
_QUARTER = timedelta(minutes=15)

Kept = Literal["", "rollups", "quarters"]
Rows = Literal["", "visits", "events"]
Role = Literal["", "figures", "views", "control"]


@dataclass(frozen=True)
class Budget:
    """How many rows (visits or events) a query reads: all of them up to `most`, else a sample of about `drawn`."""

    most: int
    drawn: int


@dataclass(frozen=True)
class Budgets:
    """Found by measuring; see docs/decisions/exact-or-estimated.md."""

    own_zone: Budget = Budget(30_000, 14_000)
    other: Budget = Budget(150_000, 60_000)


MOST_DRAWN: dict[Rows, int] = {"visits": 262_144, "events": 65_536}
"""The sample numbers below these have an index."""


@dataclass(frozen=True)
class Plan:
    """What is read: sums that are kept, rows, and which share of the visitors."""

    kept: Kept
    rows: Rows
    days: Days
    inner: tuple[datetime, datetime]
    """The instants between which all is kept; what lies before and after are the edges."""
    has_edges: bool
    counts_days: bool = False
    """Whether the sum of the days' visitors is known, and so counted in a sample, too."""
    drawn: int | None = None
    """The visitors whose sample number is below this; None: all."""
    role: Role = ""
    """What is kept are the query's own figures, or of these page views and events only, or those of a control."""
    control: Query | None = None
    """A query that counts all that this one counts, and more."""
    has_exact_visitors: bool = False
    """Whether the visitors are kept, too."""

    @property
    def share(self) -> float:
        """Of the visitors, how many are read."""
        return (POPULATION if self.drawn is None else self.drawn) / POPULATION


def make_plan(
    query: Query,
    own_zone: ZoneInfo,
    size: tuple[int, int],
    budgets: Budgets,
    choose: Callable[[Sequence[Query]], Query] = lambda controls: controls[0],
) -> Plan:
    """The plan for a query. `size`: about how many events and visits its range holds; `choose`: the least control."""
    if is_kept(query, own_zone) and not (is_of_events(query) and asks_of_visits(query)):
        return _plan_visitors(query, own_zone, size, budgets)
    plan = Plan("", _choose_rows(query), touched_days(query, own_zone), (query.span.start, query.span.start), False)
    plan = _draw(plan, size, budgets.other)
    if plan.drawn is None:
        return plan
    if is_kept(query, own_zone):
        kept = plan_kept(query, own_zone)
        has_exact_visitors = _has_exact_days(kept, query, own_zone)
        return replace(
            kept, rows=plan.rows, drawn=plan.drawn, role="views", has_exact_visitors=has_exact_visitors, control=query
        )
    controls = list_controls(query, own_zone)
    if not controls or set(query.metrics) <= {"visitors", "revenue"}:
        return plan
    control = choose(controls) if len(controls) > 1 else controls[0]
    return replace(plan_kept(control, own_zone), rows=plan.rows, drawn=plan.drawn, role="control", control=control)


def _plan_visitors(query: Query, own_zone: ZoneInfo, size: tuple[int, int], budgets: Budgets) -> Plan:
    """All but visitors is kept, and perhaps these."""
    plan = plan_kept(query, own_zone)
    if "visitors" not in query.metrics:
        return plan
    if _has_exact_days(plan, query, own_zone):
        return replace(plan, has_exact_visitors=True)
    is_own = plan.kept == "rollups" and not plan.has_edges and query.filters is None
    rows: Rows = "events" if is_of_events(query) or shortest_window(query) < HALF_HOUR else "visits"
    counts_days = plan.kept == "rollups" and has_one_value(query)
    return _draw(replace(plan, rows=rows, counts_days=counts_days), size, budgets.own_zone if is_own else budgets.other)


def _choose_rows(query: Query) -> Rows:
    """Visits suffice where nothing is asked of a single event."""
    conditions = list_conditions(query.filters)
    is_of_visits = (
        query.kind != "breakdown"  # there, events without a visit make rows, too
        and all(names.is_visit_dimension(condition.dimension) for condition in conditions)
        and set(query.metrics) <= {"visitors", "visits", "bounce_rate", "visit_duration", "revenue"}
        and shortest_window(query) >= HALF_HOUR
    )
    return "visits" if is_of_visits else "events"


def plan_kept(query: Query, own_zone: ZoneInfo) -> Plan:
    """From what the figures of a query that are kept come: nothing else is read."""
    span = query.span
    bounds = row_bounds(query)
    is_days = is_by_days(query, own_zone)
    if is_days or query.kind == "breakdown" or query.filters is not None:
        days, inner = inner_days(query, own_zone)
        return Plan("rollups", "", days, inner, not is_days, role="figures")
    start, end = _ceil_quarter(span.start), span.end - _since_quarter(span.end)
    if start >= end or any(_since_quarter(bound) for bound in bounds[1:-1]):
        start = end = span.end
    has_edges = (start, end) != (span.start, span.end)
    return Plan("quarters", "", touched_days(query, own_zone), (start, end), has_edges, role="figures")


def _since_quarter(instant: datetime) -> timedelta:
    return (instant - datetime.min.replace(tzinfo=instant.tzinfo)) % _QUARTER


def _ceil_quarter(instant: datetime) -> datetime:
    return instant + (-_since_quarter(instant)) % _QUARTER


def _has_exact_days(plan: Plan, query: Query, own_zone: ZoneInfo) -> bool:
    """Whether each row is about one local day, of which the visitors are kept, or about less: the edges are counted."""
    if plan.kept != "rollups":
        return False
    if plan.has_edges:
        return plan.days.first == plan.days.after
    days = [local_day(bound, own_zone) for bound in row_bounds(query)]
    return has_one_value(query) and all(after - day == ONE_DAY for day, after in pairwise(days))


def _draw(plan: Plan, size: tuple[int, int], budget: Budget) -> Plan:
    rows = size[1] if plan.rows == "visits" else size[0]
    if rows <= budget.most:
        return plan
    return replace(plan, drawn=max(1, min(MOST_DRAWN[plan.rows], POPULATION * budget.drawn // rows)))


def count_days(query: Query, plan: Plan, own_zone: ZoneInfo) -> list[int]:
    """How many of the site's days each row is about; zeros where the sum of the days' visitors is not known."""
    bounds = row_bounds(query)
    if not plan.counts_days:
        return [0] * (len(bounds) - 1)
    days = [local_day(bound, own_zone) for bound in bounds]
    edges = 2 * ONE_DAY if plan.has_edges else timedelta()
    return [(after - day + edges).days for day, after in pairwise(days)]


def most_visits(query: Query) -> list[int]:
    """How many visits one visitor may begin in what each row is about: they are more than half an hour apart."""
    return [(after - start) // HALF_HOUR + 1 for start, after in pairwise(row_bounds(query))]
