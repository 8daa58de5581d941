"""POST /track, as OpenPanel's script and SDKs send it."""

from typing import Any

import pytest

from tests.functions.dialects.conftest import Ingest

CLIENT = "0c2bb63a-52b4-4a92-8f53-2b2f7c4f2d3e"
PAGE = {
    "__path": "https://blog.example/post?utm_source=news", "__title": "A post",
    "__referrer": "https://news.ycombinator.com/",
}  # fmt: skip
HEADERS = {"openpanel-client-id": CLIENT, "openpanel-sdk-name": "web", "openpanel-sdk-version": "1.4.1"}


def make(name: str = "screen_view", given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "track", "payload": {"name": name, "properties": {**PAGE, **(given or {})}, **more}}


def tell(ingest: Ingest, content: Any, **headers: str) -> Any:
    [told] = ingest.validate("openpanel", json=content, headers={**HEADERS, **headers})
    return told


def test_a_page_view_is_queued_under_its_alias(ingest: Ingest) -> None:
    ingest.alias("openpanel", CLIENT, "blog")
    answer = ingest.client.post("/track", json=make(), headers=HEADERS)
    assert (answer.status_code, answer.json()) == (200, {"deviceId": "", "sessionId": ""})
    [event] = ingest.queued()
    names = ("site_id", "event_type", "hostname", "path", "title", "source", "utm_source")
    assert {name: event[name] for name in names} == {
        "site_id": "blog", "event_type": "page_view", "hostname": "blog.example", "path": "/post", "title": "A post",
        "source": "Hacker News", "utm_source": "news",
    }  # fmt: skip
    assert ingest.client.get("/track/device-id", headers=HEADERS).json() == {"deviceId": "", "sessionId": ""}


def test_what_a_site_makes_up_becomes_props(ingest: Ingest) -> None:
    given = {"plan": "pro", "cart": {"items": 2}, "__os": "Linux", "href": "/x"}
    told = tell(ingest, make("signup", given, groups=["acme", "eu"], profileId="ann"))
    assert (told["event"]["event_type"], told["event"]["user_id"]) == ("signup", "ann")
    assert told["event"]["props"] == {"plan": "pro", "cart.items": "2", "href": "/x", "groups": "acme,eu"}
    assert told["unused"] == ["__os"]


@pytest.mark.parametrize(
    ("href", "event_type", "url"),
    [
        ("https://other.example/x?token=1", "outbound_link", "https://other.example/x"),
        ("https://other.example/a.pdf", "file_download", "https://other.example/a.pdf"),
        ("mailto:ann@blog.example", "outbound_link", "mailto:ann@blog.example"),
    ],
)
def test_a_link_that_leaves_the_site_is_what_the_tracker_sends(
    href: str, event_type: str, url: str, ingest: Ingest
) -> None:
    told = tell(ingest, make("link_out", {"href": href, "text": "out"}))
    assert (told["event"]["event_type"], told["event"]["props"]) == (event_type, {"text": "out", "url": url})


def test_revenue_needs_a_currency_beside_it(ingest: Ingest) -> None:
    told = tell(ingest, make("revenue", {"__revenue": 20.5, "currency": "eur"}))
    assert told["event"]["revenue"] == {"amount": "20.5", "currency": "EUR"}
    told = tell(ingest, make("revenue", {"__revenue": 20.5}))
    assert told["event"]["props"] == {"revenue": "20.5"}


def test_an_event_that_waited_has_its_time_and_counts_once(ingest: Ingest) -> None:
    for _ in range(2):
        ingest.client.post("/track", json=make(given={"__timestamp": "2026-11-01T10:00:00.123Z"}), headers=HEADERS)
    event, again = ingest.queued()
    assert event["timestamp"] == "2026-11-01T10:00:00.123000Z"
    assert (event["event_id"], event["timestamp"]) == (again["event_id"], again["timestamp"])


def test_a_server_names_its_visitor_by_a_device(ingest: Ingest) -> None:
    content = make("signup", {"__deviceId": "d"})
    assert tell(ingest, content, **{"User-Agent": "node"})["event"]["user_id"] == "d"
    assert "user_id" not in tell(ingest, content)["event"]


@pytest.mark.parametrize("kind", ["identify", "alias", "increment", "decrement", "group", "assign_group", "replay"])
def test_what_becomes_no_event_is_answered_and_counted_by_name(kind: str, ingest: Ingest) -> None:
    content = {"type": kind, "payload": {"profileId": "ann"}}
    assert ingest.client.post("/track", json=content, headers=HEADERS).status_code == 200
    assert (ingest.queued(), ingest.dropped()) == ([], {f"openpanel:{kind} {CLIENT}": 1})


@pytest.mark.parametrize(
    "content", [{}, [], {"type": "track", "payload": {}}, {"type": "other", "payload": {"name": "x"}}]
)
def test_what_is_no_event_is_refused(content: Any, ingest: Ingest) -> None:
    answer = ingest.client.post("/track", json=content, headers=HEADERS)
    assert (answer.status_code, ingest.refused(), ingest.queued()) == (422, 1, [])
    assert ingest.client.post("/track", json=make()).status_code == 422, "no site is named"
