"""Deleting a site: nothing of it is left anywhere, and its neighbours keep theirs. On real servers."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.access.users import Users
from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.wire import SitesAnswer, SitesTask
from functions.process.app import handle_batch
from functions.process.sites import removal
from functions.process.sites.removal import finish, hold_off, remove_some
from infra.ledger.reader import LedgerReader
from infra.poller.sites.publisher import SETTLE_SECONDS, SitePublisher
from infra.verification.repair import SiteRepair
from tests.functions.conftest import Serve
from tests.functions.stepped_system import HEADERS, SteppedSystem, send


def find_anywhere(system: SteppedSystem, site_id: str) -> list[str]:
    """Every table that names the site in any column, and every key of Redis that does in its name or content."""
    [[tables]] = system.database.run(
        "select array_agg(cast(relname as text)) from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    )
    with closing(Database(system.settings.database_url, 1, 10)) as database:
        counts = " union all ".join(
            f"select '{table}', count(*) from {table} as row where cast(row as text) like :like" for table in tables
        )
        found = [f"{table}: {rows}" for table, rows in database.run(counts, like=f"%{site_id}%") if rows]
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


def fill(system: SteppedSystem, ingest: TestClient, site_id: str) -> None:
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


def test_of_a_deleted_site_nothing_is_found_anywhere_and_the_others_keep_theirs(
    system: SteppedSystem, serve: Serve
) -> None:
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


def test_of_a_deleted_site_the_log_of_changes_says_that_one_was_deleted_and_no_more(
    system: SteppedSystem, database: Database
) -> None:
    users = Users(database)
    for site_id in ("goner", "keeper"):
        system.run("create", site_id)
        Links(database).make("test", site_id, LinkDraft("l"))
    users.add("test", "ada", "correct horse battery", roles={"goner": "view", "keeper": "view"})
    Keys(database).make("test", "k", ["stats"], ["goner", "keeper"])
    system.run("delete", "goner", "--yes")
    system.remove("goner")
    about = "coalesce(detail -> 'roles', detail -> 'sites')"
    rows = database.run(f"select action, target, {about} from audit_log order by id")
    shown = [(action, "" if action.startswith("link") else target) for action, target, _ in rows]
    assert shown[:2] == [("site.make", "keeper"), ("link.make", "")]
    assert shown[-1] == ("site.delete", "")
    assert [named for action, _, named in rows if action in ("user.make", "key.make")] == [
        {"keeper": "view"}, ["keeper"],
    ]  # fmt: skip


def test_an_event_that_was_queued_before_is_not_stored_after(system: SteppedSystem, serve: Serve) -> None:
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


def test_deleting_goes_in_short_steps_and_goes_on_where_it_was_stopped(system: SteppedSystem, serve: Serve) -> None:
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
    later = SteppedSystem(system.settings, system.database, system.redis)
    later.remove("goner")
    assert find_anywhere(system, "goner") == []
    assert system.database.run("select site_id, count(*) from events group by site_id") == [["keeper", 1]]


def test_however_many_sites_are_being_deleted_settings_are_published_between_their_steps(
    system: SteppedSystem, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.poller.sites.publisher.REMOVING_SECONDS", 0)
    sites = ["one", "three", "two"]
    for site in sites:
        system.database.run("insert into sites (site_id) values (:site)", site=site)
        system.run("delete", site, "--yes")
    steps: list[list[str]] = []
    ask = system.publisher._asker.ask

    def note(task: SitesTask) -> SitesAnswer:
        if not task.expire:
            steps[-1].append(task.remove or "settings")
        return ask(task)

    monkeypatch.setattr(system.publisher._asker, "ask", note)
    for site in sites:
        steps.append([])
        assert system.publisher.step() == (site != sites[-1])

    assert [(step[0], set(step[1:])) for step in steps] == [("settings", {site}) for site in sites]


def test_a_site_goes_only_when_every_ingest_had_time_to_learn_of_it_however_old_the_wish_is(
    system: SteppedSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.database.run("insert into sites (site_id) values ('goner')")
    system.run("delete", "goner", "--yes")
    system.database.run("update site_removals set requested_at = now() - interval '1 hour'")  # no poller was there
    publisher = SitePublisher(system.redis, system.settings, system)
    for _ in range(3):
        publisher.step()
    assert system.database.run("select site_id from site_removals") == [["goner"]]
    later = time.monotonic() + SETTLE_SECONDS
    monkeypatch.setattr("infra.poller.sites.publisher.time.monotonic", lambda: later)
    publisher.step()
    assert system.database.run("select site_id from site_removals") == []


def test_after_it_was_deleted_a_site_begins_anew_with_its_next_event(system: SteppedSystem, serve: Serve) -> None:
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


def test_a_batch_that_began_before_is_over_before_the_last_step(system: SteppedSystem, database: Database) -> None:
    system.run("create", "goner")
    with database.transaction() as connection:
        assert hold_off(connection).removed == set()
        system.run("delete", "goner", "--yes")
        with pytest.raises(Unavailable):
            finish(database, "goner")
    assert finish(database, "goner")


def test_what_a_repair_was_writing_when_the_last_step_began_is_deleted_before_it_ends(
    system: SteppedSystem, database: Database
) -> None:
    system.run("create", "goner")
    system.run("delete", "goner", "--yes")
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    with closing(Database(system.settings.database_url, 2, 20)) as other, ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            connection.run("select from sites where site_id = 'goner' for update")
            connection.run("insert into daily_stats values ('goner', '2025-06-02', 1, 1)")
            is_over = pool.submit(finish, other, "goner")
            while not is_over.done() and other.run(waiting) != [[1]]:
                pass
        assert not is_over.result()
    assert finish(database, "goner")
    assert find_anywhere(system, "goner") == []


def test_a_site_that_is_deleted_between_two_steps_of_its_repair_stays_deleted(
    system: SteppedSystem, serve: Serve, database: Database
) -> None:
    assert send(serve("ingest"), "goner") == 202
    system.process()
    steps = []

    def remove(seconds: float) -> None:
        steps.append(seconds)
        if len(steps) == 1:
            system.run("delete", "goner", "--yes")
            system.remove("goner")

    SiteRepair(database, "goner", "UTC", remove).run(is_misjoined=False)

    assert len(steps) == 1
    assert find_anywhere(system, "goner") == []
