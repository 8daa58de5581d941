"""What browsers, pages and their proxies really send: such an event counts, without what can't be read of it."""

import json
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.redis.keys import ShardKeys
from common.settings import Settings
from tests.functions.conftest import Serve

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAGE = "https://www.shop.example/"
JSON_TYPE = {"Content-Type": "application/json"}
SECRET_STATE = "s" * 9_000


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


@pytest.fixture
def ingest(serve: Serve) -> TestClient:
    return serve("ingest")


def try_out(ingest: TestClient, *, agent: str = FIREFOX, languages: str = "", **fields: Any) -> dict[str, Any]:
    """What /validate tells of one event."""
    page = {} if {"url", "path"} & fields.keys() else {"url": PAGE}
    headers = {"User-Agent": agent, "Accept-Language": languages, **JSON_TYPE}
    body = json.dumps({"site_id": "shop", **page, **fields})
    answer = ingest.post("/validate", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    [outcome] = answer.json()["events"]
    return outcome  # type: ignore[no-any-return]


def names_dropped(outcome: dict[str, Any]) -> list[str]:
    assert outcome["outcome"] == "stored", outcome
    return [fault["pointer"] for fault in outcome.get("dropped", [])]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("", None), ("fr-CA", "fr-ca"), ("zh-Hans-SG", "zh-sg"), ("es-419", "es-419"), ("en-us", "en-us"),
        ("ca-ES-u-ca-gregory", "ca-es"), ("sr-Latn-RS-u-nu-latn-x-a", "sr-rs"),
    ],
)  # fmt: skip
def test_a_language_of_a_browser_is_read(given: str, stored: str | None, ingest: TestClient) -> None:
    outcome = try_out(ingest, language=given)
    assert (outcome["event"].get("language"), names_dropped(outcome)) == (stored, [])


@pytest.mark.parametrize(
    "given",
    ["de-DE@posix", "C", "POSIX", "undefined", "null", "en_GB", "english", "de-", "\0", "\ud800", "x" * 70, 7, {},
    [], True],
)  # fmt: skip
def test_a_language_that_cannot_be_read_costs_only_itself(given: object, ingest: TestClient) -> None:
    outcome = try_out(ingest, language=given)
    assert "language" not in outcome["event"]
    assert names_dropped(outcome) == ["/language"]
    assert "en-GB" in outcome["dropped"][0]["detail"]


def test_for_a_language_that_cannot_be_read_accept_language_counts(ingest: TestClient) -> None:
    assert try_out(ingest, language="C", languages="nl-BE,nl;q=0.8")["event"]["language"] == "nl-be"


@pytest.mark.parametrize(
    ("header", "stored"),
    [("*", None), ("C", None), ("", None), ("pt_BR", "pt"), ("da;q=0.9, en;q=0.8", "da"), ("en-AU,en;q=0.7", "en-au")],
)
def test_an_accept_language_of_any_kind_costs_nothing(header: str, stored: str | None, ingest: TestClient) -> None:
    outcome = try_out(ingest, languages=header)
    assert (outcome["event"].get("language"), names_dropped(outcome)) == (stored, [])


@pytest.mark.parametrize(
    "given",
    ["https://[oops", "ftp://files.example/", "about:blank", "news.example", "null", "\0",
    "https://a.example/\ud800", 1, []],
)  # fmt: skip
def test_a_referrer_that_is_none_costs_only_itself(given: object, ingest: TestClient) -> None:
    outcome = try_out(ingest, referrer=given)
    assert not {"referrer", "source", "channel"} & outcome["event"].keys()
    assert names_dropped(outcome) == ["/referrer"]


def test_an_empty_referrer_is_a_direct_visit(ingest: TestClient) -> None:
    outcome = try_out(ingest, referrer="")
    assert (outcome["event"]["channel"], names_dropped(outcome)) == ("direct", [])


def test_a_spammers_name_alone_is_spam_as_its_address_is(ingest: TestClient) -> None:
    assert try_out(ingest, referrer="semalt.com")["reason"] == "spam_referrer"


@pytest.mark.parametrize("given", ["1920", "1920 x 1080", "1920×1080", "undefinedxundefined", "1.5x2", 1920, None])
def test_a_screen_that_cannot_be_read_costs_only_itself(given: object, ingest: TestClient) -> None:
    outcome = try_out(ingest, screen=given)
    assert "screen" not in outcome["event"]
    assert names_dropped(outcome) == ([] if given is None else ["/screen"])


