"""Which queries are understood, and what is said of the others."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import QueryParams

from common.errors import InvalidInput
from common.filters.conditions import MAX_CONDITIONS, Condition, Junction, parse_filters
from functions.stats.query.filters import describe_filters
from functions.stats.query.grammar import parse_query, resolve
from functions.stats.query.model import Kind, Query, Site

NOW = datetime(2025, 11, 12, 10, tzinfo=UTC)
BERLIN = Site(ZoneInfo("Europe/Berlin"))
IS_HOME = {"dimension": "path", "operator": "is", "value": "/home"}


def understand(kind: Kind, **parameters: Any) -> Query:
    query = {"site_id": "blog", **parameters}
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
    return resolve(parse_query(kind, QueryParams(urlencode(texts))), BERLIN, NOW)


def list_faults(kind: Kind, query: str) -> list[str]:
    with pytest.raises(InvalidInput) as raised:
        resolve(parse_query(kind, QueryParams(query)), BERLIN, NOW)
    return [f"{fault.parameter}{fault.pointer}" for fault in raised.value.faults]


def nest(depth: int) -> Any:
    return IS_HOME if depth == 0 else {"or": [nest(depth - 1)]}


@pytest.mark.parametrize(
    ("kind", "query", "parameters"),
    [
        ("summary", "", ["site_id"]),
        ("summary", "site_id=%00", ["site_id"]),
        ("summary", f"site_id={'x' * 65}", ["site_id"]),
        ("summary", "site_id=a&site_id=b", ["site_id"]),
        ("summary", "site_id=a&period=8d", ["period"]),
        ("summary", "site_id=a&period=7d&from=2025-01-01&to=2025-01-02", ["period"]),
        ("summary", "site_id=a&from=2025-01-01", ["to"]),
        ("summary", "site_id=a&to=2025-01-01", ["from"]),
        ("summary", "site_id=a&from=2025-01-02&to=2025-01-01", ["to"]),
        ("summary", "site_id=a&from=2025-02-29&to=2025-03-01", ["from"]),
        ("summary", "site_id=a&from=20250101&to=2025-W02-1", ["from", "to"]),
        ("summary", "site_id=a&from=1969-12-31&to=2200-01-01", ["from", "to"]),
        ("summary", "site_id=a&from=2025-01-01&to=2025-01-02T00:00:00Z", ["to"]),
        ("summary", "site_id=a&from=2025-01-01T00:00:00Z&to=2025-01-01T00:00:00Z", ["to"]),
        ("summary", "site_id=a&from=2025-01-01T00:00:00&to=2025-01-02T00:00:00", ["from", "to"]),
        ("summary", "site_id=a&timezone=Mars/Base", ["timezone"]),
        ("summary", "site_id=a&metrics=visitors,hits", ["metrics"]),
        ("summary", "site_id=a&metrics=visitors,visitors", ["metrics"]),
        ("summary", "site_id=a&metrics=", ["metrics"]),
        ("summary", "site_id=a&compare=last", ["compare"]),
        ("summary", "site_id=a&format=xml", ["format"]),
        ("summary", "site_id=a&dimension=path&interval=day&date=1", ["dimension", "interval", "date"]),
        ("timeseries", "site_id=a&interval=second", ["interval"]),
        ("timeseries", "site_id=a&period=90d&interval=minute", ["interval"]),
        ("breakdown", "site_id=a", ["dimension"]),
        ("breakdown", "site_id=a&dimension=colour", ["dimension"]),
        ("breakdown", "site_id=a&dimension=props.", ["dimension"]),
        ("breakdown", f"site_id=a&dimension=props.{'x' * 65}", ["dimension"]),
        ("breakdown", "site_id=a&dimension=path&sort=visits:desc", ["sort"]),
        ("breakdown", "site_id=a&dimension=path&sort=visitors:up", ["sort"]),
        ("breakdown", "site_id=a&dimension=path&metrics=revenue,visitors&sort=revenue", ["sort"]),
        ("breakdown", "site_id=a&dimension=path&limit=0&offset=-1", ["limit", "offset"]),
        ("breakdown", "site_id=a&dimension=path&limit=1001&offset=1000001", ["limit", "offset"]),
    ],
)
def test_a_query_that_is_not_valid_names_each_fault(kind: Kind, query: str, parameters: list[str]) -> None:
    assert list_faults(kind, query) == parameters


@pytest.mark.parametrize(
    ("filters", "pointers"),
    [
        ("{", [""]),
        ("[" * 100_000, [""]),
        ({}, [""]),
        ([1], ["/0"]),
        ([{"dimension": "path", "operator": "is"}], ["/0"]),
        ([{**IS_HOME, "more": 1}], ["/0"]),
        ([{**IS_HOME, "dimension": "hits"}], ["/0/dimension"]),
        ([{**IS_HOME, "dimension": ["path"]}], ["/0/dimension"]),
        ([{**IS_HOME, "operator": "regex"}], ["/0/operator"]),
        ([{**IS_HOME, "operator": []}], ["/0/operator"]),
        ([{**IS_HOME, "value": ""}], ["/0/value"]),
        ([{**IS_HOME, "value": []}], ["/0/value"]),
        ([{**IS_HOME, "value": [1]}], ["/0/value"]),
        ([{**IS_HOME, "value": "\0"}], ["/0/value"]),
        ([{**IS_HOME, "value": "\ud800"}], ["/0/value"]),
        ([{**IS_HOME, "value": ["x"] * 101}], ["/0/value"]),
        ([{"and": []}], ["/0/and"]),
        ([{"not": [IS_HOME]}], ["/0"]),
        ([{"or": [IS_HOME, {"and": [{**IS_HOME, "value": ""}]}]}], ["/0/or/1/and/0/value"]),
        ([nest(4)], ["/0/or/0/or/0/or/0"]),
        ([IS_HOME] * (MAX_CONDITIONS + 1), [""]),
        ([{"or": [IS_HOME] * 11}] * 2, [""]),
        ([{**IS_HOME, "operator": "contains", "value": ["a" * 1_000] * 8}], [""]),
        ([{**IS_HOME, "operator": "matches", "value": "*a" * 501}], [""]),
        ([{"or": [{**IS_HOME, "operator": "not_contains", "value": ["é"] * 51}] * 10}], [""]),
    ],
)
def test_a_filter_that_is_not_valid_is_pointed_at(filters: Any, pointers: list[str]) -> None:
    _, faults = parse_filters(filters if isinstance(filters, str) else json.dumps(filters))
    assert [(fault.parameter, fault.pointer) for fault in faults] == [("filters", pointer) for pointer in pointers]


@pytest.mark.parametrize(("operator", "value"), [("is", ["a" * 2_000] * 100), ("contains", ["ten letters"] * 90)])
def test_values_may_be_long_or_many_where_they_are_not_both_looked_for_in_texts(operator: str, value: Any) -> None:
    assert parse_filters(json.dumps([{**IS_HOME, "operator": operator, "value": value}]))[1] == []


def test_a_fault_says_what_is_supported() -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_query("breakdown", QueryParams("site_id=a&dimension=colour&metrics=hits"))
    dimension, metrics = raised.value.faults
    assert "utm_campaign" in dimension.detail
    assert "props.<key>" in dimension.detail
    assert "bounce_rate" in metrics.detail


def test_conditions_are_joined_by_and_and_nest() -> None:
    filters = [IS_HOME, {"or": [{**IS_HOME, "operator": "matches", "value": ["/a*", "/b*"]}, nest(2)]}]
    parsed, faults = parse_filters(json.dumps(filters))
    home = Condition("path", "is", ("/home",))
    either = Junction("or", (Condition("path", "matches", ("/a*", "/b*")), Junction("or", (Junction("or", (home,)),))))
    assert (parsed, faults) == (Junction("and", (home, either)), [])
    assert describe_filters(parsed)[0] == {"dimension": "path", "operator": "is", "value": ["/home"]}


def test_an_empty_list_of_conditions_filters_nothing() -> None:
    assert understand("summary", filters=[]).filters is None


def test_days_are_inclusive_and_of_the_sites_zone() -> None:
    span = understand("summary", **{"from": "2025-11-12", "to": "2025-11-12"}).span
    assert (span.start, span.end) == (datetime(2025, 11, 11, 23, tzinfo=UTC), datetime(2025, 11, 12, 23, tzinfo=UTC))


def test_another_zone_is_honoured() -> None:
    query = understand("summary", period="today", timezone="Asia/Kolkata")
    assert query.span.start == datetime(2025, 11, 11, 18, 30, tzinfo=UTC)


def test_the_end_of_instants_is_exclusive() -> None:
    span = understand("summary", **{"from": "2025-11-12T10:00:00+01:00", "to": "2025-11-12t10:00:00.5Z"}).span
    assert (span.start.hour, span.end.microsecond) == (9, 500_000)


def test_without_a_period_it_is_30_days_without_metrics_those_that_suit() -> None:
    query = understand("summary")
    assert query.span == understand("summary", period="30d").span
    assert query.metrics == ("visitors", "visits", "page_views", "bounce_rate", "visit_duration")
    assert understand("breakdown", dimension="path").metrics == ("visitors", "page_views")
    assert understand("breakdown", dimension="country").metrics == ("visitors", "visits", "page_views")


def test_the_first_metric_that_can_be_is_sorted_by() -> None:
    query = understand("breakdown", dimension="path", metrics="revenue,events,visitors")
    assert (query.sort.metric, query.sort.is_descending) == ("events", True)
    assert not understand("breakdown", dimension="path", sort="visitors:asc").sort.is_descending
    assert understand("breakdown", dimension="path", sort="visitors").sort.is_descending
