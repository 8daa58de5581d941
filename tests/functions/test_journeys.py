"""Journeys: the ways that visits take from a page or an event on, or to one."""

import json
from typing import Any

import pytest

from common.access.links import LinkDraft, Links
from common.postgres.database import Database
from tests.functions.site import DAY, Site, view


def at(path: str) -> list[dict[str, Any]]:
    return [{"dimension": "path", "operator": "is", "value": path}]


def store_some(site: Site) -> None:
    site.store(
        [
            view("02T10:00:00", "ann", "/", country="DE"),
            view("02T10:01:00", "ann", "/docs/a", country="DE"),
            view("02T10:01:30", "ann", "/docs/a", country="DE"),
            view("02T10:02:00", "ann", "/docs/b", country="DE"),
            view("02T10:03:00", "ann", "/b", country="DE", event_type="signup"),
            view("02T11:00:00", "bob", "/", country="US"),
            view("02T11:01:00", "bob", "/docs/a", country="US"),
            view("02T12:00:00", "bob", "/", country="US"),
            view("02T12:30:00", "cy", "/docs/a", country="US"),
        ]
    )


def find(site: Site, **query: Any) -> list[tuple[list[Any], int, float]]:
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
    data = site.ask("journeys", **(DAY | written))["data"]
    return [
        ([None if step is None else next(iter(step.values())) for step in way["steps"]], way["visits"], way["share"])
        for way in data["journeys"]
    ]


def test_ways_begin_where_visits_do_and_say_where_these_end(site: Site) -> None:
    store_some(site)
    assert find(site, depth="3") == [
        (["/", None], 1, 25.0),
        (["/", "/docs/a", None], 1, 25.0),
        (["/", "/docs/a", "/docs/b"], 1, 25.0),
        (["/docs/a", None], 1, 25.0),
    ]


def test_ways_from_a_page_begin_where_it_is_first_seen(site: Site) -> None:
    store_some(site)
    assert find(site, start=at("/docs/a"), depth="2") == [
        (["/docs/a", None], 2, 66.67),
        (["/docs/a", "/docs/b"], 1, 33.33),
    ]


def test_ways_to_an_event_end_with_it_and_say_where_the_visit_began(site: Site) -> None:
    store_some(site)
    signup = [{"dimension": "event_type", "operator": "is", "value": "signup"}]
    assert find(site, end=signup, depth="3") == [(["/docs/a", "/docs/b", "signup"], 1, 100.0)]
    assert find(site, end=signup) == [([None, "/", "/docs/a", "/docs/b", "signup"], 1, 100.0)]


def test_pages_are_told_from_events_and_can_be_asked_for_alone(site: Site) -> None:
    store_some(site)
    query = {"depth": "2", "start": json.dumps(at("/docs/b"))}
    [way] = site.ask("journeys", **DAY, **query)["data"]["journeys"]
    assert way["steps"] == [{"page": "/docs/b"}, {"event": "signup"}]
    [way] = site.ask("journeys", **DAY, **query, nodes="pages")["data"]["journeys"]
    assert way["steps"] == [{"page": "/docs/b"}, None]


def test_pages_with_a_prefix_are_one_place(site: Site) -> None:
    store_some(site)
    assert find(site, prefixes=["/docs/"], start=at("/"), depth="3") == [
        (["/", None], 1, 33.33),
        (["/", "/docs/*", None], 1, 33.33),
        (["/", "/docs/*", "signup"], 1, 33.33),
    ]


def test_visits_that_were_under_way_are_of_the_range_before(site: Site) -> None:
    store_some(site)
    bounds = {"from": "2025-06-02T10:01:00Z", "to": "2025-06-02T11:30:00Z"}
    assert find(site, **bounds, depth="2") == [(["/", "/docs/a"], 1, 100.0)]


def test_a_limit_leaves_the_rarest_out_and_the_total_tells_of_them(site: Site) -> None:
    store_some(site)
    data = site.ask("journeys", **DAY, limit="1", depth="2")["data"]
    assert (data["visits"], data["total"], [way["visits"] for way in data["journeys"]]) == (4, 3, [2])


def test_a_links_filters_hold_for_journeys(site: Site, database: Database) -> None:
    store_some(site)
    american = '[{"dimension": "country", "operator": "is", "value": "US"}]'
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=american))
    headers = {"Authorization": f"Bearer {token.text}"}
    answer = site.stats.get("/v1/stats/journeys", params={"site_id": "s", **DAY}, headers=headers).json()
    assert answer["data"]["visits"] == 3


@pytest.mark.parametrize(
    ("query", "parameter", "pointer"),
    [
        ({"start": "[]"}, "start", None),
        ({"end": "[1]"}, "end", "/0"),
        ({"start": json.dumps(at("/")), "end": json.dumps(at("/"))}, "end", None),
        ({"depth": "1"}, "depth", None),
        ({"depth": "11"}, "depth", None),
        ({"nodes": "events"}, "nodes", None),
        ({"prefixes": "/docs"}, "prefixes", None),
        ({"prefixes": json.dumps(["/" * 600, "/" * 500])}, "prefixes", None),
        ({"limit": "101"}, "limit", None),
    ],
)
def test_a_question_without_a_meaning_is_told_what_would_be_right(
    site: Site, query: dict[str, str], parameter: str, pointer: str | None
) -> None:
    answer = site.stats.get("/v1/stats/journeys", params={"site_id": "s", **DAY, **query})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["parameter"], error.get("pointer")) == (422, parameter, pointer)
