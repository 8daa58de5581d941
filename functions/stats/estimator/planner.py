"""Decides how a query is answered: from a rollup, from rows, or both; and from all rows or a sample of visitors.

within the budget                rollups where they answer, else all rows: everything is exact
past it, rolled up               the rollup, and a sample for visitors
past it, by a value of events    the rollup for page views and events, a sample for the rest
past it, not rolled up           a sample, with the totals of control variates from some rollup
edges past it                    the same; that rollup is of the whole local days that the range touches
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from common.filters import words
from common.filters.conditions import list_conditions, list_of_visit
from functions.stats.estimator.budgets import MOST_SAMPLED, POPULATION, Budget, Budgets, Rows, Size
from functions.stats.estimator.days import (
    HALF_HOUR,
    ONE_DAY,
    find_edges,
    row_bounds,
    shortest_window,
    touched_days,
    widen,
)
from functions.stats.estimator.plan import VIEWS, Plan, plan_rollup
from functions.stats.estimator.rollups import (
    asks_of_pages,
    asks_of_visits,
    has_one_value,
    is_of_events,
    is_rolled_up,
    list_controls,
)
from functions.stats.query.model import Query
from functions.stats.query.zones import local_day


def make_plan(
    query: Query,
    own_zone: ZoneInfo,
    size: Size,
    budgets: Budgets,
    choose: Callable[[Sequence[Query]], Query] = lambda controls: controls[0],
    measure: Callable[[Query], Size] = lambda _: Size(0, 0),
) -> Plan:
    """The plan for a query whose range holds so many rows.

    `choose`: of several controls the one that counts least. `measure`: how many rows another query's range holds.
    """
    plan = _Planner(query, own_zone, size, budgets, choose, measure).plan()
    return replace(plan, is_of_pages=asks_of_pages(query))


@dataclass(frozen=True)
class _Planner:
    query: Query
    own_zone: ZoneInfo
    size: Size
    budgets: Budgets
    choose: Callable[[Sequence[Query]], Query]
    measure: Callable[[Query], Size]

    def plan(self) -> Plan:
        query, own_zone = self.query, self.own_zone
        has_rollup = is_rolled_up(query, own_zone) and not self._is_all_edges() and not self._has_many_at_edges(query)
        if has_rollup and not (is_of_events(query) and asks_of_visits(query)):
            return _plan_rolled_up(query, own_zone, self.size, self.budgets)
        nothing = query.span.start, query.span.start
        rows = Plan("", _choose_rows(query), touched_days(query, own_zone), nothing, has_edges=False)
        plan = _sample(rows, self.size, self.budgets.other)
        if not plan.is_sample:
            return plan
        if has_rollup:
            rollup = _plan_control(query, plan, own_zone)
            return replace(rollup, exact=VIEWS, has_exact_visitors=_has_exact_days(rollup, query, own_zone))
        if set(query.metrics) <= {"visitors", "revenue"}:
            return plan
        if self._knows_inner():
            return self._plan_edges(rows)
        control = self._choose_control()
        if control is None:
            return plan
        if control.span != query.span:
            plan = _sample(rows, self.measure(control), self.budgets.other)
        return _plan_control(control, plan, own_zone)

    def _knows_inner(self) -> bool:
        """Whether the rollup has all that is asked, save visitors, of the whole days within the range."""
        query, own_zone = self.query, self.own_zone
        is_known = is_rolled_up(query, own_zone) and not (is_of_events(query) and asks_of_visits(query))
        return is_known and plan_rollup(query, own_zone).rollup == "days" and not self._is_all_edges()

    def _plan_edges(self, rows: Plan) -> Plan:
        """What lies between the edges, and a sample for these and for visitors."""
        control = replace(self.query, span=widen(self.query.span, self.own_zone))
        sample = _sample(rows, self.measure(control), self.budgets.other)
        inner = plan_rollup(self.query, self.own_zone)
        plan = replace(inner, rows=rows.rows, sample_below=sample.sample_below, has_edges=False, exact=())
        return replace(plan, adds_inner=True, control=control)

    def _is_all_edges(self) -> bool:
        """Whether the rollup has nothing of the range: all rows cost less than edges, which look up each visit."""
        rollup = plan_rollup(self.query, self.own_zone)
        return rollup.has_edges and rollup.inner[0] == rollup.inner[1]

    def _choose_control(self) -> Query | None:
        """Of those that can be had without reading too much."""
        controls = [self._bound(control) for control in list_controls(self.query, self.own_zone)]
        known = [control for control in controls if control is not None]
        return self.choose(known) if len(known) > 1 else next(iter(known), None)

    def _bound(self, control: Query) -> Query | None:
        """The control, over whole days where its edges hold too much; of a time series there is none of whole days."""
        if not self._has_many_at_edges(control):
            return control
        return None if control.kind == "timeseries" else replace(control, span=widen(control.span, self.own_zone))

    def _has_many_at_edges(self, query: Query) -> bool:
        """Whether its rollup leaves more events at the edges of the range than may be read."""
        rollup, most = plan_rollup(query, self.own_zone), self.budgets.other.most
        if not rollup.has_edges or self.size.events <= most:
            return False
        edges = find_edges(query.span, rollup.inner)
        return sum(self.measure(replace(query, span=edge)).events for edge in edges) > most


def _plan_control(control: Query, sample: Plan, own_zone: ZoneInfo) -> Plan:
    """The sample, with the rollup of a control."""
    rollup = plan_rollup(control, own_zone)
    return replace(rollup, rows=sample.rows, sample_below=sample.sample_below, exact=(), control=control)


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
    """Whether the rollup has the visitors: of one local day a row."""
    if plan.rollup != "days" or plan.has_edges:
        return False
    days = [local_day(bound, own_zone) for bound in row_bounds(query)]
    return has_one_value(query) and all(after - day == ONE_DAY for day, after in pairwise(days))
