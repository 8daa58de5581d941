"""Reads who came first when, and came again when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from common.filters import words
from common.filters.conditions import Filter, list_conditions, list_of_visit, sum_patterns
from common.postgres.sql import fill
from functions.stats.estimator.answer import measure_range
from functions.stats.estimator.budgets import Budgets, Rows
from functions.stats.estimator.days import HALF_HOUR
from functions.stats.estimator.expressions import array, write_filter
from functions.stats.estimator.fragments import texts as shared
from functions.stats.estimator.reader import Snapshot
from functions.stats.estimator.statements import Statement
from functions.stats.histories.rows import (
    Sample,
    asks_of_visits,
    choose_sample,
    make_parameters,
    write_passes,
    write_sample,
    write_visits,
)
from functions.stats.query.model import Query, Site
from functions.stats.query.periods import Span
from functions.stats.retention.fragments import texts
from functions.stats.retention.grammar import Period

_COLUMNS = ("cohort", "later_period", "visitors")


@dataclass(frozen=True)
class Returns:
    """Numbers of visitors that were read. Periods are counted from 0."""

    cohorts: dict[int, int]
    cells: dict[tuple[int, int], int]
    """Of a cohort those who came in a period, the same one or a later one."""
    identified: int
    excluded: int
    """Who can be known again, and who can't, in the range."""
    rate: float
    """Which share of the visitors was read."""


def read_returns(
    query: Query,
    periods: Sequence[Period],
    since_ever: bool,
    returns: Filter | None,
    site: Site,
    snapshot: Snapshot,
    budgets: Budgets,
) -> Returns:
    """`since_ever`: whether who was seen before the range is in no cohort. `returns`: which events make a return."""
    span = query.span
    if since_ever and site.first_at is not None and site.first_at < span.start:
        span = Span(site.first_at, span.end)
    kind = _choose_rows([query.filters, returns], returns is None, periods)
    budget = budgets.share(sum_patterns(query.filters) + sum_patterns(returns)).other
    size = measure_range(replace(query, span=span), site.zone, snapshot)
    sample = choose_sample(size.visits if kind == "visits" else size.events, kind, budget)
    statement = write_statement(replace(query, span=span), periods, returns, kind, sample)
    cohorts, cells, population = dict[int, int](), dict[tuple[int, int], int](), {0: 0, 1: 0}
    for row in snapshot.read(statement):
        if row["cohort"] is None:
            population[row["later_period"]] = row["visitors"]
        elif row["later_period"] is None:
            cohorts[row["cohort"] - 1] = row["visitors"]
        else:
            cells[row["cohort"] - 1, row["later_period"] - 1] = row["visitors"]
    return Returns(cohorts, cells, population[1], population[0], sample.rate)


def _choose_rows(filters: Sequence[Filter | None], returns_with_any: bool, periods: Sequence[Period]) -> Rows:
    """Visits suffice where nothing is asked of a single event."""
    conditions = [condition for one in filters for condition in list_conditions(one)]
    is_of_visits = all(words.is_visit_dimension(condition.dimension) for condition in conditions)
    is_of_visits = is_of_visits and not any(any(list_of_visit(one)) for one in filters)
    shortest = min((period.end - period.start for period in periods), default=timedelta())
    return "visits" if returns_with_any and is_of_visits and shortest >= HALF_HOUR else "events"


def write_statement(
    query: Query, periods: Sequence[Period], returns: Filter | None, kind: Rows, sample: Sample
) -> Statement:
    """The statement for `read_returns`; the query's range begins where the reading does."""
    parameters = make_parameters(query.site_id, query.span, sample)
    parameters["bounds"] = array([period.start.isoformat() for period in periods])
    filters = [query.filters, returns]
    of_visits = kind == "visits" or asks_of_visits(filters)
    visits = "".join(f"{table}, " for table in write_visits(filters, sample, parameters)) if of_visits else ""
    if kind == "visits":
        parameters["last"] = (query.span.end - timedelta(microseconds=1)).isoformat()
        passes = "true" if query.filters is None else write_filter(query.filters, "visits", parameters)
        seen = visits + fill(texts.SEEN_BY_VISIT, passes=passes)
    else:
        seen = visits + fill(
            texts.SEEN_BY_EVENT,
            visit_joined=shared.JOIN_ACTIVE if of_visits else "",
            passes=write_passes(query.filters, parameters),
            returns=write_passes(returns, parameters),
            **write_sample(sample),
        )
    return Statement(fill(texts.COUNT_RETURNS, seen=seen), parameters, _COLUMNS, reads_rows=True)
