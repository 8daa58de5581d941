"""Sites from end to end: what is set of them reaches ingest, and what is deleted is gone. On real servers."""

import json
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from click.testing import CliRunner
from redis import Redis
from starlette.testclient import TestClient

from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.wire import SitesAnswer, SitesTask, encode_sites_task, read_sites_answer
from functions.process.app import handle_batch
from functions.process.sites import removal
from functions.process.sites.removal import finish, hold_off, remove_some
from functions.process.store import PostgresStore
from infra.cli.main import analytics
from infra.ledger.reader import LedgerReader
from infra.queue.consumer import RedisQueue
from infra.sites.publisher import SitePublisher
from tests.functions.conftest import Serve

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HEADERS = {"Content-Type": "application/json", "User-Agent": FIREFOX}


class System:
    """Everything but ingest, a step at a time."""

    def __init__(self, settings: Settings, database: Database, redis: Redis) -> None:
        self.settings, self.database, self.redis = settings, database, redis
        self.store = PostgresStore(database, unknown_sites=settings.unknown_sites)
        self.publisher = SitePublisher(redis, settings, self, settle_seconds=0)
        self.queue = RedisQueue(redis, settings, 0, 0)

    def ask(self, task: SitesTask) -> SitesAnswer:
        """The processor's answer, over the wire."""
        return read_sites_answer(json.dumps(handle_batch(encode_sites_task(task), self.store)).encode())

    def process(self) -> None:
        """Store what is queued."""
        entries = self.queue.read_new(block_ms=1)
        records = [{"messageId": entry.message_id, "body": entry.data.decode()} for entry in entries]
        if records:
            assert handle_batch({"Records": records}, self.store) == {"batchItemFailures": []}
        self.queue.settle(entries)

    def run(self, *arguments: str, fails: bool = False) -> Any:
        """What a command prints; JSON where it is."""
        done = CliRunner().invoke(analytics, ["sites", *arguments], catch_exceptions=True)
        assert (done.exit_code != 0) == fails, done.output
        return json.loads(done.output) if "--json" in arguments else str(done.exception if fails else done.output)

    def remove(self, site_id: str) -> None:
        """Delete a site to the end."""
        for _ in range(100):
            self.publisher.step()
            if self.database.run("select count(*) from site_removals where site_id = :site", site=site_id) == [[0]]:
                self.publisher.step()
                return
        raise AssertionError("the site is still there")


@pytest.fixture
def system(environment: pytest.MonkeyPatch, settings: Settings, database: Database, redis: Redis) -> System:
    return System(settings, database, redis)


def send(ingest: TestClient, site_id: str, **fields: Any) -> int:
    page = {} if "path" in fields else {"url": "https://shop.example/a"}
    return ingest.post(
        "/event", content=json.dumps({"site_id": site_id, **page, **fields}), headers=HEADERS
    ).status_code


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
    settings_given: str, event: dict[str, Any], reason: str, system: System, serve: Serve
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


def test_bots_count_and_parameters_stay_where_a_site_wants_it(system: System, serve: Serve) -> None:
    system.run("create", "shop")
    system.run("set", "shop", "bots=count", "kept_query_parameters=page,q", "do_not_track=ignore")
    system.publisher.step()
    ingest = serve("ingest")
    assert try_out(ingest, user_agent="Googlebot/2.1")["outcome"] == "stored"
    assert try_out(ingest)["event"]["path"] == "/a?page=2"
    content = json.dumps({"site_id": "shop", "path": "/"})
    [event] = ingest.post("/validate", content=content, headers=HEADERS | {"DNT": "1"}).json()["events"]
    assert "visitor_id" in event["event"]


def test_settings_are_published_again_after_redis_was_emptied(system: System, serve: Serve) -> None:
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


def test_nothing_is_published_that_did_not_change(system: System) -> None:
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
    system = System(settings.model_copy(update={"unknown_sites": unknown_sites}), database, redis)
    system.publisher.step()
    assert send(serve("ingest"), "shop") == status
    system.process()
    assert [site for [site] in database.run("select site_id from site_settings")] == known
    assert database.run("select count(*) from events") == [[int(status == 202)]]


