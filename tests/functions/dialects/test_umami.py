"""POST /api/send and /api/batch, as Umami's clients send them."""

from typing import Any

import pytest

from tests.functions.dialects.conftest import Ingest

WEBSITE = "94db1cb1-74f4-4a40-ad6c-962362670409"
PAYLOAD = {
    "website": WEBSITE, "hostname": "blog.example", "url": "https://blog.example/post?utm_source=news#top",
    "referrer": "", "title": "A post", "language": "de-AT", "screen": "1920x1080",
}  # fmt: skip


def wrap(kind: str = "event", **payload: Any) -> dict[str, Any]:
    return {"type": kind, "payload": {**PAYLOAD, **payload}}


def test_a_page_view_of_the_script_is_queued_under_its_alias(ingest: Ingest) -> None:
    ingest.alias("umami", WEBSITE, "blog")
    answer = ingest.client.post("/api/send", json=wrap(), headers={"x-umami-cache": '{"cache":"x"}'})
    assert (answer.status_code, answer.json()["cache"]) == (200, "")
    [event] = ingest.queued()
    names = ("site_id", "event_type", "hostname", "path", "title", "language", "screen", "utm_source")
    assert {name: event[name] for name in names} == {
        "site_id": "blog", "event_type": "page_view", "hostname": "blog.example", "path": "/post", "title": "A post",
        "language": "de-at", "screen": "1920x1080", "utm_source": "news",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "referrer", "path", "channel"),
    [
        ("/old?a=1", "/before", "/old", "internal"),
        ("/old", "https://news.ycombinator.com/", "/old", "social"),
        ("https://blog.example/new", "https://blog.example/old", "/new", "internal"),
    ],
)
def test_older_clients_send_paths_beside_the_host(
    url: str, referrer: str, path: str, channel: str, ingest: Ingest
) -> None:
    [told] = ingest.validate("umami", json=wrap(url=url, referrer=referrer))
    event = told["event"]
    assert (event["hostname"], event["path"], event["channel"]) == ("blog.example", path, channel)


def test_what_the_script_of_version_2_encodes_once_more_is_decoded(ingest: Ingest) -> None:
    [told] = ingest.validate("umami", json=wrap(url="/caf%25C3%25A9?a=1", title="A%20post%3A%20%E2%82%AC"))
    assert (told["event"]["path"], told["event"]["title"]) == ("/caf%C3%A9", "A post: €")
    [told] = ingest.validate("umami", json=wrap(url="https://blog.example/50%25", title="100%25 sure"))
    assert (told["event"]["path"], told["event"]["title"]) == ("/50%25", "100%25 sure")


def test_an_event_has_its_data_its_user_and_what_it_earned(ingest: Ingest) -> None:
    data = {"revenue": 19.99, "currency": "usd", "cart": {"items": 2, "codes": ["a", "b"]}, "none": None}
    ingest.client.post("/api/send", json=wrap(name="checkout", data=data, tag="variant-b", id="ann"))
    [event] = ingest.queued()
    assert (event["event_type"], event["user_id"]) == ("checkout", "ann")
    assert event["props"] == {"tag": "variant-b", "cart.items": "2", "cart.codes": '["a","b"]'}
    assert event["revenue"] == {"amount": "19.99", "currency": "USD"}


def test_revenue_that_is_none_stays_a_property(ingest: Ingest) -> None:
    [told] = ingest.validate("umami", json=wrap(name="checkout", data={"revenue": "much", "currency": "EUR"}))
    assert told["event"]["props"] == {"revenue": "much", "currency": "EUR"}
    assert [fault["pointer"] for fault in told["dropped"]] == ["/revenue"]


def test_a_server_names_its_visitor_and_the_time(ingest: Ingest) -> None:
    payload = wrap(ip="203.0.113.9", userAgent=ingest.client.headers["User-Agent"], timestamp=1_735_689_600)
    ingest.client.post("/api/send", json=payload, headers={"Authorization": "Bearer None"})
    [event] = ingest.queued()
    assert (event["timestamp"], event["browser"]) == ("2025-01-01T00:00:00.000000Z", "Firefox")
    [told] = ingest.validate("umami", json=wrap(timestamp="soon"))
    assert (told["outcome"], told["errors"][0]["pointer"]) == ("rejected", "/timestamp")


@pytest.mark.parametrize("kind", ["identify", "performance"])
def test_what_becomes_no_event_is_answered_and_counted_by_name(kind: str, ingest: Ingest) -> None:
    assert ingest.client.post("/api/send", json=wrap(kind, id="ann")).status_code == 200
    assert (ingest.queued(), ingest.dropped()) == ([], {f"umami:{kind} {WEBSITE}": 1})
    [told] = ingest.validate("umami", json=wrap(kind))
    assert (told["outcome"], told["reason"]) == ("dropped", kind)


def test_a_bot_is_told_so(ingest: Ingest) -> None:
    answer = ingest.client.post("/api/send", json=wrap(), headers={"User-Agent": "curl/8.0"})
    assert answer.json() == {"beep": "boop"}


def test_of_a_batch_each_event_has_its_own_outcome(ingest: Ingest) -> None:
    batch = [wrap(), {"type": "event"}, wrap(website=""), wrap("identify"), wrap("other"), wrap(url="/b")]
    answer = ingest.client.post("/api/batch", json=batch)
    told = answer.json()
    assert (answer.status_code, told["size"], told["processed"], told["errors"]) == (200, 6, 3, 3)
    assert [one["index"] for one in told["details"]] == [1, 2, 4]
    assert [event["path"] for event in ingest.queued()] == ["/post", "/b"]
    assert ingest.refused() == 3


@pytest.mark.parametrize("content", [[], {}, {"type": "event", "payload": []}, wrap("other"), wrap(url=None)])
def test_what_is_no_event_is_refused(content: Any, ingest: Ingest) -> None:
    answer = ingest.client.post("/api/send", json=content)
    assert (answer.status_code, ingest.refused(), ingest.queued()) == (422, 1, [])
