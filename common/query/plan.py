"""How a query is answered: from what is kept by day or quarter hour, from rows, from all of them or a sample."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from common.query import names
from common.query.buckets import is_midnight
from common.query.filters import list_conditions
from common.query.model import Query
from common.query.periods import Span, add_months
from common.query.zones import local_day, start_of_day

POPULATION = 1 << 20
"""A visitor's sample number is drawn from so many."""
_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
_HALF_HOUR = timedelta(minutes=30)

Kept = Literal["", "rollups", "quarters"]
Rows = Literal["", "visits", "events"]


@dataclass(frozen=True)
class Budget:
    """How many rows (visits or events) a query reads: all of them up to `most`, else a sample of about `drawn`."""

    most: int
    drawn: int


@dataclass(frozen=True)
class Budgets:
    """Found by measuring; see docs/decisions/exact-or-estimated.md."""

    own_zone: Budget = Budget(30_000, 25_000)
    other: Budget = Budget(150_000, 80_000)


MOST_DRAWN: dict[Rows, int] = {"visits": 262_144, "events": 65_536}
"""The sample numbers below these have an index."""


@dataclass(frozen=True)
class Days:
    """The site's local days from `first` to before `after`, and the whole months among them."""

    first: date
    after: date
    first_month: date
    after_month: date

    @classmethod
    def of(cls, first: date, after: date, by_month: bool = True) -> "Days":
        """Where no whole month lies within, or none may be taken whole, the months are none, at the end."""
        month = first if first.day == 1 else add_months(first.replace(day=1), 1)
        after_month = after.replace(day=1)
        if month >= after_month or not by_month:
            return cls(first, after, after, after)
        return cls(first, after, month, after_month)


@dataclass(frozen=True)
class Plan:
    """What is read: sums that are kept, rows, and which share of the visitors."""

    kept: Kept
    rows: Rows
    days: Days
    inner: tuple[datetime, datetime]
    """The instants between which all is kept; what lies before and after are the edges."""
    has_edges: bool
    counts_days: bool
    """Whether the sum of the days' visitors is known, and so counted in a sample, too."""
    drawn: int | None = None
    """The visitors whose sample number is below this; None: all."""


def touched_days(query: Query, own_zone: ZoneInfo) -> Days:
    """The site's local days that the range touches."""
    last = local_day(query.span.end - timedelta(microseconds=1), own_zone)
    return Days.of(local_day(query.span.start, own_zone), last + _DAY)


def make_plan(query: Query, own_zone: ZoneInfo, size: tuple[int, int], budgets: Budgets) -> Plan:
    """The plan for a query. `size`: about how many events and visits its range holds."""
    if not _is_kept(query):
        rows = _choose_rows(query)
        plan = Plan("", rows, touched_days(query, own_zone), (query.span.start, query.span.start), False, False)
        return _draw(plan, size, budgets.other)
    plan = _plan_kept(query, own_zone)
    if "visitors" not in query.metrics or _has_exact_days(plan, query, own_zone):
        return plan
    is_own = plan.kept == "rollups" and not plan.has_edges
    rows = "events" if _is_of_events(query) or shortest_window(query) < _HALF_HOUR else "visits"
    plan = Plan(plan.kept, rows, plan.days, plan.inner, plan.has_edges, plan.kept == "rollups")
    return _draw(plan, size, budgets.own_zone if is_own else budgets.other)


def _is_kept(query: Query) -> bool:
    """Whether the additive figures are among those that are kept."""
    if query.filters is not None:
        return False
    if query.kind == "breakdown" and names.is_visit_dimension(query.dimension):
        return query.span.length >= _HALF_HOUR  # else who was there is not to be seen from the visits
    return not (_is_of_events(query) and set(query.metrics) & set(names.VISIT_METRICS))


def _is_of_events(query: Query) -> bool:
    return query.kind == "breakdown" and not names.is_visit_dimension(query.dimension)


