"""The oracle itself, against figures worked out by hand: visits, dimensions, filters, metrics."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle.by_hand import DAY, break_down, count_over_time, event, summarise
from tests.oracle.oracle import matches


def test_a_gap_of_exactly_30_minutes_does_not_cut_a_visit() -> None:
    assert summarise(event("10:00:00"), event("10:30:00")) == {
        "visitors": 1,
        "visits": 1,
        "page_views": 2,
        "events": 2,
        "bounce_rate": 0.0,
        "visit_duration": 1800.0,
        "views_per_visit": 2.0,
    }


def test_a_gap_of_a_microsecond_more_cuts_it() -> None:
    assert summarise(event("10:00:00"), event("10:30:00.000001")) == {
        "visitors": 1,
        "visits": 2,
        "page_views": 2,
        "events": 2,
        "bounce_rate": 100.0,
        "visit_duration": 0.0,
        "views_per_visit": 1.0,
    }


def test_an_event_between_joins_two_visits() -> None:
    ends = [event("10:00:00"), event("10:40:00", 1)]
    assert summarise(*ends, metrics="visits") == {"visits": 2}
    assert summarise(*ends, event("10:20:00", 2), metrics="visits") == {"visits": 1}


def test_a_visit_over_midnight_counts_on_the_day_of_its_start_and_its_events_on_their_own() -> None:
    events = [event("2025-11-11T23:50:00Z"), event("2025-11-12T00:10:00Z"), event("2025-11-12T00:20:00Z")]
    days = {"from": "2025-11-11", "to": "2025-11-13", "interval": "day"}
    assert count_over_time(*events, metrics="visitors,visits,page_views,visit_duration", **days) == [
        (1, 1, 1, 1800.0),
        (1, 0, 2, None),
        (0, 0, 0, None),
    ]


def test_the_first_of_equal_timestamps_is_the_one_of_the_smaller_id() -> None:
    tie = [event("10:00:00", 2, source="Bing"), event("10:00:00", 1, source="Google")]
    assert break_down("source", *tie, metrics="visits,page_views") == [("Google", 1, 2)]


def test_entry_and_exit_of_a_tie_go_by_the_bytes_of_the_path_not_by_the_id() -> None:
    tie = [event("10:00:00", n, path=path) for n, path in enumerate(["/b", "/a", "/é", "/z"])]
    assert break_down("entry", *tie) == [("/a", 1)]
    assert break_down("exit", *tie) == [("/é", 1)]


def test_entry_and_exit_are_page_views() -> None:
    visit = [
        event("10:00:00", event_type="open", path="/app"),
        event("10:01:00", path="/first"),
        event("10:02:00", path="/last"),
        event("10:03:00", event_type="close", path="/app"),
    ]
    assert break_down("entry", *visit, metrics="events") == [("/first", 4)]
    assert break_down("exit", *visit, metrics="events") == [("/last", 4)]
    assert break_down("exit", visit[0], metrics="events") == []


def test_an_event_has_the_attributes_of_its_visit_and_alone_its_own() -> None:
    first, later = event("10:00:00", country="DE"), event("10:10:00", country="FR", browser="Firefox")
    alone = event("10:10:00", 1, user_id=None, country="FR")
    assert break_down("country", first, later, alone, metrics="events,visitors") == [("DE", 2, 1), ("FR", 1, 0)]
    assert break_down("browser", first, later) == []


def test_an_event_without_a_visitor_is_in_no_visit() -> None:
    assert summarise(event("10:00:00", user_id=None)) == {
        "visitors": 0,
        "visits": 0,
        "page_views": 1,
        "events": 1,
        "bounce_rate": None,
        "visit_duration": None,
        "views_per_visit": None,
    }
    assert break_down("entry", event("10:00:00", user_id=None), metrics="events") == []


def test_a_user_is_not_the_visitor_whose_derived_id_reads_the_same() -> None:
    same = "AAAAAAAAAAAAAAAA"
    assert (
        summarise(event("10:00:00", user_id=same), event("10:00:00", 1, user_id=None, visitor_id=same))["visits"] == 2
    )


def test_ids_of_which_one_continues_the_other_within_30_minutes_are_one_visitor() -> None:
    first, second = {"user_id": None, "visitor_id": "z" * 16}, {"user_id": None, "visitor_id": "a" * 16}
    both = {**second, "previous_visitor_id": "z" * 16}
    near = [event("10:00:00", **first), event("10:30:00", 1, **both), event("10:40:00", 2, **second)]
    assert summarise(*near, metrics="visitors,visits") == {"visitors": 1, "visits": 1}
    far = [event("09:59:59.999999", **first), *near[1:]]
    assert summarise(*far, metrics="visitors,visits") == {"visitors": 2, "visits": 2}


@pytest.mark.parametrize(
    ("operator", "value", "passing"),
    [
        ("is", "Bing", 1),
        ("is", ["Bing", "Google"], 3),
        ("is_not", "Bing", 3),
        ("is_not", ["Bing", "Google"], 1),
        ("contains", "oog", 2),
        ("contains", ["oog", "in"], 3),
        ("not_contains", "oog", 2),
        ("not_contains", ["oog", "in"], 1),
        ("matches", "B*", 1),
        ("matches", "G????e", 2),
        ("matches", "b*", 0),
    ],
)
def test_what_is_absent_passes_the_negations_alone(operator: str, value: Any, passing: int) -> None:
    sources = ["Google", "Google", "Bing", None]
    events = [event("10:00:00", n, user_id=f"user {n}", source=source) for n, source in enumerate(sources)]
    filters = json.dumps([{"dimension": "source", "operator": operator, "value": value}])
    assert summarise(*events, metrics="events", filters=filters) == {"events": passing}


def test_conditions_with_and_and_or_may_be_nested() -> None:
    events = [event("10:00:00", n, path=path, props={"n": str(n)}) for n, path in enumerate(["/a", "/b", "/c"])]
    filters = (
        '[{"or": [{"dimension": "path", "operator": "is", "value": "/a"}, {"and": ['
        '{"dimension": "path", "operator": "is", "value": "/b"},'
        '{"dimension": "props.n", "operator": "is_not", "value": "1"}]}]}]'
    )
    assert summarise(*events, metrics="events", filters=filters) == {"events": 1}


def test_a_filtered_visit_counts_where_it_starts_if_one_of_its_events_passes() -> None:
    filters = '[{"dimension": "path", "operator": "is", "value": "/b"}]'
    events = [event("10:00:00", path="/a"), event("11:00:00", path="/c"), event("11:10:00", path="/b")]
    assert summarise(*events, metrics="visits,bounce_rate,views_per_visit", filters=filters) == {
        "visits": 1,
        "bounce_rate": 0.0,
        "views_per_visit": 1.0,
    }
    hours = count_over_time(*events, event("12:05:00", path="/b"), metrics="visits,events", filters=filters, **DAY)
    assert {n: hours[n] for n in range(24) if any(hours[n])} == {11: (1, 1), 12: (1, 1)}


@pytest.mark.parametrize(
    ("glob", "value", "is_match"),
    [("*", "", True), ("?", "é", True), ("?", "", False), ("a*c", "a\nc", True), ("%", "x", False), ("_", "x", False)],
)
def test_in_a_glob_only_star_and_question_mark_are_special(glob: str, value: str, is_match: bool) -> None:
    assert matches(glob, value) is is_match
    assert matches("[a]\\", "[a]\\")


def test_durations_are_floored_to_milliseconds_and_averages_rounded_half_to_even() -> None:
    short = [event("10:00:00"), event("10:00:00.001999", 1)]
    assert summarise(*short, metrics="visit_duration") == {"visit_duration": 0.0}
    halves = [event(f"10:0{n}:00", n, user_id=f"user {n}") for n in range(8)]
    halves += [event("10:00:01.000", 9, user_id="user 0")]
    assert summarise(*halves, metrics="bounce_rate,visit_duration") == {"bounce_rate": 87.5, "visit_duration": 0.12}


def test_revenue_is_summed_by_currency_to_the_last_digit() -> None:
    amounts = [("0.1", "EUR"), ("0.2", "EUR"), ("-5", "USD")]
    events = [
        event("10:00:00", n, revenue={"amount": amount, "currency": currency})
        for n, (amount, currency) in enumerate(amounts)
    ]
    assert summarise(*events, metrics="revenue") == {"revenue": {"EUR": Decimal("0.3"), "USD": Decimal("-5")}}
    assert summarise(event("10:00:00"), metrics="revenue") == {"revenue": {}}


def test_the_first_delivered_of_a_key_counts_and_what_is_filtered_does_not() -> None:
    events = [event("10:00:00", filtered="bot"), event("10:00:00", path="/first"), event("10:00:00", path="/second")]
    assert break_down("path", *events) == [("/first", 1)]


def test_rows_go_by_figures_then_bytes_and_pages_are_cut_from_them() -> None:
    paths = ["/b", "/B", "/é", "/a", "/a"]
    events = [event(f"10:0{n}:00", n, path=path) for n, path in enumerate(paths)]
    by_views = [("/a", 2), ("/B", 1), ("/b", 1), ("/é", 1)]
    assert break_down("path", *events, metrics="page_views") == by_views
    upwards = [*by_views[1:], by_views[0]]
    assert break_down("path", *events, metrics="page_views", sort="page_views:asc") == upwards
    assert break_down("path", *events, metrics="page_views", limit="2", offset="1") == by_views[1:3]


def test_a_figure_that_is_absent_comes_last_in_both_directions() -> None:
    known, alone = event("10:00:00"), event("10:00:00", 1, user_id=None, path="/alone")
    for direction in ("asc", "desc"):
        rows = break_down("path", alone, known, metrics="bounce_rate", sort=f"bounce_rate:{direction}")
        assert rows == [("/home", 100.0), ("/alone", None)]
