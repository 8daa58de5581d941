"""Decides how a query is answered: from a rollup, from rows, or both; and from all rows or a sample of visitors.

within the budget                rollups where they answer, else all rows: everything is exact
past it, rolled up               the rollup, and a sample for visitors
past it, by a value of events    the rollup for page views and events, a sample for the rest
past it, not rolled up           a sample, with the totals of control variates from some rollup
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from common.filters import words
from common.filters.conditions import list_conditions, list_of_visit
from functions.stats.estimator.budgets import MOST_SAMPLED, POPULATION, Budget, Budgets, Rows, Size
from functions.stats.estimator.days import (
    HALF_HOUR,
    ONE_DAY,
    Days,
    ceil_quarter,
    inner_days,
    is_by_days,
    row_bounds,
    shortest_window,
    touched_days,
)
from functions.stats.estimator.rollups import (
    asks_of_pages,
    asks_of_visits,
    has_one_value,
    is_of_events,
    is_rolled_up,
    list_controls,
)
from functions.stats.query.model import Query
from functions.stats.query.periods import since_quarter
from functions.stats.query.zones import local_day

ENGAGEMENT = ("reports", "engaged_ms", "engaged_views", "scrolled")
MEASURES = ("page_views", "events", "visits", "bounces", "duration_ms", *ENGAGEMENT)
"""What is summed; metrics are made of it."""
VIEWS = ("page_views", "events", *ENGAGEMENT)
"""What single events add up to."""
Rollup = Literal["", "days", "quarters"]


@dataclass(frozen=True)
class Plan:
    """What is read."""

    rollup: Rollup
    rows: Rows
    days: Days
    inner: tuple[datetime, datetime]
    """The instants between which the rollup has everything; what lies before and after are the edges."""
    has_edges: bool
    exact: tuple[str, ...] = ()
    """The measures that are the rollup's own."""
    has_exact_visitors: bool = False
    """Whether the visitors are, too."""
    sums_days: bool = False
    """Whether the sum of the days' visitors is known: the total of a control variate of visitors."""
    sample_below: int | None = None
    """The visitors whose sample number is below this are read; None: all."""
    is_of_pages: bool = False
    """Whether engaged time is a page view's rather than a visit's."""
    control: Query | None = None
    """A query that counts everything that this one counts. Its rollup has the totals of the control variates."""

    @property
    def is_sample(self) -> bool:
        """Whether not all visitors are read."""
        return self.sample_below is not None

    @property
    def is_all_exact(self) -> bool:
        """Whether rows are read for visitors alone."""
        return self.exact == MEASURES

    @property
    def reads_control(self) -> bool:
        """Whether everything that the control counts is read, and of it summed, too, what the query counts."""
        return self.control is not None and not self.exact

    @property
    def rate(self) -> float:
        """The sampling rate: which share of the visitors is read."""
        return (POPULATION if self.sample_below is None else self.sample_below) / POPULATION


def make_plan(
    query: Query,
    own_zone: ZoneInfo,
    size: Size,
    budgets: Budgets,
    choose: Callable[[Sequence[Query]], Query] = lambda controls: controls[0],
) -> Plan:
    """The plan for a query whose range holds so many rows. `choose`: of several controls the one that counts least."""
    plan = _make_plan(query, own_zone, size, budgets, choose)
    return replace(plan, is_of_pages=asks_of_pages(query))


def _make_plan(
    query: Query, own_zone: ZoneInfo, size: Size, budgets: Budgets, choose: Callable[[Sequence[Query]], Query]
) -> Plan:
    if is_rolled_up(query, own_zone) and not (is_of_events(query) and asks_of_visits(query)):
        return _plan_rolled_up(query, own_zone, size, budgets)
    nothing = query.span.start, query.span.start
    plan = Plan("", _choose_rows(query), touched_days(query, own_zone), nothing, has_edges=False)
    plan = _sample(plan, size, budgets.other)
    if not plan.is_sample:
        return plan
    if is_rolled_up(query, own_zone):
        rollup = _plan_control(query, plan, own_zone)
        return replace(rollup, exact=VIEWS, has_exact_visitors=_has_exact_days(rollup, query, own_zone))
    controls = list_controls(query, own_zone)
    if not controls or set(query.metrics) <= {"visitors", "revenue"}:
        return plan
    control = choose(controls) if len(controls) > 1 else controls[0]
    return _plan_control(control, plan, own_zone)


