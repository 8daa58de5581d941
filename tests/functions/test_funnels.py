"""Funnels: kept for each site or asked ad hoc, counted when somebody asks, and so true of the past."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from httpx2 import Response

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.funnels.funnel import MOST_FUNNELS
from common.postgres.database import Database
from common.settings import Settings
from infra.cli.funnels import funnels as command
from tests.functions.site import DAY, Site, view

Send = Callable[..., Response]
Condition = dict[str, Any]


def at(path: str) -> list[Condition]:
    return [{"dimension": "path", "operator": "is", "value": path}]


CHECKOUT = [at("/cart"), at("/pay"), at("/thanks")]


@pytest.fixture
def send(site: Site, database: Database) -> Send:
    """Sends a request as one who manages the funnels of the site."""
    _, key = Keys(database).make("test", "manager", ["goals", "stats"], ["s"])

    def ask(method: str, name: str = "", site_id: str = "s", **definition: Any) -> Response:
        headers = {"Authorization": f"Bearer {key.text}"}
        path = f"/v1/sites/{site_id}/funnels" + (f"/{name}" if name else "")
        return site.stats.request(method, path, headers=headers, json=definition if method == "PUT" else None)

    return ask


def store_some(site: Site) -> None:
    site.store(
        [
            view("02T10:00:00", "ann", "/cart", country="DE"),
            view("02T10:01:00", "ann", "/help", country="DE"),
            view("02T10:02:00", "ann", "/pay", country="DE"),
            view("02T10:02:30", "ann", "/thanks", country="DE"),
            view("02T11:00:00", "bob", "/cart", country="US"),
            view("02T11:00:10", "bob", "/pay", country="US"),
            view("02T12:00:00", "bob", "/thanks", country="US"),
            view("02T12:00:00", "cy", "/thanks", country="US"),
            view("02T12:00:05", "cy", "/cart", country="US"),
        ]
    )


def count(site: Site, **query: Any) -> list[int]:
    """The visitors of each step."""
    written = {name: value if isinstance(value, str) else json.dumps(value) for name, value in query.items()}
    return [step["visitors"] for step in site.ask("funnel", **(DAY | written))["data"]["steps"]]


def test_each_step_has_its_visitors_their_shares_and_the_time_that_it_took(site: Site) -> None:
    store_some(site)
    assert site.ask("funnel", **DAY, steps=json.dumps(CHECKOUT))["data"] == {
        "steps": [
            {"step": 1, "visitors": 3, "rate": 100.0, "drop_off": None, "median_seconds": None},
            {"step": 2, "visitors": 2, "rate": 66.67, "drop_off": 33.33, "median_seconds": 65.0},
            {"step": 3, "visitors": 1, "rate": 33.33, "drop_off": 50.0, "median_seconds": 30.0},
        ]
    }


def test_steps_of_different_visits_connect_within_a_window_from_the_first_one_on(site: Site) -> None:
    store_some(site)
    assert count(site, steps=CHECKOUT) == [3, 2, 1]
    assert count(site, steps=CHECKOUT, within="1h") == [3, 2, 2]
    assert count(site, steps=CHECKOUT, within="59m") == [3, 2, 1]


def test_a_window_is_about_visitors_with_a_user_id_alone(site: Site) -> None:
    events = [view("02T10:00:00", path="/cart"), view("02T10:01:00", path="/pay")]
    site.store([{**one, "visitor_id": "d" * 16} | {"user_id": None} for one in events])
    assert count(site, steps=CHECKOUT) == [1, 1, 0]
    assert count(site, steps=CHECKOUT, within="1h") == [0, 0, 0]


def test_strict_steps_have_nothing_between_them_and_others_come_in_any_order(site: Site) -> None:
    store_some(site)
    assert count(site, steps=CHECKOUT, mode="strict") == [3, 1, 0]
    assert count(site, steps=CHECKOUT, mode="any") == [3, 3, 1]


def test_an_event_that_passes_the_exclusion_ends_the_attempt(site: Site) -> None:
    store_some(site)
    assert count(site, steps=CHECKOUT, exclude=at("/help")) == [3, 1, 0]


def test_a_step_needs_an_event_of_its_own(site: Site) -> None:
    store_some(site)
    assert count(site, steps=[at("/cart"), at("/cart")]) == [3, 0]


def test_events_at_the_same_time_come_in_the_order_of_their_ids(site: Site) -> None:
    site.store([view("02T10:00:00", path="/pay"), view("02T10:00:00", path="/cart")])
    assert count(site, steps=CHECKOUT) == [1, 0, 0]
    site.store([view("02T10:00:00", path="/pay")], offset=9)
    assert count(site, steps=CHECKOUT) == [1, 1, 0]


def test_a_step_is_reached_by_any_of_several_conditions(site: Site) -> None:
    store_some(site)
    either = [{"or": [*at("/help"), *at("/pay")]}]
    assert count(site, steps=[at("/cart"), either, at("/thanks")]) == [3, 2, 1]


def test_a_breakdown_is_by_the_event_of_the_first_step(site: Site) -> None:
    store_some(site)
    data = site.ask("funnel", **DAY, steps=json.dumps(CHECKOUT), dimension="country", limit="1")["data"]
    assert data["total"] == 2
    [row] = data["values"]
    assert (row["country"], [step["visitors"] for step in row["steps"]]) == ("US", [2, 1, 0])


def test_a_funnel_that_is_kept_counts_what_happened_before_it_was_defined(site: Site, send: Send) -> None:
    store_some(site)
    made = send("PUT", "checkout", steps=CHECKOUT)
    assert made.status_code == 200, made.text
    kept = {"name": "checkout", "steps": CHECKOUT, "mode": "ordered", "within": "visit", "exclude": []}
    assert send("GET").json() == {"data": [kept]}
    assert count(site, funnel="checkout") == [3, 2, 1]
    send("PUT", "checkout", steps=CHECKOUT[:2], mode="any", within="1d")
    assert count(site, funnel="checkout") == [3, 2]


def test_a_links_filters_hold_for_funnels(site: Site, database: Database) -> None:
    store_some(site)
    american = '[{"dimension": "country", "operator": "is", "value": "US"}]'
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=american))
    query = {"site_id": "s", **DAY, "steps": json.dumps(CHECKOUT)}
    headers = {"Authorization": f"Bearer {token.text}"}
    answer = site.stats.get("/v1/stats/funnel", params=query, headers=headers).json()
    assert [step["visitors"] for step in answer["data"]["steps"]] == [2, 1, 0]


def test_a_link_is_not_told_which_funnels_the_site_keeps_nor_what_they_are(
    site: Site, send: Send, database: Database
) -> None:
    send("PUT", "secret", steps=CHECKOUT)
    _, token = Links(database).make("test", "s", LinkDraft("l"))
    headers = {"Authorization": f"Bearer {token.text}"}
    asked = [
        site.stats.get("/v1/stats/funnel", params={"site_id": "s", **DAY, "funnel": name}, headers=headers)
        for name in ("secret", "none")
    ]
    assert [answer.status_code for answer in asked] == [403, 403]
    assert asked[0].content == asked[1].content


def test_an_answer_changes_its_tag_with_the_definition(site: Site, send: Send) -> None:
    store_some(site)
    send("PUT", "checkout", steps=CHECKOUT)
    query = {"site_id": "s", **DAY, "funnel": "checkout"}
    tag = {"If-None-Match": site.stats.get("/v1/stats/funnel", params=query).headers["etag"]}
    assert site.stats.get("/v1/stats/funnel", params=query, headers=tag).status_code == 304
    send("PUT", "checkout", steps=CHECKOUT[:2])
    assert site.stats.get("/v1/stats/funnel", params=query, headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("query", "parameter", "pointer"),
    [
        ({}, "steps", None),
        ({"steps": json.dumps(CHECKOUT[:1])}, "steps", None),
        ({"steps": json.dumps(CHECKOUT * 3)}, "steps", None),
        ({"steps": json.dumps([at("/"), []])}, "steps", "/1"),
        ({"steps": json.dumps([at("/"), [{"dimension": "x"}]])}, "steps", "/1/0"),
        ({"steps": json.dumps([at("/") * 20, at("/") * 20, at("/")])}, "steps", None),
        ({"steps": json.dumps(CHECKOUT), "mode": "loose"}, "mode", None),
        ({"steps": json.dumps(CHECKOUT), "within": "367d"}, "within", None),
        ({"steps": json.dumps(CHECKOUT), "within": "0d"}, "within", None),
        ({"steps": json.dumps(CHECKOUT), "exclude": "[1]"}, "exclude", "/0"),
        ({"steps": json.dumps(CHECKOUT), "limit": "3"}, "limit", None),
        ({"funnel": "none"}, "funnel", None),
        ({"funnel": "none", "mode": "any"}, "mode", None),
    ],
)
def test_a_question_without_a_meaning_is_told_what_would_be_right(
    site: Site, query: dict[str, str], parameter: str, pointer: str | None
) -> None:
    store_some(site)
    answer = site.stats.get("/v1/stats/funnel", params={"site_id": "s", **DAY, **query})
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["parameter"], error.get("pointer")) == (parameter, pointer)


@pytest.mark.parametrize(
    ("name", "definition", "pointer"),
    [
        ("f", {}, "/steps"),
        ("f", {"steps": CHECKOUT[:1]}, "/steps"),
        ("f", {"steps": [at("/"), [{"dimension": "x"}]]}, "/steps/1/0"),
        ("f", {"steps": CHECKOUT, "mode": "loose"}, "/mode"),
        ("f", {"steps": CHECKOUT, "within": "soon"}, "/within"),
        ("f", {"steps": CHECKOUT, "exclude": [1]}, "/exclude/0"),
        ("a,b", {"steps": CHECKOUT}, "/name"),
    ],
)
def test_a_definition_without_a_meaning_is_refused(
    site: Site, send: Send, name: str, definition: dict[str, Any], pointer: str
) -> None:
    store_some(site)
    answer = send("PUT", name, **definition)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert send("GET").json() == {"data": []}


def test_a_site_has_so_many_funnels_and_none_of_another_site_is_found(site: Site, send: Send) -> None:
    store_some(site)
    for number in range(MOST_FUNNELS):
        assert send("PUT", f"f{number}", steps=CHECKOUT).status_code == 200
    assert send("PUT", "more", steps=CHECKOUT).status_code == 409
    assert send("DELETE", "f0").status_code == 200
    assert send("DELETE", "f0").status_code == 404
    assert send("PUT", "more", steps=CHECKOUT).status_code == 200
    assert send("PUT", "f", site_id="other", steps=CHECKOUT).status_code == 404


def test_the_command_line_sets_lists_and_deletes_funnels(site: Site, settings: Settings) -> None:
    store_some(site)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(command, arguments, obj=settings)
        assert done.exit_code == 0, done.output
        return done.output

    steps = [part for step in CHECKOUT for part in ("--step", json.dumps(step))]
    assert run("set", "s", "checkout", *steps, "--within", "7d") == "set checkout\n"
    assert run("list", "s") == "checkout  3 steps, ordered, within 7d\n"
    assert count(site, funnel="checkout") == [3, 2, 2]
    assert run("delete", "s", "checkout") == "deleted checkout\n"
    assert json.loads(run("list", "s", "--json")) == []