def test_without_any_document_unknown_sites_are_not_rejected_but_asked_to_come_again(
    environment: pytest.MonkeyPatch, system: System, serve: Serve
) -> None:
    environment.setenv("UNKNOWN_SITES", "reject")
    assert send(serve("ingest"), "shop") == 503


def find_anywhere(system: System, site_id: str) -> list[str]:
    """Every table that names the site in any column, and every key of Redis that does in its name or content."""
    tables = [
        table
        for [table] in system.database.run(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
        )
    ]
    found = []
    for table in tables:
        like = f"%{site_id}%"
        with closing(Database(system.settings.database_url, 1, 10)) as database:
            [[rows]] = database.run(
                f"select count(*) from {table} as row where cast(row as text) like :like", like=like
            )
        found += [f"{table}: {rows}"] * bool(rows)
    for key in system.redis.keys(f"*{system.settings.stream_name}*"):
        readers: dict[bytes, Any] = {
            b"string": system.redis.get,
            b"hash": system.redis.hgetall,
            b"stream": system.redis.xrange,
            b"zset": lambda key: system.redis.zrange(key, 0, -1),
        }
        content = readers[system.redis.type(key)](key)
        found += [key.decode()] * (site_id.encode() in repr((key, content)).encode())
    return found


def fill(system: System, ingest: TestClient, site_id: str) -> None:
    """Everything that can be of a site: counted, filtered, rejected, dead, dropped, linked, set, queued."""
    if system.database.run("select 1 from site_settings where site_id = :site", site=site_id) == []:
        system.run("create", site_id, "--hostname", f"{site_id}.example")
    system.run("set", site_id, "blocked_paths=/admin/*", f"name={site_id}")
    system.run("alias", site_id, f"plausible:{site_id}.example")
    system.publisher.step()
    for fields in ({}, {"user_id": "ann"}, {"user_id": "bob", "event_type": "signup", "path": "/b"}):
        assert send(ingest, site_id, **fields) == 202
    assert send(ingest, site_id, language="???", user_agent="Googlebot/2.1") == 202
    system.process()
    keys = ShardKeys.of(system.settings.stream_name, 0)
    broken = json.dumps([{"site_id": site_id, "bogus": 1}])
    [[minute]] = system.database.run("select cast(extract(epoch from now()) / 60 as bigint)")
    message = f"0:{int(minute) * 60_000 - 120_000}-0"
    handle_batch({"Records": [{"messageId": message, "body": broken}]}, system.store)
    letter = DeadLetter(f"{message}/0", broken, "crashed", 5, site_id)
    system.redis.hset(keys.dead_letters, letter.message_id, letter.encode())
    system.redis.hset(f"{keys.dead}{int(minute)}", letter.message_id, site_id)
    unread = DeadLetter(f"{message}/{site_id[0]}", json.dumps({"data": broken}), "not_a_batch_of_events", 5)
    system.redis.hset(keys.dead_letters, unread.message_id, unread.encode())
    insert: Callable[..., Any] = system.database.run
    insert("insert into visitor_links values (:site, 'da', 'db', true)", site=site_id)
    insert("insert into crossings values (:site, 'da', now(), 'db')", site=site_id)
    assert send(ingest, site_id) == 202  # it waits in the queue