@pytest.mark.parametrize(
    ("given", "stored", "dropped"),
    [
        ("x" * 20_000, "x" * 500, []),
        ("bell\0", "bell", ["/title"]),
        ("half \ud83d", "half ", ["/title"]),
        ("\0", None, ["/title"]),
        (["a"], None, ["/title"]),
    ],
)
def test_of_a_title_what_can_be_stored_is(
    given: object, stored: str | None, dropped: list[str], ingest: TestClient
) -> None:
    outcome = try_out(ingest, title=given)
    assert (outcome["event"].get("title"), names_dropped(outcome)) == (stored, dropped)


@pytest.mark.parametrize("given", ["XX", "T1", "UK", "EU", "fr", "", "FRA", "\ud800", 33, {}])
def test_a_country_that_is_none_costs_only_itself(given: object, ingest: TestClient) -> None:
    outcome = try_out(ingest, country=given, user_agent=FIREFOX)
    assert "country" not in outcome["event"]
    assert (names_dropped(outcome), outcome["visitor_from"]) == (["/country"], "event")


@pytest.mark.parametrize("given", ["FR", "XK"])
def test_a_country_is_stored(given: str, ingest: TestClient) -> None:
    assert try_out(ingest, country=given, user_agent=FIREFOX)["event"]["country"] == given


def test_a_query_of_any_length_costs_nothing(ingest: TestClient) -> None:
    outcome = try_out(
        ingest, url=f"{PAGE}login?utm_source=mail&state={SECRET_STATE}", referrer=f"{PAGE}?{SECRET_STATE}"
    )
    assert (outcome["event"]["path"], outcome["event"]["utm_source"]) == ("/login", "mail")
    assert names_dropped(outcome) == []
    assert names_dropped(try_out(ingest, url=f"{PAGE}?{'q' * 200_000}", referrer=f"{PAGE}{'r' * 200_000}")) == []


def test_a_path_that_is_too_long_is_cut_between_two_characters(ingest: TestClient) -> None:
    outcome = try_out(ingest, url=f"{PAGE}{'ж' * 1_000}")
    assert outcome["event"]["path"] == "/" + "%D0%B6" * 333
    assert names_dropped(outcome) == ["/url"]
    for path, kept in (("/" + "ж" * 1_500, "/" + "ж" * 999), ("/" + "%D0%B6" * 500, "/" + "%D0%B6" * 333)):
        outcome = try_out(ingest, path=path)
        assert (outcome["event"]["path"], names_dropped(outcome)) == (kept, ["/path"])


@pytest.mark.parametrize(
    "url",
    ["capacitor://localhost/a", "file:///a.html", "about:blank", "data:text/html,a", "chrome-extension://a/b",
     "https:shop.example", "//shop.example/a"],
)  # fmt: skip
def test_a_page_that_is_no_web_address_is_refused_in_words(url: str, ingest: TestClient) -> None:
    [fault] = try_out(ingest, url=url)["errors"]
    assert fault["pointer"] == "/url"
    assert "begin with http:// or https://" in fault["detail"]


def test_what_an_event_is_stays_strict(ingest: TestClient) -> None:
    for fields in (
        {"site_id": ""},
        {"event_type": 1},
        {"path": ""},
        {"user_id": "\0"},
        {"ip": "unknown"},
        {"sreen": "1x1"},
    ):
        assert try_out(ingest, **{"path": "/", **fields})["outcome"] == "rejected"


def test_an_event_beside_one_that_loses_something_loses_nothing(ingest: TestClient) -> None:
    good, bad = {"site_id": "shop", "path": "/", "language": "de"}, {"site_id": "shop", "path": "/", "language": "C"}
    told = ingest.post("/validate", json=[bad, good, bad]).json()["events"]
    assert [len(item.get("dropped", [])) for item in told] == [1, 0, 1]


def test_the_ledger_counts_what_was_dropped_by_field_and_site(
    ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    view = {"site_id": "shop", "url": PAGE, "language": "C"}
    assert ingest.post("/event", json=view).status_code == 202
    assert (
        ingest.post("/events", json=[view, {**view, "site_id": "a b", "screen": "?"}, {"site_id": "x"}]).status_code
        == 202
    )
    assert ingest.post("/event", json={**view, "timestamp": "never"}).status_code == 422
    assert ingest.post("/event", json={"site_id": "shop", "url": PAGE}).status_code == 202
    ingest.post("/validate", json=view)
    counts: dict[bytes, int] = {}
    for key in redis.scan_iter(f"{ShardKeys.of(settings.stream_name, 0).dropped}*"):
        for name, count in redis.hgetall(key).items():
            counts[name] = counts.get(name, 0) + int(count)
        assert redis.ttl(key) > 0
    assert counts == {b"language shop": 2, b"language a b": 1, b"screen a b": 1}
