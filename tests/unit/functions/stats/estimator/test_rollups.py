"""Which rollup has a query's figures, and which have the totals of control variates."""

from dataclasses import replace
from datetime import timedelta

import pytest

from common.filters.conditions import Filter, OfVisit
from functions.stats.estimator.rollups import (
    find_rollup,
    has_one_value,
    is_of_events,
    is_rolled_up,
    list_controls,
    passes_absent,
)
from functions.stats.query.periods import Span
from tests.unit.functions.stats.estimator.asking import MINUTES, NOVEMBER, OWN, ask, both, either, hold

DE, PATH = hold("country", "DE"), hold("path", "/")


@pytest.mark.parametrize(
    ("filters", "dimension"),
    [(None, ""), (DE, "country"), (both(DE, hold("country", "F")), "country"), (both(DE, PATH), None)],
)
def test_a_summary_has_a_rollup_where_its_conditions_are_about_one_dimension(
    filters: Filter | None, dimension: str | None
) -> None:
    assert find_rollup(ask(filters=filters)) == dimension


HAS = OfVisit(DE, has=True)


@pytest.mark.parametrize("filters", [HAS, both(DE, HAS), either(DE, HAS)])
def test_no_rollup_knows_what_else_happened_in_a_visit(filters: Filter) -> None:
    assert find_rollup(ask(filters=filters)) is None


def test_what_may_hold_by_something_else_in_the_visit_gives_no_control() -> None:
    controls = list_controls(ask(filters=both(either(DE, HAS), DE)), OWN)
    assert [control.filters for control in controls] == [both(DE), None]


@pytest.mark.parametrize(("filters", "dimension"), [(None, "path"), (PATH, "path"), (DE, None)])
def test_a_breakdown_has_a_rollup_where_its_conditions_are_about_its_own_dimension(
    filters: Filter | None, dimension: str | None
) -> None:
    assert find_rollup(ask("breakdown", dimension="path", filters=filters)) == dimension


def test_less_than_half_an_hour_of_a_visits_dimension_is_not_in_a_rollup() -> None:
    assert not is_rolled_up(ask("breakdown", MINUTES, dimension="country"), OWN)
    assert is_rolled_up(ask("breakdown", MINUTES, dimension="path"), OWN)
    assert is_rolled_up(ask("summary", MINUTES), OWN)


def test_a_series_of_some_values_is_in_a_rollup_by_whole_days_and_for_equal_values_alone() -> None:
    days = tuple(NOVEMBER.start + timedelta(days=day) for day in range(30))
    by_day = ask("timeseries", interval="day", buckets=days)
    by_hour = ask("timeseries", interval="hour", buckets=tuple(day + timedelta(hours=1) for day in days))
    for operator in ("is", "is_not"):
        assert is_rolled_up(ask(by_day.kind, buckets=days, filters=hold("path", "/", operator=operator)), OWN)
    assert not is_rolled_up(ask(by_day.kind, buckets=days, filters=hold("path", "/", operator="contains")), OWN)
    assert not is_rolled_up(ask(by_hour.kind, buckets=by_hour.buckets, filters=PATH), OWN)
    assert is_rolled_up(by_hour, OWN)


@pytest.mark.parametrize(
    ("dimension", "is_of"), [("path", True), ("props.plan", True), ("country", False), ("entry", False)]
)
def test_a_dimension_is_of_events_or_of_visits(dimension: str, is_of: bool) -> None:
    assert is_of_events(ask("breakdown", dimension=dimension)) is is_of
    assert is_of_events(ask(filters=hold(dimension, "x"))) is is_of


def test_the_days_visitors_are_added_up_for_one_value_alone() -> None:
    assert has_one_value(ask())
    assert has_one_value(ask(filters=DE))
    assert not has_one_value(ask(filters=hold("country", "DE", "FR")))
    assert not has_one_value(ask(filters=hold("country", "DE", operator="is_not")))


def test_what_has_no_value_passes_where_a_value_is_only_excluded() -> None:
    excluded = hold("country", "DE", operator="is_not")
    assert passes_absent(excluded)
    assert not passes_absent(DE)
    assert passes_absent(either(excluded, DE))
    assert not passes_absent(both(excluded, DE))


def test_the_controls_of_a_summary_are_what_each_dimension_lets_through_and_the_site() -> None:
    query = ask(filters=both(DE, PATH), metrics=("page_views",))
    controls = [find_rollup(control) for control in list_controls(query, OWN)]
    assert controls == ["country", "path", ""]


def test_a_dimension_of_events_is_no_control_of_visits() -> None:
    controls = list_controls(ask(filters=both(DE, PATH), metrics=("visits",)), OWN)
    assert [find_rollup(control) for control in controls] == ["country", ""]


@pytest.mark.parametrize(("shown", "known"), [(DE, ["country"]), (PATH, ["path"]), (both(DE, PATH), [])])
def test_no_control_counts_what_a_link_does_not_show(shown: Filter, known: list[str]) -> None:
    query = replace(ask(filters=both(DE, PATH), metrics=("page_views",)), shown=shown)
    controls = list_controls(query, OWN)
    assert [find_rollup(control) for control in controls] == known


def test_conditions_of_which_one_may_hold_are_no_control() -> None:
    controls = list_controls(ask(filters=either(DE, PATH), metrics=("page_views",)), OWN)
    assert [control.filters for control in controls] == [None]


def test_the_control_of_a_breakdown_keeps_the_conditions_on_its_own_dimension() -> None:
    [control] = list_controls(ask("breakdown", dimension="country", filters=both(DE, PATH)), OWN)
    assert control.filters == both(DE)


def test_an_odd_range_of_a_breakdown_has_a_rollup_too() -> None:
    span = Span(NOVEMBER.start + timedelta(minutes=7), NOVEMBER.end)
    assert is_rolled_up(ask("breakdown", span, dimension="country"), OWN)