def test_of_a_deleted_site_nothing_is_found_anywhere_and_the_others_keep_theirs(system: System, serve: Serve) -> None:
    ingest, stats = serve("ingest"), serve("stats")
    fill(system, ingest, "goner")
    fill(system, ingest, "keeper")
    assert len(find_anywhere(system, "goner")) > 15
    before = find_anywhere(system, "keeper")
    system.run("delete", "goner", "--yes")
    system.publisher.step()
    assert system.database.run("select count(*) from site_removals") == [[1]]  # its last event is still queued
    assert send(serve("ingest"), "goner") == 422  # an instance that knows
    system.process()
    system.remove("goner")
    assert find_anywhere(system, "goner") == []
    assert {place.partition(":")[0] for place in before} <= {
        place.partition(":")[0] for place in find_anywhere(system, "keeper")
    }
    answer = stats.get("/v1/stats/summary?site_id=goner&period=all").json()
    assert {name: value for name, value in answer["data"].items() if value} == {}
    assert [site["site_id"] for site in stats.get("/v1/sites").json()["data"]] == ["keeper"]
    hour_ago = int(time.time() // 60) - 60
    ledger = LedgerReader(system.redis, system.database, system.settings).read(hour_ago, "goner")
    assert ledger.lines == ()


def test_an_event_that_was_queued_before_is_not_stored_after(system: System, serve: Serve) -> None:
    ingest = serve("ingest")
    for site_id in ("goner", "keeper"):
        assert send(ingest, site_id) == 202
    system.process()
    for site_id in ("goner", "keeper"):
        assert send(ingest, site_id) == 202
    system.run("delete", "goner", "--yes")
    system.process()
    counts = system.database.run("select site_id, count(*) from events group by site_id order by site_id")
    assert counts == [["goner", 1], ["keeper", 2]]


def test_deleting_goes_in_short_steps_and_goes_on_where_it_was_stopped(system: System, serve: Serve) -> None:
    ingest = serve("ingest")
    body = json.dumps([{"site_id": "goner", "path": f"/{number}", "user_id": "ann"} for number in range(200)])
    assert ingest.post("/events", content=body, headers=HEADERS).status_code == 202
    system.process()
    system.run("delete", "goner", "--yes")
    assert remove_some(system.database, "goner", rows=50) == 50
    assert system.database.run("select count(*) from events") == [[150]]
    # whoever did that is killed; another goes on, while another site is written
    assert send(ingest, "keeper") == 202
    system.process()
    later = System(system.settings, system.database, system.redis)
    later.remove("goner")
    assert find_anywhere(system, "goner") == []
    assert system.database.run("select site_id, count(*) from events group by site_id") == [["keeper", 1]]


def test_after_it_was_deleted_a_site_begins_anew_with_its_next_event(system: System, serve: Serve) -> None:
    assert send(serve("ingest"), "phoenix", user_id="ann") == 202
    system.process()
    system.run("set", "phoenix", "name=Old")
    system.run("delete", "phoenix", "--yes")
    system.remove("phoenix")
    assert send(serve("ingest"), "phoenix", user_id="ann") == 202
    system.process()
    assert system.run("show", "phoenix", "--json")["name"] == "phoenix"


def test_every_table_that_names_a_site_is_emptied(database: Database) -> None:
    named = database.run(
        "select distinct cast(c.oid::regclass as text) from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where a.attname = 'site_id' and c.relkind in ('r', 'p') and not c.relispartition"
    )
    own = {"sites", "site_settings", "site_aliases", "site_removals", "access_roles", "access_links"}
    assert {table for [table] in named} - own == set(removal.KEYS)


def test_a_batch_that_began_before_is_over_before_the_last_step(system: System, database: Database) -> None:
    system.run("create", "goner")
    with database.transaction() as connection:
        assert hold_off(connection) == set()
        system.run("delete", "goner", "--yes")
        with pytest.raises(Unavailable):
            finish(database, "goner")
    assert finish(database, "goner")


def test_editing_waits_for_no_batch(system: System, database: Database) -> None:
    system.run("create", "shop")
    with database.transaction() as batch:
        batch.run("select * from sites where site_id = 'shop' for update")
        assert system.run("rename", "shop", "Shop", "--json")["name"] == "Shop"


def test_a_site_is_managed_over_http(environment: pytest.MonkeyPatch, system: System, serve: Serve) -> None:
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


def test_where_there_is_no_key_nobody_changes_a_site_over_http(system: System, serve: Serve) -> None:
    stats = serve("stats")
    assert stats.get("/v1/sites").json() == {"data": []}
    assert stats.post("/v1/sites", json={"site_id": "shop"}).status_code == 403
    assert stats.delete("/v1/sites/shop").status_code == 403


def test_a_fault_on_the_command_line_names_the_field(system: System) -> None:
    system.run("create", "shop")
    assert "settings.blocked_countries.0: Should be a country code" in system.run(
        "set", "shop", "blocked_countries=Germany", fails=True
    )
    assert "There is no site nobody" in system.run("show", "nobody", fails=True)
