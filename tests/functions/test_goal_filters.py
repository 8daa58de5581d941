"""Goals as filters of every question: who reached one, in which visits, and in which visits nobody did."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from common.access.links import LinkDraft, Links
from common.errors import InvalidInput
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from tests.functions.site import DAY, Site, view

Ask = Callable[..., Any]


@pytest.fixture
def ask(site: Site, database: Database) -> Ask:
    """Asks about a day on which ann signs up in a visit from Google, bob in his second one, and cy not at all."""
    site.store(
        [
            view("02T10:00:00", "ann", "/pricing", source="Google"),
            view("02T10:01:00", "ann", "/join", event_type="signup"),
            view("02T10:02:00", "ann", "/home"),
            view("02T11:00:00", "bob", "/pricing", source="Bing"),
            view("02T13:00:00", "bob", "/join", event_type="signup", revenue={"currency": "EUR", "amount": "5"}),
            view("02T14:00:00", "cy", "/home"),
            view("02T15:00:00", "dee", "/home", user_id=None),
            view("02T23:59:00", "eve", "/late"),
            view("03T00:01:00", "eve", "/late", event_type="signup"),
        ]
    )
    Goals(database).put("test", "s", Goal("signup", event="signup"))
    Goals(database).put("test", "s", Goal("pricing", path="/pricing*"))

    def ask_one(endpoint: str, operator: str, value: Any = "signup", **query: str) -> Any:
        condition = {"dimension": "goal", "operator": operator, "value": value}
        return site.ask(endpoint, filters=json.dumps([condition]), **(DAY | query))

    return ask_one


COUNTS = {"metrics": "visitors,visits,events"}


def test_is_a_goal_holds_for_the_events_that_reach_it(ask: Ask) -> None:
    assert ask("summary", "is", **COUNTS)["data"] == {"visitors": 2, "visits": 2, "events": 2}
    assert ask("summary", "is", ["signup", "pricing"], **COUNTS)["data"]["events"] == 4
    by_path = ask("breakdown", "is", dimension="path", metrics="events")["data"]
    assert by_path == [{"path": "/join", "events": 2}]


def test_has_a_goal_holds_for_all_events_of_the_visits_that_reach_it(ask: Ask) -> None:
    assert ask("summary", "has", **COUNTS)["data"] == {"visitors": 3, "visits": 3, "events": 5}
    by_path = ask("breakdown", "has", dimension="path", metrics="events")["data"]
    assert by_path == [
        {"path": "/join", "events": 2},
        {"path": "/home", "events": 1},
        {"path": "/late", "events": 1},
        {"path": "/pricing", "events": 1},
    ]
    assert ask("summary", "has", metrics="revenue")["data"] == {"revenue": {"EUR": "5"}}
    assert ask("summary", "has", "pricing", metrics="revenue")["data"] == {"revenue": {}}


def test_has_not_is_about_a_visit_so_another_visit_of_the_same_visitor_may_have(ask: Ask) -> None:
    found = ask("breakdown", "has_not", dimension="path", metrics="visits,events")["data"]
    assert found == [{"path": "/home", "visits": 1, "events": 2}, {"path": "/pricing", "visits": 1, "events": 1}]
    assert ask("summary", "has_not", **COUNTS)["data"] == {"visitors": 2, "visits": 2, "events": 3}


def test_a_visit_that_reaches_the_goal_after_the_range_has_it(ask: Ask) -> None:
    late = {"from": "2025-06-02T23:00:00Z", "to": "2025-06-03T00:00:00Z"}
    assert ask("summary", "has", **COUNTS, **late)["data"]["events"] == 1
    assert ask("summary", "has_not", **COUNTS, **late)["data"]["events"] == 0


def test_hours_of_those_who_have_and_have_not_add_up_to_all(site: Site, ask: Ask) -> None:
    counts = [
        [row["events"] for row in answer["data"]]
        for answer in (
            ask("timeseries", "has", interval="hour", metrics="events"),
            ask("timeseries", "has_not", interval="hour", metrics="events"),
            site.ask("timeseries", interval="hour", metrics="events", **DAY),
        )
    ]
    assert [one + other for one, other in zip(counts[0], counts[1], strict=True)] == counts[2]


def test_goals_can_be_asked_about_who_has_another_goal(ask: Ask) -> None:
    [signup] = ask("goals", "has", "pricing", goal="signup")["data"]
    assert signup == {"goal": "signup", "visitors": 1, "visits": 1, "conversions": 1, "rate": 50.0}


def test_the_answer_repeats_the_filters_as_they_were_written_and_its_tag_follows_the_definition(
    site: Site, ask: Ask, database: Database
) -> None:
    query = {"site_id": "s", "filters": '[{"dimension": "goal", "operator": "is", "value": "signup"}]', **DAY}
    first = site.stats.get("/v1/stats/summary", params=query)
    assert first.json()["meta"]["filters"] == [{"dimension": "goal", "operator": "is", "value": ["signup"]}]
    Goals(database).put("test", "s", Goal("signup", event="order"))
    second = site.stats.get("/v1/stats/summary", params=query)
    assert second.headers["etag"] != first.headers["etag"]
    assert second.json()["data"]["visitors"] == 0


@pytest.mark.parametrize(
    ("operator", "value", "named"),
    [("is", "order", "it has pricing, signup"), ("is_not", "signup", "is, has, has_not"), ("has", [], "1 to 100")],
)
def test_a_goal_that_the_site_does_not_have_and_an_operator_that_says_nothing_of_one_are_refused(
    site: Site, ask: Ask, operator: str, value: Any, named: str
) -> None:
    filters = json.dumps([{"dimension": "goal", "operator": operator, "value": value}])
    answer = site.stats.get("/v1/stats/summary", params={"site_id": "s", "filters": filters})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "filters")
    assert named in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("kind", ["goal", "segment"])
def test_a_goals_own_filters_name_no_goal_and_no_segment(ask: Ask, database: Database, kind: str) -> None:
    filters = json.dumps([{"dimension": kind, "operator": "is", "value": "signup"}])
    with pytest.raises(InvalidInput) as raised:
        Goals(database).put("test", "s", Goal("signup", event="signup", filters=filters))
    assert raised.value.faults[0].pointer == "/filters"


def test_a_link_is_held_to_a_goal_and_shows_nothing_once_the_goal_is_gone(
    site: Site, ask: Ask, database: Database
) -> None:
    filters = '[{"dimension": "goal", "operator": "has_not", "value": "signup"}]'
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=filters))

    def read(endpoint: str) -> Any:
        headers = {"Authorization": f"Bearer {token.text}"}
        return site.stats.get(f"/v1/stats/{endpoint}", params={"site_id": "s", **DAY}, headers=headers)

    assert read("summary").json()["data"]["visitors"] == 2
    Goals(database).delete("test", "s", "signup")
    assert read("summary").status_code == 403


def funnel(step: str, other: str) -> str:
    steps = [[{"dimension": "path", "operator": "is", "value": path}] for path in (step, other)]
    return json.dumps(steps)


def test_funnels_journeys_and_retention_are_of_visits_that_have_or_have_not_a_goal(ask: Ask) -> None:
    def count(operator: str, *paths: str) -> list[int]:
        answer = ask("funnel", operator, steps=funnel(*paths))
        return [step["visitors"] for step in answer["data"]["steps"]]

    assert (count("has", "/pricing", "/join"), count("has_not", "/pricing", "/join")) == ([1, 1], [1, 0])
    assert [ask("journeys", operator)["data"]["visits"] for operator in ("is", "has", "has_not")] == [2, 3, 2]
    cohorts = [ask("retention", operator, unit="day")["data"][0]["visitors"] for operator in ("has", "has_not")]
    assert cohorts == [3, 2]


def test_a_step_of_a_funnel_and_the_start_of_a_journey_name_a_goal(site: Site, ask: Ask, database: Database) -> None:
    named = [{"dimension": "goal", "operator": "is", "value": "signup"}]
    steps = [[{"dimension": "goal", "operator": "is", "value": "pricing"}], named]
    query = {**DAY, "steps": json.dumps(steps), "within": "12h"}
    first = site.stats.get("/v1/stats/funnel", params={"site_id": "s", **query})
    assert [step["visitors"] for step in first.json()["data"]["steps"]] == [2, 2]
    assert first.json()["meta"]["steps"] == [[steps[0][0] | {"value": ["pricing"]}], [named[0] | {"value": ["signup"]}]]
    journeys = site.ask("journeys", **DAY, start=json.dumps(named))["data"]["journeys"]
    assert [[step and step.get("event", step.get("page")) for step in one["steps"]] for one in journeys] == [
        ["signup", None],
        ["signup", "/home", None],
    ]
    Goals(database).put("test", "s", Goal("signup", event="order"))
    second = site.stats.get("/v1/stats/funnel", params={"site_id": "s", **query})
    assert second.headers["etag"] != first.headers["etag"]
    assert [step["visitors"] for step in second.json()["data"]["steps"]] == [2, 0]


@pytest.mark.parametrize("endpoint", ["funnel", "journeys", "retention"])
def test_a_link_that_is_held_to_a_goal_shows_no_more_in_any_question(
    site: Site, ask: Ask, database: Database, endpoint: str
) -> None:
    filters = '[{"dimension": "goal", "operator": "has_not", "value": "signup"}]'
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=filters))

    def read() -> Any:
        query = {"steps": funnel("/pricing", "/join")} if endpoint == "funnel" else {}
        headers = {"Authorization": f"Bearer {token.text}"}
        return site.stats.get(f"/v1/stats/{endpoint}", params={"site_id": "s", **DAY, **query}, headers=headers)

    assert read().status_code == 200
    assert "signup" not in json.dumps(read().json()["data"])
    Goals(database).delete("test", "s", "signup")
    assert read().status_code == 403


HELD = [
    pytest.param([{"dimension": "path", "operator": "is", "value": "/pricing"}], id="by its path"),
    pytest.param(
        [
            {"dimension": "goal", "operator": "has", "value": "pricing"},
            {"dimension": "path", "operator": "is", "value": "/pricing"},
        ],
        id="by its path and the visit",
    ),
]


@pytest.mark.parametrize("filters", HELD)
def test_a_link_that_shows_some_events_does_not_tell_what_others_of_their_visits_are(
    site: Site, ask: Ask, database: Database, filters: list[dict[str, Any]]
) -> None:
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=json.dumps(filters)))

    def count(operator: str, goal: str) -> int:
        query = {"filters": json.dumps([{"dimension": "goal", "operator": operator, "value": goal}])}
        headers = {"Authorization": f"Bearer {token.text}"}
        answer = site.stats.get("/v1/stats/summary", params={"site_id": "s", **DAY, **COUNTS, **query}, headers=headers)
        return int(answer.json()["data"]["visits"])

    assert (count("has", "signup"), count("has_not", "signup")) == (0, 2)
    assert (count("has", "pricing"), count("has_not", "pricing")) == (2, 0)


def test_a_link_whose_filters_leave_open_which_events_it_shows_takes_no_condition_on_visits(
    site: Site, ask: Ask, database: Database
) -> None:
    either = {
        "or": [named := {"dimension": "goal", "operator": "has", "value": "signup"}, {**named, "value": "pricing"}]
    }
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=json.dumps([either])))
    headers = {"Authorization": f"Bearer {token.text}"}
    query = {"site_id": "s", **DAY}
    assert site.stats.get("/v1/stats/summary", params=query, headers=headers).json()["data"]["visits"] == 4
    answer = site.stats.get("/v1/stats/summary", params=query | {"filters": json.dumps([named])}, headers=headers)
    assert answer.status_code == 403


def test_a_comparison_of_a_goal_says_by_how_much_it_changed(site: Site, ask: Ask) -> None:
    day = DAY | {"from": "2025-06-03", "to": "2025-06-03"}
    [signup] = site.ask("goals", goal="signup", compare="previous", **day)["data"]
    assert (signup["conversions"], signup["comparison"]["conversions"]) == (1, 2)
    assert signup["change"] == {"visitors": -50.0, "visits": -100.0, "conversions": -50.0, "rate": 100.0}
