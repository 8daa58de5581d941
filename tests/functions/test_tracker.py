"""The tracker, and what it sends, through functions-framework and as Lambda calls it."""

import base64
import gzip
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from common.settings import Settings
from tests.functions.conftest import Load, Serve, http_event
from tests.functions.site import DAY, Site

ORIGIN = "https://blog.example"
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
EVENT = '{"site_id":"blog","url":"https://blog.example/"}'


def test_a_page_of_another_origin_may_load_the_script_and_check_its_integrity(serve: Serve) -> None:
    answer = serve("ingest").get("/script.js", headers={"Origin": ORIGIN})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "window.analytics" in answer.text
    assert {part.strip() for part in answer.headers["vary"].split(",")} == {"Accept-Encoding", "Origin"}


def test_lambda_serves_the_script_compressed(load: Load) -> None:
    answer = load("ingest").handler(http_event("GET", "/script.js", accept_encoding="gzip"), None)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert answer["headers"]["content-encoding"] == "gzip"
    assert b"window.analytics" in gzip.decompress(base64.b64decode(answer["body"]))


def test_script_and_endpoint_are_at_the_paths_of_their_settings(serve: Serve, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SCRIPT_PATH", "/assets/own.js")
    environment.setenv("EVENT_PATH", "/assets/note")
    ingest = serve("ingest")
    assert 'new URL("note",' in ingest.get("/assets/own.js").text
    assert ingest.get("/assets/own.all.js").status_code == 200
    assert ingest.get("/script.js").status_code == 404
    assert ingest.post("/assets/note", content=EVENT, headers={"Content-Type": "text/plain"}).status_code == 202
    assert ingest.post("/event", content=EVENT, headers={"Content-Type": "text/plain"}).status_code == 202


@pytest.mark.parametrize("path", ["script.js", "/", "/a b.js", "/../x", "/a?b"])
def test_a_path_that_would_need_escaping_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match="should begin with /"):
        Settings(script_path=path)


def test_an_id_without_hyphens_is_the_same_id(serve: Serve) -> None:
    one = uuid.UUID("0192f1a6-0000-7abc-8abc-0123456789ab")
    body = f'{{"site_id":"blog","url":"https://blog.example/","event_id":"{one.hex}"}}'
    answer = serve("ingest").post("/validate", content=body, headers={"Content-Type": "text/plain"})
    assert answer.json()["events"][0]["event"]["event_id"] == str(one)


def test_an_event_that_is_sent_again_after_midnight_counts_once_and_keeps_its_day(site: Site) -> None:
    """It gets another derived visitor then; its key is its site, its id and its time."""
    event = {"path": "/", "timestamp": "2025-06-02T23:59:59.900000Z", "event_id": str(uuid.UUID(int=7))}
    site.store([{**event, "visitor_id": "a" * 16}])
    site.store([{**event, "visitor_id": "b" * 16, "previous_visitor_id": "a" * 16}])
    site.store([{**event, "visitor_id": "b" * 16}])
    figures = site.ask("summary", metrics="visitors,visits,page_views", **DAY)["data"]
    assert figures == {"visitors": 1, "visits": 1, "page_views": 1}


@pytest.mark.parametrize("hours", [-24 * 400, -49, -25, -1, 0, 23])
def test_the_time_of_a_visitors_clock_is_kept_so_that_a_retry_has_the_same_key(serve: Serve, hours: int) -> None:
    at = datetime.now(UTC) + timedelta(hours=hours)
    one = {"site_id": "blog", "url": "https://blog.example/", "event_id": uuid.uuid4().hex, "timestamp": at.isoformat()}
    ingest = serve("ingest")
    today, answers = None, []
    while today != datetime.now(UTC).date():  # midnight has passed meanwhile: ask within one day
        today = datetime.now(UTC).date()
        answers = [ingest.post("/validate", json=one, headers=PERSON).json()["events"][0] for _ in range(2)]
    assert [answer["outcome"] for answer in answers] == ["stored", "stored"]
    first, again = (answer["event"] for answer in answers)
    assert (first["event_id"], first["timestamp"]) == (again["event_id"], again["timestamp"])
    assert datetime.fromisoformat(first["timestamp"]) == at
    assert ("visitor_id" in first) == (today - timedelta(days=1) <= at.date() <= today)
