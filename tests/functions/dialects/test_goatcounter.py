"""/count as GoatCounter's script calls it, and its API."""

from typing import Any
from urllib.parse import urlencode

import pytest

from functions.ingest.dialects.form import GIF
from tests.functions.dialects.conftest import Ingest

PAGE = {"Origin": "https://blog.example"}


def count(ingest: Ingest, path: str = "/count", method: str = "POST", **fields: str) -> Any:
    query = urlencode({"p": "/post", "t": "A post", "s": "1920,1080,1", "b": "0", "rnd": "x1", **fields})
    return ingest.client.request(method, f"{path}?{query}", headers=PAGE)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_view_of_the_script_is_queued(method: str, ingest: Ingest) -> None:
    answer = count(ingest, "/count/blog", method, q="?utm_medium=email", r="https://news.ycombinator.com/")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, GIF, "image/gif")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    [event] = ingest.queued()
    names = ("site_id", "event_type", "hostname", "path", "title", "screen", "utm_medium", "channel")
    assert {name: event[name] for name in names} == {
        "site_id": "blog", "event_type": "page_view", "hostname": "blog.example", "path": "/post", "title": "A post",
        "screen": "1920x1080", "utm_medium": "email", "channel": "email",
    }  # fmt: skip


def test_the_site_is_the_endpoints_or_the_host_and_an_alias_names_it(ingest: Ingest) -> None:
    ingest.alias("goatcounter", "localhost", "blog")
    count(ingest)
    count(ingest, site="shop")
    ingest.client.post("/count?site=shop?p=%2F&b=0", headers=PAGE)
    assert [event["site_id"] for event in ingest.queued()] == ["blog", "shop", "shop"]


def test_an_event_is_called_as_its_path(ingest: Ingest) -> None:
    count(ingest, e="true", p="sign-up")
    [event] = ingest.queued()
    assert (event["event_type"], "path" in event, event["title"]) == ("sign-up", False, "A post")


def test_a_referrer_that_is_a_text_is_a_campaigns_source(ingest: Ingest) -> None:
    count(ingest, r="The news & more")
    [event] = ingest.queued()
    assert (event["utm_source"], event["channel"]) == ("The news & more", "referral")


@pytest.mark.parametrize(
    ("fields", "headers", "name"),
    [({"b": "153"}, {}, "bot"), ({}, {"Sec-Purpose": "prefetch;prerender"}, "prefetch")],
)
def test_what_nobody_saw_is_dropped_by_name(
    fields: dict[str, str], headers: dict[str, str], name: str, ingest: Ingest
) -> None:
    answer = ingest.client.get(f"/count/blog?{urlencode({'p': '/', **fields})}", headers=headers)
    assert (answer.status_code, answer.headers["x-goatcounter"]) == (202, "ignored: dropped")
    assert (ingest.queued(), list(ingest.dropped().values())) == ([], [1])
    assert next(iter(ingest.dropped())).startswith(f"goatcounter:{name} ")


def test_a_hit_without_a_path_is_refused_in_a_header(ingest: Ingest) -> None:
    answer = ingest.client.get("/count/blog?t=x")
    assert (answer.status_code, ingest.refused()) == (400, 1)
    assert "path" in answer.headers["x-goatcounter"]


HIT = {"path": "/post", "created_at": "2025-06-01T10:00:00Z", "session": "s1", "size": [1920, 1080, 1]}


def test_hits_of_the_api_are_queued_and_named_by_what_they_are(ingest: Ingest) -> None:
    hits = [HIT, HIT, {**HIT, "event": True, "path": "buy"}, {"path": "/now", "ip": "203.0.113.9"}]
    for _ in range(2):
        answer = ingest.client.post("/api/v0/count/blog", json={"no_sessions": True, "hits": hits})
        assert (answer.status_code, answer.json()) == (202, {"status": "ok"})
    events = ingest.queued()
    first, again = events[:4], events[4:]
    assert [event["event_type"] for event in first] == ["page_view", "page_view", "buy", "page_view"]
    assert (first[0]["user_id"], first[0]["screen"]) == ("s1", "1920x1080")
    ids = [event["event_id"] for event in first]
    assert len(set(ids)) == 4
    assert [event["event_id"] for event in again][:3] == ids[:3], "what is sent again has the same keys"
    assert again[3]["event_id"] != ids[3], "without its time a hit has none that could be told again"


def test_hits_that_are_wrong_are_named_and_the_others_counted(ingest: Ingest) -> None:
    hits = [HIT, {}, 7, {"path": "/", "created_at": "then"}, {"path": "/", "bot": 5}]
    answer = ingest.client.post("/api/v0/count?site=blog", json={"hits": hits})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["1", "2", "3"])
    assert (len(ingest.queued()), ingest.refused(), ingest.dropped()) == (1, 3, {"goatcounter:bot blog": 1})


@pytest.mark.parametrize("content", [{}, {"hits": []}, {"hits": {}}])
def test_a_body_without_hits_is_refused(content: Any, ingest: Ingest) -> None:
    assert ingest.client.post("/api/v0/count/blog", json=content).status_code == 422
