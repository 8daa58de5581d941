"""A site's settings: who changes them, and what ingest and process do by them. On real servers."""

import json
from typing import Any

import pytest
from redis import Redis
from starlette.testclient import TestClient

from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.settings import Settings
from tests.functions.conftest import Serve
from tests.functions.stepped_system import FIREFOX, HEADERS, SteppedSystem, send


def try_out(ingest: TestClient, **fields: Any) -> dict[str, Any]:
    body = json.dumps({"site_id": "shop", "url": "https://shop.example/a?page=2&x=1", **fields})
    [event] = ingest.post("/validate", content=body, headers=HEADERS).json()["events"]
    return event  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("settings_given", "event", "reason"),
    [
        ("blocked_addresses=203.0.113.0/24", {"ip": "203.0.113.9", "user_agent": FIREFOX}, "blocked_address"),
        ("blocked_countries=DE", {"country": "DE"}, "blocked_country"),
        ("blocked_paths=/a*", {}, "blocked_path"),
        ("blocked_hostnames=*.example", {}, "blocked_hostname"),
        ("accepted_hostnames=other.example", {}, "foreign_hostname"),
        ("is_paused=true", {"user_id": "ann"}, "paused"),
    ],
)
def test_what_a_site_blocks_is_an_outcome_with_its_reason_everywhere(
    settings_given: str, event: dict[str, Any], reason: str, system: SteppedSystem, serve: Serve
) -> None:
    system.run("create", "shop")
    system.run("set", "shop", settings_given)
    system.publisher.step()
    ingest = serve("ingest")
    assert try_out(ingest, **event) | {"event": None} == {
        "index": 0, "outcome": "filtered", "reason": reason, "event": None,
        "visitor_from": "event" if event and "user_id" not in event else "request",
    }  # fmt: skip
    assert send(ingest, "shop", **event) == 202
    assert send(ingest, "blog", **event) == 202
    system.process()
    assert system.database.run("select site_id, reason from filtered_events") == [["shop", reason]]
    outcomes = system.database.run("select site_id, outcome, reason from outcomes order by site_id")
    assert outcomes == [["blog", "stored", ""], ["shop", "filtered", reason]]


def test_bots_count_and_parameters_stay_where_a_site_wants_it(system: SteppedSystem, serve: Serve) -> None:
    system.run("create", "shop")
    system.run("set", "shop", "bots=count", "kept_query_parameters=page,q", "do_not_track=ignore")
    system.publisher.step()
    ingest = serve("ingest")
    assert try_out(ingest, user_agent="Googlebot/2.1")["outcome"] == "stored"
    assert try_out(ingest)["event"]["path"] == "/a?page=2"
    content = json.dumps({"site_id": "shop", "path": "/"})
    [event] = ingest.post("/validate", content=content, headers=HEADERS | {"DNT": "1"}).json()["events"]
    assert "visitor_id" in event["event"]


def test_settings_are_published_again_after_redis_was_emptied(system: SteppedSystem, serve: Serve) -> None:
    system.run("create", "shop")
    system.run("pause", "shop")
    system.publisher.step()
    key = ShardKeys.of(system.settings.stream_name, 0).sites_document
    before = system.redis.hgetall(key)
    assert before
    system.redis.delete(key)
    system.publisher.step()
    assert system.redis.hgetall(key) == before
    assert try_out(serve("ingest"))["reason"] == "paused"


def test_nothing_is_published_that_did_not_change(system: SteppedSystem) -> None:
    system.publisher.step()
    key = ShardKeys.of(system.settings.stream_name, 0).sites_document
    system.redis.hset(key, "document", "untouched")
    system.publisher.step()
    assert system.redis.hget(key, "document") == b"untouched"
    for change in (("create", "shop"), ("rename", "shop", "Shop"), ("alias", "shop", "plausible:shop.example")):
        system.run(*change)
        system.redis.hset(key, "document", "untouched")
        system.publisher.step()
        assert system.redis.hget(key, "document") != b"untouched"


