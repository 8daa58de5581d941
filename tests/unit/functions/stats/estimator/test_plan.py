"""From where a query's figures come: a rollup, all rows, or a sample with the totals of controls."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.filters.conditions import list_conditions
from functions.stats.estimator.budgets import MOST_SAMPLED, POPULATION, Budget, Budgets, Size
from functions.stats.estimator.days import widen
from functions.stats.estimator.plan import MEASURES, VIEWS, Plan, count_days
from functions.stats.estimator.planner import make_plan
from functions.stats.query.model import Query
from functions.stats.query.periods import Span
from functions.stats.query.zones import local_day
from tests.unit.functions.stats.estimator.asking import NOVEMBER, ONE_DAY, OWN, ask, both, hold

BUDGETS = Budgets(own_zone=Budget(100, 50), other=Budget(1_000, 500))
FEW, SOME, MANY = Size(80, 40), Size(800, 400), Size(80_000, 40_000)
TWO_DIMENSIONS = both(hold("country", "DE"), hold("path", "/"))


MORNING = Span(ONE_DAY.start, ONE_DAY.start + timedelta(hours=10))
DAYS_AND_MORNING = Span(ONE_DAY.start - timedelta(days=3), MORNING.end)


def plan(query: Query, size: Size) -> Plan:
    return make_plan(query, OWN, size, BUDGETS)


def plan_with_edges(query: Query, at_edges: int) -> tuple[Plan, list[Span]]:
    """The plan where a day has a hundred thousand events and the edges so many; and what was measured for it."""
    measured: list[Span] = []

    def measure(other: Query) -> Size:
        measured.append(other.span)
        is_edge = other.span.length < timedelta(days=1)
        return Size(at_edges, at_edges) if is_edge else Size(100_000, 50_000)

    return make_plan(query, OWN, MANY, BUDGETS, measure=measure), measured


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


def test_of_a_part_of_a_day_all_rows_are_read_within_the_budget() -> None:
    made = plan(ask("breakdown", MORNING, dimension="country"), SOME)
    assert (made.rollup, made.rows, made.is_sample) == ("", "events", False)


@pytest.mark.parametrize("dimension", ["country", "path"])
def test_past_the_budget_a_part_of_a_day_is_estimated_with_all_of_the_day_as_its_control(dimension: str) -> None:
    query = ask("breakdown", MORNING, dimension=dimension)
    made, _ = plan_with_edges(query, 2_000)
    assert made.control == replace(query, span=ONE_DAY)
    assert (made.rollup, made.has_edges, made.rows, made.exact, made.has_exact_visitors) == (
        "days",
        False,
        "events",
        (),
        False,
    )


def test_a_sample_of_a_part_of_a_day_has_as_many_rows_of_the_day_as_the_budget_says() -> None:
    made, _ = plan_with_edges(ask("breakdown", MORNING, dimension="country"), 2_000)
    assert made.rate * 100_000 == pytest.approx(BUDGETS.other.sampled, rel=0.01)


def test_days_and_a_part_of_one_have_the_rollup_while_the_part_is_within_the_budget() -> None:
    query = ask("breakdown", DAYS_AND_MORNING, dimension="country")
    made, measured = plan_with_edges(query, 1_000)
    assert (made.rollup, made.has_edges, made.exact, measured) == ("days", True, MEASURES, [MORNING])


def test_past_the_budget_the_part_is_estimated_and_the_whole_days_are_added() -> None:
    query = ask("breakdown", DAYS_AND_MORNING, dimension="country")
    made, _ = plan_with_edges(query, 1_001)
    assert made.control is not None
    assert made.control.span == Span(DAYS_AND_MORNING.start, ONE_DAY.end)
    assert (made.adds_inner, made.has_edges, made.exact) == (True, False, ())
    assert made.inner == (DAYS_AND_MORNING.start, ONE_DAY.start)


def test_visits_of_paths_are_no_rollups_to_be_added() -> None:
    assert plan_with_edges(ask("breakdown", DAYS_AND_MORNING, dimension="path"), 1_001)[0].adds_inner is False
    views = ask("breakdown", DAYS_AND_MORNING, dimension="path", metrics=("visitors", "page_views"))
    assert plan_with_edges(views, 1_001)[0].adds_inner


def test_a_range_within_the_budget_need_not_have_its_edges_measured() -> None:
    made = make_plan(ask("breakdown", DAYS_AND_MORNING, dimension="country"), OWN, SOME, BUDGETS, measure=fail)
    assert (made.rollup, made.exact) == ("days", MEASURES)


def fail(query: Query) -> Size:
    raise AssertionError(query)


def test_the_control_of_a_filter_has_no_edge_past_the_budget_either() -> None:
    query = ask(span=MORNING, filters=both(hold("country", "DE"), hold("device", "phone")))
    spans = {}

    def choose(controls: Sequence[Query]) -> Query:
        spans.update({list_names(control): control.span for control in controls})
        return controls[0]

    made = make_plan(query, OWN, MANY, BUDGETS, choose, lambda _: Size(100_000, 50_000))
    # the whole site has its quarters of an hour
    assert spans == {("country",): ONE_DAY, ("device",): ONE_DAY, (): MORNING}
    assert not made.has_edges


def list_names(query: Query) -> tuple[str, ...]:
    return tuple(condition.dimension for condition in list_conditions(query.filters))


def test_without_filters_a_part_of_a_day_keeps_its_exact_sums_by_the_quarter_hour() -> None:
    made, _ = plan_with_edges(ask(span=MORNING), 2_000)
    assert (made.rollup, made.has_edges, made.exact) == ("quarters", False, MEASURES)


def test_past_the_budget_minutes_are_estimated_without_a_control() -> None:
    buckets = tuple(MORNING.start + timedelta(minutes=number) for number in range(600))
    query = ask("timeseries", MORNING, buckets=buckets, interval="minute")
    made, _ = plan_with_edges(query, 2_000)
    assert (made.rollup, made.rows, made.is_sample, made.control) == ("", "events", True, None)


def test_a_day_without_a_clear_bound_is_read_with_its_neighbour() -> None:
    st_johns = ZoneInfo("America/St_Johns")  # until 2011 the clock was put back a minute after midnight
    noon = datetime(2010, 11, 6, 15, tzinfo=UTC)
    days = widen(Span(noon, noon + timedelta(hours=4)), st_johns)
    assert (local_day(days.start, st_johns).day, local_day(days.end, st_johns).day) == (6, 8)
