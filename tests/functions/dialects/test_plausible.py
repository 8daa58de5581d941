"""POST /api/event, as Plausible's clients send it."""

import gzip
import json
from typing import Any

import pytest

from tests.functions.dialects.conftest import Ingest

VIEW = {"n": "pageview", "u": "https://blog.example/post?utm_source=news", "d": "blog.example", "r": None, "v": 36}


def send(ingest: Ingest, path: str = "/api/event", **fields: Any) -> Any:
    return ingest.client.post(path, content=json.dumps({**VIEW, **fields}), headers={"Content-Type": "text/plain"})


def test_a_page_view_of_the_script_is_queued(ingest: Ingest) -> None:
    answer = send(ingest, r="https://news.ycombinator.com/")
    assert (answer.status_code, answer.text) == (202, "ok")
    assert "x-plausible-dropped" not in answer.headers
    [event] = ingest.queued()
    found = {name: event[name] for name in ("site_id", "event_type", "hostname", "path", "source", "utm_source")}
    assert found == {
        "site_id": "blog.example", "event_type": "page_view", "hostname": "blog.example", "path": "/post",
        "source": "Hacker News", "utm_source": "news",
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Signup", "url": "https://blog.example/", "domain": "blog.example", "props": {"plan": "pro"}},
        {"n": "Signup", "u": "https://blog.example/", "d": "blog.example", "p": '{"plan":"pro"}', "w": 1440, "h": 0},
        {"n": "Signup", "u": "https://blog.example/", "d": "www.blog.example", "m": {"plan": "pro", "x": [], "y": ""}},
    ],
)
def test_the_names_of_every_version_are_read(fields: dict[str, Any], ingest: Ingest) -> None:
    assert ingest.client.post("/api/event", json=fields).status_code == 202
    [event] = ingest.queued()
    found = (event["site_id"], event["event_type"], event["path"], event["props"])
    assert found == ("blog.example", "Signup", "/", {"plan": "pro"})


@pytest.mark.parametrize(
    ("name", "event_type"),
    [
        ("Outbound Link: Click", "outbound_link"),
        ("File Download", "file_download"),
        ("Form: Submission", "form_submit"),
        ("404", "404"),
        ("x" * 100, "x" * 64),
    ],
)
def test_events_of_the_script_are_called_as_our_tracker_calls_them(name: str, event_type: str, ingest: Ingest) -> None:
    [told] = ingest.validate("plausible", json={**VIEW, "n": name, "p": {"url": "https://x.example/"}})
    assert (told["event"]["event_type"], told["event"]["props"]) == (event_type, {"url": "https://x.example/"})


def test_an_alias_names_the_site_and_each_domain_is_one(ingest: Ingest) -> None:
    ingest.alias("plausible", "blog.example", "blog")
    send(ingest, d="blog.example, all.example,www.blog.example")
    assert [event["site_id"] for event in ingest.queued()] == ["blog", "all.example"]


def test_without_a_domain_the_pages_host_is_the_site(ingest: Ingest) -> None:
    send(ingest, d=None, u="https://www.Shop.example:8443/cart")
    [event] = ingest.queued()
    assert (event["site_id"], event["path"]) == ("shop.example", "/cart")


def test_reports_of_engagement_after_the_first_say_what_the_one_before_did(ingest: Ingest) -> None:
    send(ingest)
    for engaged, depth in ((5_000, 40), (3_000, 70), (4_000, None)):
        send(ingest, n="engagement", e=engaged, sd=depth)
    send(ingest)
    send(ingest, n="engagement", e=9_000, sd=10)
    reports = [event for event in ingest.queued() if event["event_type"] == "engagement"]
    told = [(one["engaged_ms"], one.get("scroll_depth"), one.get("scroll_depth_before")) for one in reports]
    assert told == [(5_000, 40, None), (3_000, 70, 40), (4_000, None, 70), (9_000, 10, None)]


def test_revenue_is_kept_and_what_is_none_costs_no_event(ingest: Ingest) -> None:
    send(ingest, n="Purchase", **{"$": {"amount": 12.5, "currency": "EUR"}})
    send(ingest, n="Purchase", **{"$": {"amount": "many", "currency": "EUR"}})
    assert [event.get("revenue") for event in ingest.queued()] == [{"amount": "12.5", "currency": "EUR"}, None]
    assert ingest.dropped() == {"revenue blog.example": 1}


def test_what_is_not_interactive_ends_no_bounce(ingest: Ingest) -> None:
    send(ingest, n="Impression", i=False)
    assert ingest.queued()[0]["interactive"] is False


def test_with_hash_routing_the_fragment_is_part_of_the_path(ingest: Ingest) -> None:
    send(ingest, u="https://app.example/app?utm_medium=email#/users?id=1", h=1)
    [event] = ingest.queued()
    assert (event["path"], event["utm_medium"]) == ("/app/users", "email")


def test_an_apps_page_has_no_host(ingest: Ingest) -> None:
    send(ingest, u="app://localhost/settings")
    [event] = ingest.queued()
    assert (event["path"], "hostname" in event) == ("/settings", False)


def test_more_than_an_event_holds_is_left_out_and_named(ingest: Ingest) -> None:
    [told] = ingest.validate("plausible", json={**VIEW, "n": "x", "p": {str(n): "v" * 2_000 for n in range(40)}})
    assert len(told["event"]["props"]) == 30
    assert set(map(len, told["event"]["props"].values())) == {1_000}
    assert [fault["pointer"] for fault in told["dropped"]] == ["/props"]
    assert told["unused"] == ["v"]


@pytest.mark.parametrize(
    ("body", "status"), [("{", 400), ("[]", 422), ('{"n":"pageview"}', 422), ('{"u":"https://a.example/"}', 422),
    ('{"n":"pageview","u":"data:text/html,x","d":"a"}', 422), ('{"n":"pageview","u":"https://","d":"a"}', 422)],
)  # fmt: skip
def test_what_is_no_event_is_refused_and_counted(body: str, status: int, ingest: Ingest) -> None:
    answer = ingest.client.post("/api/event", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (ingest.queued(), ingest.refused()) == ([], 1)


def test_a_bot_is_answered_as_plausible_answers_it(ingest: Ingest) -> None:
    ingest.client.headers["User-Agent"] = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    answer = send(ingest)
    assert (answer.status_code, answer.headers["x-plausible-dropped"]) == (202, "1")
    assert ingest.queued()[0]["filtered"] == "bot"


def test_a_compressed_body_is_read_with_and_without_its_header(ingest: Ingest) -> None:
    packed = gzip.compress(json.dumps(VIEW).encode())
    for headers in ({}, {"Content-Encoding": "gzip"}):
        assert ingest.client.post("/api/event/", content=packed, headers=headers).status_code == 202
    assert len(ingest.queued()) == 2


def test_a_body_that_grows_beyond_bounds_is_refused(ingest: Ingest) -> None:
    packed = gzip.compress(b" " * (5 << 20))
    assert len(packed) < 10_000
    assert ingest.client.post("/api/event", content=packed).status_code == 413
    assert ingest.client.post("/api/event", content=packed[:100]).status_code == 422
    assert ingest.client.post("/api/event", content=b"x", headers={"Content-Encoding": "br"}).status_code == 415
