"""What is read to answer a query, and what a rollup has of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from functions.stats.estimator.budgets import POPULATION, Rows
from functions.stats.estimator.days import (
    ONE_DAY,
    Days,
    ceil_quarter,
    inner_days,
    is_by_days,
    row_bounds,
    touched_days,
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
    adds_inner: bool = False
    """Whether what the sample sums is of the edges alone, and what the rollup has between them is added."""
    control: Query | None = None
    """A query that counts everything that this one counts, perhaps of more days. Its rollup has the totals of the
    control variates."""

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


def count_days(query: Query, plan: Plan, own_zone: ZoneInfo) -> list[int]:
    """How many of the site's days each row is about; zeros where the sum of the days' visitors is not known."""
    bounds = row_bounds(query)
    if not plan.sums_days:
        return [0] * (len(bounds) - 1)
    days = [local_day(bound, own_zone) for bound in bounds]
    edges = 2 * ONE_DAY if plan.has_edges else timedelta()
    return [(after - day + edges).days for day, after in pairwise(days)]
