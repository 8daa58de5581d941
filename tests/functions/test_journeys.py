"""Journeys: the ways that visits take from a page or an event on, or to one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from common.access.links import LinkDraft, Links
from common.postgres.database import Database
from common.settings import Settings
from functions.stats.access.api_key import ApiKey
from functions.stats.access.gate import Gate
from functions.stats.access.identity import Identity, Stores
from functions.stats.estimator.budgets import Budget, Budgets
from functions.stats.estimator.reader import FiguresReader
from functions.stats.journeys.routes import build_journeys_route
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
    ("shown", "is_bounded"),
    [({"dimension": "country", "value": "US"}, True), ({"dimension": "path", "value": "/a*"}, False)],
    ids=["whose visits are counted", "whose visits nobody counts"],
)
def test_what_a_link_estimates_tells_nothing_of_what_it_does_not_show(
    site: Site, database: Database, settings: Settings, shown: dict[str, str], is_bounded: bool
) -> None:
    """Two sites differ in what the link hides alone, and there in the number of visits, not of events."""
    for one, times in (("s", "02T10:0{}:00"), ("t", "02T1{}:00:00")):
        seen = [
            view(f"02T10:0{step}:00", f"shown {number}", f"/a{step}", country="US", site_id=one)
            for number in range(300)
            for step in range(1 + number % 3)
        ]
        others = [
            view(times.format(step), f"hidden {number}", "/b", country="DE", site_id=one)
            for number in range(100)
            for step in range(4)
        ]
        site.store(seen + others)
    answers = []
    low = Budgets(Budget(300, 300), Budget(300, 300))
    gate = Gate(Identity(settings, ApiKey(), Stores.of(database)))
    route = build_journeys_route(FiguresReader(database), gate, lambda: datetime(2025, 7, 1, tzinfo=UTC), low)
    for one in ("s", "t"):
        filters = json.dumps([{**shown, "operator": "matches" if "*" in shown["value"] else "is"}])
        _, token = Links(database).make("test", one, LinkDraft("l", filters=filters))
        client = TestClient(Starlette(routes=[route]), headers={"Authorization": f"Bearer {token.text}"})
        answer = client.get("/v1/stats/journeys", params={"site_id": one, **DAY}).json()
        assert not answer["meta"]["exact"]
        answers.append(answer["data"])
    assert answers[0] == answers[1]
    assert (answers[0]["visits_error"] is not None) == is_bounded


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