def _plan_control(control: Query, sample: Plan, own_zone: ZoneInfo) -> Plan:
    """The sample, with the rollup of a control."""
    rollup = plan_rollup(control, own_zone)
    return replace(rollup, rows=sample.rows, sample_below=sample.sample_below, exact=(), control=control)


def plan_rollup(query: Query, own_zone: ZoneInfo) -> Plan:
    """The plan for what a rollup has of a query: nothing else is read."""
    span = query.span
    is_days = is_by_days(query, own_zone)
    if is_days or query.kind == "breakdown" or query.filters is not None:
        days, inner = inner_days(query, own_zone)
        return Plan("days", "", days, inner, has_edges=not is_days, exact=MEASURES)
    start, end = ceil_quarter(span.start), span.end - since_quarter(span.end)
    if start >= end or any(since_quarter(bound) for bound in row_bounds(query)[1:-1]):
        start = end = span.end
    has_edges = (start, end) != (span.start, span.end)
    return Plan("quarters", "", touched_days(query, own_zone), (start, end), has_edges, exact=MEASURES)


def _plan_rolled_up(query: Query, own_zone: ZoneInfo, size: Size, budgets: Budgets) -> Plan:
    """The rollup has everything but visitors, and perhaps these."""
    plan = plan_rollup(query, own_zone)
    if "visitors" not in query.metrics:
        return plan
    if _has_exact_days(plan, query, own_zone):
        return replace(plan, has_exact_visitors=True)
    is_own = plan.rollup == "days" and not plan.has_edges and query.filters is None
    rows: Rows = "events" if is_of_events(query) or shortest_window(query) < HALF_HOUR else "visits"
    sums_days = plan.rollup == "days" and has_one_value(query)
    plan = replace(plan, rows=rows, sums_days=sums_days)
    return _sample(plan, size, budgets.own_zone if is_own else budgets.other)


def _choose_rows(query: Query) -> Rows:
    """Visits suffice where nothing is asked of a single event."""
    conditions = list_conditions(query.filters)
    is_of_visits = (
        query.kind != "breakdown"  # there, events without a visit make rows, too
        and not any(list_of_visit(query.filters))
        and all(words.is_visit_dimension(condition.dimension) for condition in conditions)
        and set(query.metrics) <= {"visitors", "visits", "bounce_rate", "visit_duration", "revenue"}
        and shortest_window(query) >= HALF_HOUR
    )
    return "visits" if is_of_visits else "events"


def _sample(plan: Plan, size: Size, budget: Budget) -> Plan:
    """With a sample where all rows would be too many."""
    rows = size.visits if plan.rows == "visits" else size.events
    if rows <= budget.most:
        return plan
    return replace(plan, sample_below=max(1, min(MOST_SAMPLED[plan.rows], POPULATION * budget.sampled // rows)))


def _has_exact_days(plan: Plan, query: Query, own_zone: ZoneInfo) -> bool:
    """Whether the rollup has the visitors: of one local day a row, or of less, where the edges are counted."""
    if plan.rollup != "days":
        return False
    if plan.has_edges:
        return plan.days.first == plan.days.after
    days = [local_day(bound, own_zone) for bound in row_bounds(query)]
    return has_one_value(query) and all(after - day == ONE_DAY for day, after in pairwise(days))


def count_days(query: Query, plan: Plan, own_zone: ZoneInfo) -> list[int]:
    """How many of the site's days each row is about; zeros where the sum of the days' visitors is not known."""
    bounds = row_bounds(query)
    if not plan.sums_days:
        return [0] * (len(bounds) - 1)
    days = [local_day(bound, own_zone) for bound in bounds]
    edges = 2 * ONE_DAY if plan.has_edges else timedelta()
    return [(after - day + edges).days for day, after in pairwise(days)]
