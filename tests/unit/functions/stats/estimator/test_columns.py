"""The sums of a sample: computed here by SQLite from what each visitor did, and read back by their names."""

import sqlite3
from math import inf
from typing import Any

import pytest

from functions.stats.estimator.budgets import Budget, Budgets, Size
from functions.stats.estimator.columns import Counts, list_controlled, list_moments, write_sums
from functions.stats.estimator.estimates import Moments
from functions.stats.estimator.plan import MEASURES, Plan
from functions.stats.estimator.planner import make_plan
from functions.stats.query.model import Query
from tests.unit.functions.stats.estimator.asking import OWN, ask, both, hold

SAMPLE = Budgets(Budget(0, 100_000), Budget(0, 100_000))
BOTH = both(hold("country", "DE"), hold("device", "phone"))
DID: list[dict[str, Any]] = [
    {"visitor": "a", "page_views": 3, "events": 5, "visits": 2, "bounces": 1, "duration_ms": 700, "reports": 2,
     "engaged_ms": 50, "engaged_views": 1, "scrolled": 40},
    {"visitor": "b", "page_views": 7, "events": 7, "visits": 1, "bounces": 0, "duration_ms": 900, "reports": 3,
     "engaged_ms": 70, "engaged_views": 2, "scrolled": 90},
    {"visitor": None, "page_views": 4, "events": 6, "visits": 0, "bounces": 0, "duration_ms": 0, "reports": 2,
     "engaged_ms": 30, "engaged_views": 1, "scrolled": 10},
]  # fmt: skip
"""The last: six events without a visitor."""


def make(query: Query) -> Plan:
    return make_plan(query, OWN, Size(1_000_000, 1_000_000), SAMPLE)


def compute(plan: Plan) -> Counts:
    """What PostgreSQL sums; of everything known there is twice as much."""
    database = sqlite3.connect(":memory:")
    names = [*MEASURES, *(f"all_{name}" for name in MEASURES), "all_occurrences"]
    database.execute(f"create table by_visitor (visitor, {', '.join(names)})")
    for did in DID:
        values = [did["visitor"], *(did[name] for name in MEASURES), *(2 * did[name] for name in MEASURES)]
        values.append(2 * (did["events"] + did["reports"]))
        database.execute(f"insert into by_visitor values ({', '.join('?' * len(values))})", values)
    sums = write_sums(plan)
    [row] = database.execute(f"select {', '.join(sums.values())} from by_visitor")
    database.close()
    return Counts("", dict(zip(sums, row, strict=True)))


def test_the_second_moments_are_of_visitors_and_an_event_without_one_is_by_itself() -> None:
    counts = compute(make(ask(filters=BOTH)))
    # 14 page views: of two visitors, and four by themselves; twice as many of the control variate
    assert counts.moments("page_views") == Moments(14, 28, 9 + 49 + 4, 36 + 196 + 8, 18 + 98 + 4)
    assert counts.moments("duration_ms").yy == 700**2 + 900**2


def test_the_moments_of_a_rate_are_of_a_measure_and_visits() -> None:
    counts = compute(make(ask(filters=BOTH)))
    assert counts.moments_of_ratio("bounces", "visits") == Moments(1, 3, 1, 5, 2)
    assert counts.moments_of_ratio("page_views", "visits") == Moments(14, 3, 62, 5, 13)


def test_squares_of_engagement_without_a_visitor_are_bounded_from_above() -> None:
    counts = compute(make(ask(filters=BOTH)))
    assert counts.moments_of_ratio("engaged_ms", "engaged_views").yy == 50**2 + 70**2 + 3_600_000 * 30
    assert counts.moments_of_ratio("scrolled", "engaged_views").xy == 40 + 2 * 90


def test_each_visitor_adds_one_to_the_moments_of_visitors() -> None:
    counts = Counts("", {"visitors": 5, "visitors_x": 9.0, "visitors_xx": 21.0})
    assert counts.visitor_moments() == Moments(5, 9, 5, 21, 9)


def test_for_a_dimension_of_events_they_stand_in_for_visits_and_nothing_for_how_long_these_lasted() -> None:
    plan = make(ask("breakdown", dimension="path"))
    assert list_controlled(plan)["visits"] == "occurrences"
    assert compute(plan).moments("visits").x == 2 * (18 + 7)
    counts = Counts("", {"visits_total": 70})
    assert (counts.total("visits", plan), counts.total("duration_ms", plan)) == (70, inf)


def test_without_a_control_no_total_is_known() -> None:
    plan = make(ask(filters=BOTH, metrics=("visitors",)))
    assert {Counts().total(name, plan) for name in MEASURES} == {inf}


def test_a_total_of_which_the_rollup_has_no_row_is_zero() -> None:
    assert Counts(3).total("visits", make(ask(filters=BOTH))) == 0


@pytest.mark.parametrize(("size", "moments"), [(0, []), (1_000_000, ["visitors_x", "visitors_xx"])])
def test_moments_are_read_of_a_sample_alone(size: int, moments: list[str]) -> None:
    assert list_moments(make_plan(ask(), OWN, Size(size, size), SAMPLE)) == moments


def test_what_was_not_read_counts_as_zero() -> None:
    assert Counts("", {"visits": None}).count("visits") == 0
    assert Counts().moments("visits") == Moments(0, 0, 0, 0, 0)
