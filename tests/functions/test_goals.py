"""Goals: kept for each site, counted when somebody asks, and so true of the past."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from httpx2 import Response

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.goals.goal import MOST_GOALS
from common.postgres.database import Database
from common.settings import Settings
from infra.cli.goals import goals as command
from tests.functions.site import DAY, Site, view

Send = Callable[..., Response]


@pytest.fixture
def send(site: Site, database: Database) -> Send:
    """Sends a request as one who manages the goals of the site."""
    _, key = Keys(database).make("test", "manager", ["goals", "stats"], ["s"])

    def ask(method: str, name: str = "", site_id: str = "s", **definition: Any) -> Response:
        headers = {"Authorization": f"Bearer {key.text}"}
        path = f"/v1/sites/{site_id}/goals" + (f"/{name}" if name else "")
        return site.stats.request(method, path, headers=headers, json=definition if method == "PUT" else None)

    return ask


def store_some(site: Site) -> None:
    site.store(
        [
            view("02T10:00:00", "ann", "/pricing", country="DE"),
            view("02T10:01:00", "ann", "/thanks", country="DE", event_type="signup"),
            view("02T10:02:00", "ann", "/thanks", country="DE", event_type="signup"),
            view("02T11:00:00", "bob", "/pricing/pro", country="US"),
            view("02T12:00:00", "cy", "/", country="US"),
            view("02T13:00:00", "cy", "/", event_type="order", revenue={"currency": "EUR", "amount": "5"}),
        ]
    )


def find(site: Site, **query: str) -> dict[str, Any]:
    return {one.pop("goal"): one for one in site.ask("goals", **(DAY | query))["data"]}


def test_a_goal_counts_what_happened_before_it_was_defined(site: Site, send: Send) -> None:
    store_some(site)
    made = send("PUT", "signup", event="signup")
    assert made.status_code == 200, made.text
    assert find(site) == {"signup": {"visitors": 1, "visits": 1, "conversions": 2, "rate": 33.33}}


def test_a_path_is_reached_by_page_views_alone(site: Site, send: Send) -> None:
    store_some(site)
    send("PUT", "thanks", path="/thanks")
    send("PUT", "pricing", path="/pricing*")
    found = find(site)
    assert found["thanks"]["conversions"] == 0
    assert found["pricing"] == {"visitors": 2, "visits": 2, "conversions": 2, "rate": 66.67}


def test_a_goal_with_filters_and_one_with_revenue(site: Site, send: Send) -> None:
    store_some(site)
    german = {"dimension": "country", "operator": "is", "value": "DE"}
    send("PUT", "german", path="/pricing*", filters=[german])
    send("PUT", "order", event="order", has_revenue=True)
    found = find(site)
    assert found["german"]["conversions"] == 1
    assert found["order"]["revenue"] == {"EUR": "5"}


def test_a_rate_by_a_dimension_is_of_the_visitors_with_that_value(site: Site, send: Send) -> None:
    store_some(site)
    send("PUT", "pricing", path="/pricing*")
    assert find(site, dimension="country", goal="pricing")["pricing"] == {
        "values": [
            {"country": "DE", "visitors": 1, "visits": 1, "conversions": 1, "rate": 100.0},
            {"country": "US", "visitors": 1, "visits": 1, "conversions": 1, "rate": 50.0},
        ],
        "total": 2,
    }


def test_a_links_filters_hold_for_goals_and_for_those_whom_the_rate_is_of(
    site: Site, send: Send, database: Database
) -> None:
    store_some(site)
    send("PUT", "pricing", path="/pricing*")
    american = '[{"dimension": "country", "operator": "is", "value": "US"}]'
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=american))
    headers = {"Authorization": f"Bearer {token.text}"}
    [found] = site.stats.get("/v1/stats/goals", params={"site_id": "s", **DAY}, headers=headers).json()["data"]
    assert found == {"goal": "pricing", "visitors": 1, "visits": 1, "conversions": 1, "rate": 50.0}
    assert site.stats.get("/v1/sites/s/goals", headers=headers).status_code == 403


def test_a_query_that_names_no_goal_of_the_site_is_told_which_there_are(site: Site, send: Send) -> None:
    store_some(site)
    send("PUT", "signup", event="signup")
    answer = site.stats.get("/v1/stats/goals", params={"site_id": "s", "goal": "nothing"})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "goal")
    assert "signup" in answer.json()["errors"][0]["detail"]


def test_an_answer_changes_its_tag_when_the_definition_changes(site: Site, send: Send) -> None:
    store_some(site)
    send("PUT", "signup", event="signup")
    query = {"site_id": "s", **DAY}
    tag = {"If-None-Match": site.stats.get("/v1/stats/goals", params=query).headers["etag"]}
    assert site.stats.get("/v1/stats/goals", params=query, headers=tag).status_code == 304
    send("PUT", "signup", event="order")
    assert site.stats.get("/v1/stats/goals", params=query, headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("name", "definition", "pointer"),
    [
        ("g", {}, "/event"),
        ("g", {"event": "a", "path": "/"}, "/event"),
        ("g", {"event": "engagement"}, "/event"),
        ("g", {"path": ""}, "/path"),
        ("g", {"event": "a", "filters": [{"dimension": "x"}]}, "/filters/0"),
        ("a,b", {"event": "a"}, "/name"),
        ("g", {"evnt": "a"}, "/evnt"),
    ],
)
def test_a_definition_without_a_meaning_is_refused(
    site: Site, send: Send, name: str, definition: dict[str, Any], pointer: str
) -> None:
    store_some(site)
    answer = send("PUT", name, **definition)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert send("GET").json() == {"data": []}


def test_a_goal_of_a_site_that_there_is_not_or_that_is_anothers_is_not_found(site: Site, send: Send) -> None:
    assert send("PUT", "signup", event="signup").status_code == 404
    assert send("PUT", "signup", site_id="other", event="signup").status_code == 404
    assert send("DELETE", "signup").status_code == 404


def test_a_site_whose_id_has_a_slash_has_goals_too(site: Site, send: Send, database: Database) -> None:
    site.store([view("02T10:00:00", site_id="a/b")])
    _, key = Keys(database).make("test", "manager", ["goals", "stats"])
    path, headers = "/v1/sites/a%2Fb/goals", {"Authorization": f"Bearer {key.text}"}
    assert site.stats.put(f"{path}/home", json={"path": "/"}, headers=headers).status_code == 200
    assert [goal["name"] for goal in site.stats.get(path, headers=headers).json()["data"]] == ["home"]


def test_a_site_has_so_many_goals_and_each_can_be_defined_anew(site: Site, send: Send) -> None:
    store_some(site)
    for number in range(MOST_GOALS):
        assert send("PUT", f"g{number}", event="signup").status_code == 200
    assert send("PUT", "more", event="signup").status_code == 409
    assert send("PUT", "g0", path="/").json() == {
        "data": {"name": "g0", "path": "/", "filters": [], "has_revenue": False}
    }
    assert send("DELETE", "g0").status_code == 200
    assert send("PUT", "more", event="signup").status_code == 200


def test_the_command_line_sets_lists_and_deletes_goals(site: Site, settings: Settings) -> None:
    store_some(site)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(command, arguments, obj=settings)
        assert done.exit_code == 0, done.output
        return done.output

    run("set", "s", "order", "--event", "order", "--revenue")
    run("set", "s", "docs", "--path", "/docs/*")
    assert run("list", "s") == "docs  path /docs/*\norder  event order with revenue\n"
    assert run("delete", "s", "docs") == "deleted docs\n"
    assert [goal["name"] for goal in json.loads(run("list", "s", "--json"))] == ["order"]