@pytest.mark.parametrize(
    ("unknown_sites", "status", "known"), [("create", 202, ["shop"]), ("accept", 202, []), ("reject", 422, [])]
)
def test_an_event_of_an_unknown_site_gets_what_the_setting_says(
    unknown_sites: str,
    status: int,
    known: list[str],
    environment: pytest.MonkeyPatch,
    settings: Settings,
    database: Database,
    redis: Redis,
    serve: Serve,
) -> None:
    environment.setenv("UNKNOWN_SITES", unknown_sites)
    system = SteppedSystem(settings.model_copy(update={"unknown_sites": unknown_sites}), database, redis)
    system.publisher.step()
    assert send(serve("ingest"), "shop") == status
    system.process()
    assert [site for [site] in database.run("select site_id from site_settings")] == known
    assert database.run("select count(*) from events") == [[int(status == 202)]]


def test_without_any_document_unknown_sites_are_not_rejected_but_asked_to_come_again(
    environment: pytest.MonkeyPatch, system: SteppedSystem, serve: Serve
) -> None:
    environment.setenv("UNKNOWN_SITES", "reject")
    assert send(serve("ingest"), "shop") == 503


def test_a_site_can_be_edited_while_a_batch_holds_its_lock(system: SteppedSystem, database: Database) -> None:
    system.run("create", "shop")
    with database.transaction() as batch:
        batch.run("select * from sites where site_id = 'shop' for update")
        assert system.run("rename", "shop", "Shop", "--json")["name"] == "Shop"


def test_a_site_is_managed_over_http(environment: pytest.MonkeyPatch, system: SteppedSystem, serve: Serve) -> None:
    environment.setenv("STATS_API_KEY", "secret")
    stats = serve("stats")
    assert stats.get("/v1/sites").status_code == 401
    stats.headers["X-API-Key"] = "secret"
    new = {"site_id": "a/b", "name": "Shop", "time_zone": "Europe/Berlin", "settings": {"bots": "count"}}
    made = stats.post("/v1/sites", json=new)
    assert (made.status_code, made.json()["data"]["settings"]["bots"]) == (201, "count")
    assert stats.post("/v1/sites", json=new).status_code == 409
    aliases = [{"dialect": "plausible", "external_id": "shop.example"}]
    change = {"is_public": True, "currency": "EUR", "hostnames": ["Shop.example"], "aliases": aliases}
    changed = stats.patch("/v1/sites/a%2Fb", json=change).json()["data"]
    assert changed == stats.get("/v1/sites/a%2Fb").json()["data"] == stats.get("/v1/sites").json()["data"][0]
    shown = {name: changed[name] for name in ("name", "time_zone", "is_public", "currency", "hostnames", "aliases")}
    assert shown == {**change, "hostnames": ["shop.example"], "name": "Shop", "time_zone": "Europe/Berlin"}
    assert changed["role"] == "admin"
    stats.post("/v1/sites", json={"site_id": "other"})
    assert stats.patch("/v1/sites/other", json={"aliases": aliases}).status_code == 409
    fault = stats.patch("/v1/sites/a%2Fb", json={"settings": {"blocked_paths": ["x"]}}).json()
    assert fault["errors"][0]["pointer"] == "/settings/blocked_paths/0"
    assert stats.post("/v1/sites", json={"site_id": "z", "time_zone": "Mars/Olympus"}).status_code == 422
    assert stats.delete("/v1/sites/a%2Fb").status_code == 202
    assert stats.patch("/v1/sites/a%2Fb", json={"name": "x"}).status_code == 409
    assert stats.get("/v1/sites/nobody").status_code == 404
    assert stats.delete("/v1/sites/nobody").status_code == 404


def test_where_there_is_no_key_nobody_changes_a_site_over_http(system: SteppedSystem, serve: Serve) -> None:
    stats = serve("stats")
    assert stats.get("/v1/sites").json() == {"data": []}
    assert stats.post("/v1/sites", json={"site_id": "shop"}).status_code == 403
    assert stats.delete("/v1/sites/shop").status_code == 403


def test_a_fault_on_the_command_line_names_the_field(system: SteppedSystem) -> None:
    system.run("create", "shop")
    assert "settings.blocked_countries.0: Should be a country code" in system.run(
        "set", "shop", "blocked_countries=Germany", fails=True
    )
    assert "There is no site nobody" in system.run("show", "nobody", fails=True)