def _choose_rows(query: Query) -> Rows:
    """Visits suffice where nothing is asked of a single event."""
    conditions = list_conditions(query.filters)
    is_of_visits = (
        query.kind != "breakdown"  # there, events without a visit make rows, too
        and all(names.is_visit_dimension(condition.dimension) for condition in conditions)
        and set(query.metrics) <= {"visitors", "visits", "bounce_rate", "visit_duration", "revenue"}
        and shortest_window(query) >= _HALF_HOUR
    )
    return "visits" if is_of_visits else "events"


def shortest_window(query: Query) -> timedelta:
    """The length of the shortest bucket, cut to the range. A visit that touches half an hour has an event in it."""
    bounds = [*bucket_bounds(query), query.span.end]
    return min(after - start for start, after in pairwise(bounds))


def bucket_bounds(query: Query) -> list[datetime]:
    """Where the buckets begin within the range."""
    return [max(start, query.span.start) for start in query.buckets] or [query.span.start]


def _plan_kept(query: Query, own_zone: ZoneInfo) -> Plan:
    span = query.span
    bounds = [*bucket_bounds(query), span.end]
    is_days = all(is_midnight(bound, own_zone) for bound in bounds)
    if is_days or query.kind == "breakdown":
        days, inner = _find_inner_days(query, own_zone)
        return Plan("rollups", "", days, inner, not is_days, False)
    start, end = _ceil_quarter(span.start), span.end - _since_quarter(span.end)
    if start >= end or any(_since_quarter(bound) for bound in bounds[1:-1]):
        start = end = span.end
    has_edges = (start, end) != (span.start, span.end)
    return Plan("quarters", "", touched_days(query, own_zone), (start, end), has_edges, False)


def _find_inner_days(query: Query, own_zone: ZoneInfo) -> tuple[Days, tuple[datetime, datetime]]:
    span = query.span
    first, after = local_day(span.start, own_zone), local_day(span.end, own_zone)
    while first < after and not _begins_within(first, span, own_zone):
        first += _DAY
    while first < after and not _begins_within(after, span, own_zone):
        after -= _DAY
    if first >= after:
        return Days.of(after, after), (span.end, span.end)
    by_month = query.interval in ("", "month", "year")
    return Days.of(first, after, by_month), (start_of_day(first, own_zone), start_of_day(after, own_zone))


def _begins_within(day: date, span: Span, own_zone: ZoneInfo) -> bool:
    start = start_of_day(day, own_zone)
    return span.start <= start <= span.end and is_midnight(start, own_zone)


def _since_quarter(instant: datetime) -> timedelta:
    return (instant - datetime.min.replace(tzinfo=instant.tzinfo)) % _QUARTER


def _ceil_quarter(instant: datetime) -> datetime:
    return instant + (-_since_quarter(instant)) % _QUARTER


def _has_exact_days(plan: Plan, query: Query, own_zone: ZoneInfo) -> bool:
    """Whether each row is about one local day, of which the visitors are kept, or about less: the edges are counted."""
    if plan.kept != "rollups" or plan.has_edges:
        return plan.kept == "rollups" and plan.days.first == plan.days.after
    bounds = [*bucket_bounds(query), query.span.end]
    days = [local_day(bound, own_zone) for bound in bounds]
    return all(after - day == _DAY for day, after in pairwise(days))


def _draw(plan: Plan, size: tuple[int, int], budget: Budget) -> Plan:
    rows = size[1] if plan.rows == "visits" else size[0]
    if rows <= budget.most:
        return plan
    drawn = max(1, min(MOST_DRAWN[plan.rows], POPULATION * budget.drawn // rows))
    return Plan(plan.kept, plan.rows, plan.days, plan.inner, plan.has_edges, plan.counts_days, drawn)


def count_days(query: Query, plan: Plan, own_zone: ZoneInfo) -> list[int]:
    """How many of the site's days each row is about; zeros where the sum of the days' visitors is not known."""
    bounds = [*bucket_bounds(query), query.span.end]
    if not plan.counts_days:
        return [0] * (len(bounds) - 1)
    days = [local_day(bound, own_zone) for bound in bounds]
    edges = 2 * _DAY if plan.has_edges else timedelta()
    return [(after - day + edges).days for day, after in pairwise(days)]
