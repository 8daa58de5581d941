"""From where a query's figures come: a rollup, all rows, or a sample with the totals of controls."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.stats.estimator.budgets import MOST_SAMPLED, POPULATION, Budget, Budgets, Size
from functions.stats.estimator.plan import MEASURES, VIEWS, Plan, count_days, make_plan
from functions.stats.query.model import Query
from functions.stats.query.periods import Span
from tests.unit.functions.stats.estimator.asking import NOVEMBER, ONE_DAY, OWN, ask, both, hold

BUDGETS = Budgets(own_zone=Budget(100, 50), other=Budget(1_000, 500))
FEW, SOME, MANY = Size(80, 40), Size(800, 400), Size(80_000, 40_000)
TWO_DIMENSIONS = both(hold("country", "DE"), hold("path", "/"))


def plan(query: Query, size: Size) -> Plan:
    return make_plan(query, OWN, size, BUDGETS)


def test_without_visitors_a_rollup_is_all_that_is_read() -> None:
    made = plan(ask(metrics=("visits", "bounce_rate")), MANY)
    assert (made.rollup, made.rows, made.exact) == ("days", "", MEASURES)


def test_within_the_budget_visitors_are_counted_from_all_visits() -> None:
    made = plan(ask(), FEW)
    assert (made.rows, made.is_sample, made.rate) == ("visits", False, 1)


def test_past_the_budget_visitors_alone_are_estimated() -> None:
    made = plan(ask(), MANY)
    assert (made.exact, made.is_sample, made.sums_days, made.control) == (MEASURES, True, True, None)


def test_a_sample_has_about_as_many_rows_as_the_budget_says() -> None:
    assert plan(ask(), MANY).rate * MANY.visits == pytest.approx(BUDGETS.own_zone.sampled, rel=0.01)


def test_a_sample_is_no_bigger_than_its_index() -> None:
    query = ask("breakdown", dimension="path", metrics=("visitors",))
    made = make_plan(query, OWN, Size(80, 40), Budgets(Budget(10, 79), Budget(10, 79)))
    assert (made.rows, made.sample_below) == ("events", MOST_SAMPLED["events"])
    assert made.rate == MOST_SAMPLED["events"] / POPULATION


def test_more_rows_may_be_read_for_another_zone_or_a_filter() -> None:
    other = replace(NOVEMBER, start=NOVEMBER.start + timedelta(hours=5))
    assert plan(ask(), SOME).is_sample
    assert not plan(ask(span=other), SOME).is_sample
    assert not plan(ask(filters=hold("country", "DE")), SOME).is_sample


def test_the_visitors_of_one_local_day_are_exact() -> None:
    made = plan(ask(span=ONE_DAY), MANY)
    assert (made.has_exact_visitors, made.rows) == (True, "")


def test_of_several_values_visitors_of_a_day_are_not_in_a_rollup() -> None:
    assert not plan(ask(span=ONE_DAY, filters=hold("country", "DE", "FR")), MANY).has_exact_visitors


def test_past_the_budget_a_path_keeps_its_page_views_and_its_visits_are_estimated() -> None:
    query = ask("breakdown", dimension="path")
    made = plan(query, MANY)
    assert (made.rollup, made.rows, made.exact, made.control) == ("days", "events", VIEWS, query)


def test_past_the_budget_what_no_rollup_has_is_estimated_with_a_control() -> None:
    made = plan(ask(filters=TWO_DIMENSIONS), MANY)
    assert (made.rollup, made.rows, made.exact) == ("days", "events", ())
    assert made.control is not None


def test_within_the_budget_what_no_rollup_has_is_counted_from_all_rows() -> None:
    made = plan(ask(filters=TWO_DIMENSIONS), SOME)
    assert (made.rollup, made.rows, made.is_sample, made.control) == ("", "events", False, None)


def test_of_several_controls_the_one_that_counts_least_is_taken() -> None:
    def choose(controls: Sequence[Query]) -> Query:
        return controls[-1]

    made = make_plan(ask(filters=TWO_DIMENSIONS), OWN, MANY, BUDGETS, choose)
    assert made.control is not None
    assert made.control.filters is None


def test_visitors_alone_need_no_control() -> None:
    assert plan(ask(filters=TWO_DIMENSIONS, metrics=("visitors", "revenue")), MANY).control is None


def test_visits_suffice_where_nothing_is_asked_of_events() -> None:
    filters = both(hold("country", "DE"), hold("device", "phone"))
    assert plan(ask(filters=filters, metrics=("visitors", "visits")), SOME).rows == "visits"
    assert plan(ask(filters=filters, metrics=("visitors", "page_views")), SOME).rows == "events"
    assert plan(ask(filters=TWO_DIMENSIONS, metrics=("visitors",)), SOME).rows == "events"


def test_in_another_zone_the_site_comes_by_the_quarter_hour_with_the_edges_from_events() -> None:
    start = datetime(2025, 11, 12, 10, 7, tzinfo=UTC)
    query = replace(ask(span=Span(start, start + timedelta(hours=2)), metrics=("visits",)), zone=ZoneInfo("Asia/Tokyo"))
    made = plan(query, MANY)
    assert (made.rollup, made.has_edges) == ("quarters", True)
    assert made.inner == (start + timedelta(minutes=8), start + timedelta(hours=1, minutes=53))


def test_the_days_of_a_row_are_counted_where_the_sum_of_their_visitors_is_known() -> None:
    query = ask()
    assert count_days(query, plan(query, MANY), OWN) == [30]
    filtered = ask(filters=TWO_DIMENSIONS)
    assert count_days(filtered, plan(filtered, MANY), OWN) == [0]
