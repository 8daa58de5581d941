"""Events that speak for a visitor: with a key they are that visitor's, without one nobody's."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.access.keys import Keys
from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.settings import Settings
from functions.process.sites.publication import read_publication
from tests.functions.access.conftest import MakeKey
from tests.functions.conftest import Serve

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
VICTIM = {"site_id": "blog", "path": "/a", "ip": "127.0.0.1", "user_agent": BROWSER}
OF_PAGE = {"site_id": "blog", "path": "/a"}


@pytest.fixture
def publish(settings: Settings, database: Database) -> Any:
    """Publishes what the database says, as the poller does."""

    def publish_now() -> None:
        answer = read_publication([database], "", rejects_unknown=False)
        assert answer.document is not None
        redis = Redis.from_url(settings.redis_url)
        content = {"version": answer.version or "", "document": answer.document}
        redis.hset(ShardKeys.of(settings.stream_name, 0).sites_document, mapping=content)
        redis.close()

    return publish_now


def send(ingest: TestClient, event: dict[str, Any], headers: dict[str, str]) -> None:
    """Send it as the victim's browser would."""
    answer = ingest.post("/event", json=event, headers={"User-Agent": BROWSER, **headers})
    assert answer.status_code == 202, answer.text


def read_queued(settings: Settings) -> list[dict[str, Any]]:
    redis = Redis.from_url(settings.redis_url)
    entries = redis.xrange(ShardKeys.of(settings.stream_name, 0).stream)
    redis.close()
    return [event for _, fields in entries for event in json.loads(fields[b"data"])]


def test_only_with_a_key_an_event_joins_the_visit_of_whom_it_names(
    serve: Serve, settings: Settings, make_key: MakeKey, publish: Any
) -> None:
    right, other = make_key("ingest", sites=["blog"]), make_key("ingest", sites=["shop"])
    publish()
    ingest = serve("ingest")
    for event, headers in ((OF_PAGE, {}), (VICTIM, {}), (VICTIM, right), (VICTIM, other)):
        send(ingest, event, headers)
    page, without, with_key, of_other = (event["visitor_id"] for event in read_queued(settings))
    assert with_key == page
    assert without != page
    assert of_other == without


def test_a_key_that_is_wrong_revoked_or_expired_sends_nothing(
    serve: Serve, make_key: MakeKey, database: Database, publish: Any
) -> None:
    revoked, expired, reader = make_key("ingest"), make_key("ingest"), make_key("stats")
    ids = [key["Authorization"].split("_")[2] for key in (revoked, expired)]
    Keys(database).revoke("test", ids[0])
    database.run("update access_keys set expires_at = now() - interval '1 second' where key_id = :id", id=ids[1])
    publish()
    ingest = serve("ingest")
    for headers in (revoked, expired, reader, {"Authorization": "Bearer wa_ingest_typo"}):
        answer = ingest.post("/event", json=OF_PAGE, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="ingest"'
    assert ingest.post("/event", json=OF_PAGE, headers={"Authorization": "Bearer of somebody else"}).status_code == 202


def test_a_key_before_any_was_published_is_asked_for_again(serve: Serve, make_key: MakeKey) -> None:
    assert serve("ingest").post("/event", json=OF_PAGE, headers=make_key("ingest")).status_code == 503


def test_where_a_key_is_needed_events_that_speak_for_others_are_refused_without_one(
    serve: Serve, environment: pytest.MonkeyPatch, make_key: MakeKey, publish: Any
) -> None:
    environment.setenv("EVENTS_FROM_SERVERS", "key")
    key = make_key("ingest", sites=["blog"])
    publish()
    ingest = serve("ingest")
    now = datetime.now(UTC)
    old, young = (now - timedelta(hours=25)).isoformat(), (now - timedelta(hours=23)).isoformat()
    for more, pointer in (
        ({"ip": "192.0.2.1"}, "/ip"),
        ({"user_agent": BROWSER}, "/user_agent"),
        ({"country": "DE"}, "/country"),
        ({"timestamp": old}, "/timestamp"),
    ):
        event = {**OF_PAGE, **more}
        answer = ingest.post("/event", json=event)
        assert answer.status_code == 422
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
        assert ingest.post("/event", json=event, headers=key).status_code == 202
        assert ingest.post("/event", json={**event, "site_id": "shop"}, headers=key).status_code == 422
    for event in (OF_PAGE, {**OF_PAGE, "timestamp": young}, {**OF_PAGE, "user_id": "ann"}):
        assert ingest.post("/event", json=event).status_code == 202


def test_what_a_page_is_forgiven_a_server_with_a_key_is_told(
    serve: Serve, settings: Settings, make_key: MakeKey, publish: Any
) -> None:
    server, importer = make_key("ingest"), make_key("import")
    publish()
    ingest = serve("ingest")
    wrong = {**OF_PAGE, "language": "not a language!"}
    assert ingest.post("/event", json=wrong).status_code == 202
    assert ingest.post("/event", json=wrong, headers=importer).status_code == 202
    answer = ingest.post("/events", json=[wrong, OF_PAGE], headers=server)
    assert answer.json()["accepted"] == 1
    assert answer.json()["rejected"][0]["errors"][0]["pointer"] == "/language"
    assert len(read_queued(settings)) == 3


def test_a_published_key_is_no_secret(database: Database, make_key: MakeKey) -> None:
    text = make_key("ingest")["Authorization"].partition(" ")[2]
    before = read_publication([database], "", rejects_unknown=False)
    assert text not in str(before.document)
    Keys(database).revoke("test", text.split("_")[2])
    after = read_publication([database], before.version or "", rejects_unknown=False)
    assert after.version != before.version
    assert text.split("_")[2] not in str(after.document)
