"""What the ingest function makes of who sends, through both hosts; and what POST /validate tells of it."""

import json
import logging
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.event import Event
from common.redis.keys import ShardKeys
from common.settings import Settings
from tests.functions.conftest import Load, Serve, http_event
from tests.functions.test_ingest import EVENT, PROBLEM, queued

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GERMAN = "217.160.0.1"
VIEW = {"site_id": "blog", "url": "https://example.com/a?utm_source=news", "referrer": "https://www.google.com/"}
BROWSER = {"User-Agent": FIREFOX, "Accept-Language": "de-DE,de;q=0.5", "X-Forwarded-For": GERMAN}


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


@pytest.fixture
def ingest(environment: pytest.MonkeyPatch, serve: Serve) -> TestClient:
    """Behind a proxy that is trusted: it names the address that a test's client can't have."""
    environment.setenv("TRUSTED_PROXIES", "192.0.2.250")
    client = serve("ingest")
    client._transport.client = ("192.0.2.250", 5000)  # type: ignore[attr-defined]
    return client


def test_a_browsers_page_view_is_queued_with_what_follows_from_it(
    ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    assert ingest.post("/event", json=VIEW, headers=BROWSER).status_code == 202
    [event] = queued(redis, settings)
    for name in ("event_id", "timestamp", "visitor_id"):
        assert event.pop(name)
    event.pop("previous_visitor_id", None)  # just after midnight
    assert event == {
        "site_id": "blog",
        "event_type": "page_view",
        "path": "/a",
        "hostname": "example.com",
        "referrer": "www.google.com",
        "source": "Google",
        "channel": "search",
        "utm_source": "news",
        "country": "DE",
        "browser": "Firefox",
        "os": "Linux",
        "device": "desktop",
        "language": "de-de",
    }


def test_lambda_derives_the_same(load: Load, redis: "Redis", settings: Settings) -> None:
    event = http_event("POST", "/event", json.dumps(VIEW), content_type="application/json", user_agent=FIREFOX)
    event["requestContext"]["http"]["sourceIp"] = GERMAN
    assert load("ingest").handler(event, {})["statusCode"] == 202
    [stored] = queued(redis, settings)
    assert (stored["browser"], stored["country"], stored["source"]) == ("Firefox", "DE", "Google")
    assert len(stored["visitor_id"]) == 16


@pytest.mark.parametrize(
    "header", [{"Origin": "https://www.example.com"}, {"Origin": "null"}, {"Referer": "https://www.example.com/b?q=1"}]
)
def test_a_request_of_the_sites_own_page_tells_that_its_referrer_is_internal(
    ingest: TestClient, redis: "Redis", settings: Settings, header: dict[str, str]
) -> None:
    view = {"site_id": "blog", "path": "/b", "referrer": "https://www.example.com/a"}
    assert ingest.post("/event", json=view, headers=BROWSER | header).status_code == 202
    [event] = queued(redis, settings)
    assert event["channel"] == ("referral" if header == {"Origin": "null"} else "internal")


def test_all_events_of_a_visitor_have_one_id_and_no_address_reaches_redis(
    ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    ingest.post("/event", json=VIEW, headers=BROWSER)
    ingest.post("/events", json=[VIEW, VIEW], headers=BROWSER)
    assert len({event["visitor_id"] for event in queued(redis, settings)}) == 1
    for key in redis.scan_iter(f"{{{settings.stream_name}:0}}*"):
        dumped = redis.dump(key)
        assert GERMAN.encode() not in dumped
        assert b"Mozilla" not in dumped


def test_no_address_and_no_user_agent_is_logged(ingest: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("common").debug("the log is watched")
        for path, body in (("/event", VIEW), ("/event", {**VIEW, "ip": "300"}), ("/validate", {"ip": "203.0.113.7"})):
            ingest.post(path, json=body, headers=BROWSER)
    assert "watched" in caplog.text
    assert not [secret for secret in (GERMAN, FIREFOX, "203.0.113.7") if secret in caplog.text]


def test_a_proxy_that_is_not_trusted_chooses_no_address(serve: Serve, redis: "Redis", settings: Settings) -> None:
    serve("ingest").post("/event", json=VIEW, headers=BROWSER)
    [event] = queued(redis, settings)
    assert "country" not in event


def test_a_bots_event_is_accepted_and_marked(ingest: TestClient, redis: "Redis", settings: Settings) -> None:
    answer = ingest.post("/event", json=VIEW, headers={**BROWSER, "User-Agent": "curl/8.5.0"})
    assert (answer.status_code, answer.json()) == (202, {"status": "ok"})
    [event] = queued(redis, settings)
    assert event["filtered"] == "bot"


@pytest.mark.parametrize("header", ["DNT", "Sec-GPC"])
def test_who_is_not_to_be_tracked_is_not(header: str, ingest: TestClient, redis: "Redis", settings: Settings) -> None:
    for fields in ({}, {"user_id": "ann"}):
        ingest.post("/event", json={**VIEW, **fields}, headers={**BROWSER, header: "1"})
    for event in queued(redis, settings):
        assert not {"user_id", "visitor_id"} & event.keys()


def test_a_site_may_choose_not_to_honour_the_wish(
    environment: pytest.MonkeyPatch, ingest: TestClient, serve: Serve, redis: "Redis", settings: Settings
) -> None:
    environment.setenv("HONOUR_DO_NOT_TRACK", "false")
    serve("ingest").post("/event", json={**VIEW, "user_id": "ann"}, headers={**BROWSER, "DNT": "1"})
    [event] = queued(redis, settings)
    assert event["user_id"] == "ann"


def test_without_redis_there_is_no_salt_and_the_answer_says_so(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    answer = serve("ingest").post("/event", json=VIEW, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
    assert int(answer.headers["retry-after"]) >= 1


def test_a_database_of_places_that_does_not_exist_is_said_at_the_start(
    environment: pytest.MonkeyPatch, load: Load
) -> None:
    environment.setenv("PLACES_MMDB", "nowhere.mmdb")
    with pytest.raises(SystemExit, match=r"PLACES_MMDB: nowhere\.mmdb"):
        load("ingest")


def validate(ingest: TestClient, body: Any, **headers: str) -> dict[str, Any]:
    answer = ingest.post("/validate", json=body, headers={**BROWSER, **headers})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_validating_shows_what_would_be_stored_and_stores_nothing(
    ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    told = validate(ingest, VIEW)
    assert list(redis.scan_iter(f"{{{settings.stream_name}:*")) == []
    ingest.post("/event", json=VIEW, headers=BROWSER)
    [stored] = queued(redis, settings)
    [outcome] = told["events"]
    assert (outcome["index"], outcome["outcome"], outcome["visitor_from"]) == (0, "stored", "request")
    made_anew = {"event_id", "timestamp", "visitor_id", "previous_visitor_id"}
    assert {name: value for name, value in outcome["event"].items() if name not in made_anew} == {
        name: value for name, value in stored.items() if name not in made_anew
    }
    assert outcome["event"].keys() == stored.keys()


def test_validating_tells_each_events_outcome(ingest: TestClient) -> None:
    spam = {**VIEW, "referrer": "https://semalt.com/x"}
    told = validate(ingest, [VIEW, spam, {**spam, "user_id": "ann"}, {"site_id": "blog"}, {"site_id": 1}])
    assert [(item["index"], item["outcome"]) for item in told["events"]] == [
        (0, "stored"),
        (1, "filtered"),
        (2, "stored"),
        (3, "rejected"),
        (4, "rejected"),
    ]
    assert told["events"][1]["reason"] == "spam_referrer"
    assert told["events"][3]["errors"][0]["pointer"] == "/path"
    for item in told["events"][:3]:
        Event.model_validate_json(json.dumps(item["event"]))


def test_validating_tells_what_an_event_is_stored_without(ingest: TestClient) -> None:
    [bad, good] = validate(ingest, [{**VIEW, "url": "https://example.com/", "referrer": "https://[bad"}, VIEW])[
        "events"
    ]
    [dropped] = bad["dropped"]
    assert (bad["outcome"], dropped["pointer"]) == ("stored", "/referrer")
    assert "nobody knows where the visitor came from" in dropped["detail"]
    assert not {"referrer", "source", "channel"} & bad["event"].keys()
    assert "dropped" not in good


def test_validating_tells_what_the_request_shows(ingest: TestClient) -> None:
    assert validate(ingest, VIEW)["seen"] == {
        "address": GERMAN,
        "is_forwarded_address_believed": True,
        "is_browser": True,
        "is_not_to_be_tracked": False,
        "country": "DE",
        "browser": "Firefox",
        "os": "Linux",
        "device": "desktop",
        "language": "de-de",
    }
    seen = validate(ingest, VIEW, **{"User-Agent": "curl/8.5.0", "DNT": "1"})["seen"]
    assert (seen["is_browser"], seen["is_not_to_be_tracked"]) == (False, True)


def test_validating_tells_where_a_proxy_is_not_trusted(serve: Serve) -> None:
    seen = validate(serve("ingest"), VIEW)["seen"]
    assert (seen["is_forwarded_address_believed"], seen["country"]) == (False, None)


def test_validating_gives_no_id_that_tells_of_stored_ones(
    ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    ingest.post("/event", json=VIEW, headers=BROWSER)
    [stored] = queued(redis, settings)
    told = [validate(ingest, [VIEW, VIEW])["events"] for _ in range(2)]
    ids = [{event["event"]["visitor_id"] for event in events} for events in told]
    assert [len(one) for one in ids] == [1, 1]
    assert len({stored["visitor_id"], *ids[0], *ids[1]}) == 3


def test_an_address_in_the_body_is_not_echoed(ingest: TestClient) -> None:
    body = {"site_id": "blog", "path": "/", "ip": "198.51.100.77", "user_agent": FIREFOX + " Secret/1"}
    text = json.dumps(validate(ingest, body))
    assert "198.51.100.77" not in text
    assert "Secret" not in text


@pytest.mark.parametrize(
    ("content_type", "body", "count"),
    [
        ("application/x-ndjson", f"{json.dumps(EVENT)}\n{{\n", 2),
        ("text/plain", json.dumps(EVENT, indent=1), 1),
        ("text/plain", f"{json.dumps(EVENT)}\n{json.dumps(EVENT)}", 2),
        ("text/plain", json.dumps([EVENT, EVENT]), 2),
        ("application/json", "{}", 1),
    ],
)
def test_validating_takes_what_either_path_takes(content_type: str, body: str, count: int, ingest: TestClient) -> None:
    answer = ingest.post("/validate", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, len(answer.json()["events"])) == (200, count)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", "{", 400),
        ("application/json", "[]", 422),
        ("text/plain", "{", 400),
        ("text/html", "{}", 415),
        ("application/json", json.dumps([EVENT] * 1001), 413),
    ],
)
def test_validating_refuses_what_is_no_body_at_all(
    content_type: str, body: str, status: int, ingest: TestClient, redis: "Redis", settings: Settings
) -> None:
    answer = ingest.post("/validate", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert list(redis.scan_iter(f"{ShardKeys.of(settings.stream_name, 0).refused}*")) == []


def test_validating_counts_against_the_rate_limits(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("RATE_LIMIT_CLIENT_REQUESTS", "1")
    ingest = serve("ingest")
    statuses = [ingest.post("/validate", json=EVENT).status_code for _ in range(2)]
    assert statuses == [200, 429]
