"""Erasing a person: nothing of it is left anywhere, and everybody else's figures stay right. On real servers."""

import json
import time
from functools import partial
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from common.access.keys import Keys
from common.dead_letter import DeadLetter
from common.erasure.criteria import Criteria
from common.erasure.requests import list_erasures, request_erasure
from common.errors import Unavailable
from common.postgres.database import Database
from common.redis.keys import ShardKeys
from functions.process.app import handle_batch
from functions.process.erasing.events import erase_some
from functions.process.sites.removal import hold_off
from functions.process.store import PostgresStore
from infra.cli.main import analytics
from infra.ledger.reader import LedgerReader
from infra.verification.recount import verify_aggregates
from tests.contract.history import MIDNIGHT, batch, event
from tests.functions.conftest import Serve
from tests.functions.stepped_system import HEADERS, SteppedSystem, send
from tests.functions.test_site_removal import find_anywhere

ANN = "ann-7f3c@example.com"
BOB = "bob-55d1@example.com"


def fill(system: SteppedSystem, ingest: TestClient, user: str) -> None:
    """Everything that can be of a person: counted, filtered, rejected, a dead letter, queued."""
    for path in ("/a", f"/of/{user}"):
        assert send(ingest, "blog", user_id=user, path=path, props={"mail": user}) == 202
    assert send(ingest, "blog", user_id=user, event_type="signup", path="/a") == 202
    assert send(ingest, "blog", user_id=user, path="/admin/x") == 202
    system.process()
    keys = ShardKeys.of(system.settings.stream_name, 0)
    [[minute]] = system.database.run("select cast(extract(epoch from now()) / 60 as bigint)")
    message = f"0:{int(minute) * 60_000 - 120_000}-{ord(user[0])}"
    broken = json.dumps([{"site_id": "blog", "bogus": 1, "user_id": user}])
    handle_batch({"Records": [{"messageId": message, "body": broken}]}, system.store)
    for number, payload in enumerate((broken, json.dumps({"data": broken}))):
        site_id = "" if number else "blog"
        letter = DeadLetter(f"{message}/{number}", payload, "crashed", 5, site_id)
        system.redis.hset(keys.dead_letters, letter.message_id, letter.encode())
    assert send(ingest, "blog", user_id=user, path="/queued") == 202  # it waits in the queue


def name_places(system: SteppedSystem, text: str) -> set[str]:
    return {place.partition(": ")[0] for place in find_anywhere(system, text)}


def erase(system: SteppedSystem, criteria: Criteria) -> None:
    request_erasure(system.database, "test", "blog", criteria)
    finish(system)


def finish(system: SteppedSystem) -> None:
    for _ in range(100):
        system.publisher.step()
        if all(one.done_at for one in list_erasures(system.database)):
            return
    raise AssertionError("the erasure does not end")


def test_of_an_erased_person_nothing_is_found_anywhere_and_the_others_keep_theirs(
    system: SteppedSystem, serve: Serve
) -> None:
    system.run("create", "blog")
    system.run("set", "blog", "blocked_paths=/admin/*")
    system.publisher.step()
    ingest = serve("ingest")
    fill(system, ingest, ANN)
    fill(system, ingest, BOB)
    before = name_places(system, BOB)
    assert name_places(system, ANN) >= {
        "events", "visits", "rollups", "daily_users", "daily_paths", "filtered_events", "rejected_events",
    }  # fmt: skip
    request_erasure(system.database, "test", "blog", Criteria(user_id=ANN))
    for _ in range(10):
        system.publisher.step()
    assert list_erasures(system.database)[0].stage == "queue"  # what was queued before is there still
    system.process()
    finish(system)
    assert find_anywhere(system, ANN) == []
    assert before - name_places(system, BOB) == {system.queue._keys.stream}
    assert verify_aggregates(system.settings.database_url) == []


def test_an_event_that_was_queued_is_an_outcome_of_its_own_and_the_ledger_closes(
    system: SteppedSystem, serve: Serve
) -> None:
    ingest = serve("ingest")
    for user in (ANN, BOB):
        assert send(ingest, "blog", user_id=user) == 202
    system.process()
    for user in (ANN, BOB, ANN):
        assert send(ingest, "blog", user_id=user) == 202
    request_erasure(system.database, "test", "blog", Criteria(user_id=ANN))
    system.process()
    finish(system)
    rows = system.database.run("select outcome, sum(events)::int from outcomes group by outcome order by 1")
    assert rows == [["erased", 2], ["stored", 3]]
    reader = LedgerReader(system.redis, system.database, system.settings)
    reader._read_clock = lambda: int(time.time() * 1000) + 60_000  # type: ignore[method-assign]
    ledger = reader.read(int(time.time() // 60) - 10)
    assert ledger.closes
    assert (ledger.total.accepted, ledger.total.stored, ledger.total.erased) == (5, 3, 2)


def test_an_erased_event_that_is_delivered_again_does_not_come_back(system: SteppedSystem, database: Database) -> None:
    store = PostgresStore(database)
    events = [event(1, MIDNIGHT, user_id=ANN), event(2, MIDNIGHT, user_id=BOB), event(3, MIDNIGHT, path="/x")]
    handle_batch(batch(events), store)
    erase(system, Criteria(user_id=ANN))
    handle_batch(batch(events), store)  # the same entry
    handle_batch(batch(events, number=7), store)  # by a client that did not get its answer
    assert database.run("select user_id from events order by 1") == [["ann"], [BOB]]
    rows = database.run("select outcome, sum(events)::int from outcomes group by outcome order by 1")
    assert rows == [["duplicate", 2], ["erased", 1], ["stored", 3]]


def test_what_comes_of_an_erased_person_after_it_is_done_is_new_data_and_counts(
    system: SteppedSystem, serve: Serve
) -> None:
    ingest = serve("ingest")
    assert send(ingest, "blog", user_id=ANN) == 202
    system.process()
    erase(system, Criteria(user_id=ANN))
    assert send(ingest, "blog", user_id=ANN) == 202
    system.process()
    assert system.database.run("select user_id from events") == [[ANN]]
    assert verify_aggregates(system.settings.database_url) == []


@pytest.mark.parametrize(
    ("criteria", "left"),
    [
        (Criteria(path="/a"), ["/b", "/c"]),
        (Criteria.check({"event_id": event(2, MIDNIGHT)["event_id"]}), ["/a", "/c"]),
        (Criteria(start=MIDNIGHT, after=MIDNIGHT.replace(hour=1)), ["/b", "/c"]),
        (Criteria(user_id="ann", path="/c"), ["/a", "/b"]),
    ],
    ids=["path", "event id", "range", "user and path"],
)
def test_events_are_erased_by_whatever_is_given(
    criteria: Criteria, left: list[str], system: SteppedSystem, database: Database
) -> None:
    events = [
        event(number, MIDNIGHT.replace(hour=2 * number - 2), path=path)
        for number, path in enumerate(("/a", "/b", "/c"), 1)
    ]
    queued = [{**one, "event_id": event(number, MIDNIGHT)["event_id"]} for number, one in enumerate(events, 1)]
    handle_batch(batch(events), PostgresStore(database))
    filtered = [{**one, "filtered": "bot", "timestamp": one["timestamp"]} for one in queued]
    handle_batch(batch(filtered, number=9), PostgresStore(database))
    erase(system, criteria)
    assert [path for [path] in database.run("select path from events order by 1")] == left
    kept = database.run("select cast(payload as json) ->> 'path' from filtered_events order by 1")
    assert [path for [path] in kept] == left
    assert verify_aggregates(system.settings.database_url) == []


def test_an_erasure_waits_for_the_batches_that_began_before_it(system: SteppedSystem, database: Database) -> None:
    system.run("create", "blog")
    with database.transaction() as connection:
        hold_off(connection)
        erasure = request_erasure(database, "test", "blog", Criteria(user_id=ANN))
        with pytest.raises(Unavailable):
            system.store._erasures.step(erasure, 0)
    assert system.store._erasures.step(erasure, 0) == 1


def test_an_erasure_goes_on_where_it_was_stopped(
    system: SteppedSystem, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.process.erasing.steps.erase_some", partial(erase_some, most=50))
    ingest = serve("ingest")
    body = json.dumps([{"site_id": "blog", "path": f"/{number}", "user_id": ANN} for number in range(120)])
    assert ingest.post("/events", content=body, headers=HEADERS).status_code == 202
    system.process()
    request_erasure(system.database, "test", "blog", Criteria(user_id=ANN))
    for _ in range(3):
        system.publisher.step()
    assert list_erasures(system.database)[0].erased == 100
    assert verify_aggregates(system.settings.database_url) == []
    later = SteppedSystem(system.settings, system.database, system.redis)
    finish(later)
    assert list_erasures(system.database)[0].erased == 120
    assert find_anywhere(system, ANN) == []


def test_over_http_only_who_may_erase_does_and_no_log_says_whom(system: SteppedSystem, serve: Serve) -> None:
    stats = serve("stats")
    assert send(serve("ingest"), "blog", user_id=ANN) == 202
    system.process()
    _, manager = Keys(system.database).make("test", "m", ["sites"], ["blog"])
    _, eraser = Keys(system.database).make("test", "e", ["erase"], ["blog"])

    def ask(key: str, site_id: str = "blog", **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return stats.request("DELETE", f"/v1/sites/{site_id}/events", content=json.dumps(content), headers=headers)

    assert ask(manager.text, user_id=ANN).status_code == 403
    assert ask(eraser.text, "other", user_id=ANN).status_code in (403, 404)
    for wrong in ({}, {"user_id": ""}, {"event_id": "x"}, {"who": ANN}, {"from": "2025-06-02"}):
        answer = ask(eraser.text, **wrong)
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"], answer.text
    answer = ask(eraser.text, user_id=ANN)
    assert answer.status_code == 202
    finish(system)
    headers = {"Authorization": f"Bearer {eraser.text}"}
    [listed] = stats.get("/v1/sites/blog/erasures", headers=headers).json()["data"]
    assert (listed["id"], listed["stage"], listed["erased"]) == (answer.json()["data"]["id"], "done", 1)
    assert find_anywhere(system, ANN) == []
    rows = system.database.run("select target, detail -> 'by' from audit_log where action = 'events.erase'")
    assert rows == [["blog", ["user_id"]]]


def test_the_command_waits_until_all_is_done(
    system: SteppedSystem, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(serve("ingest"), "blog", user_id=ANN) == 202
    system.process()
    system.database.run("analyze events")
    monkeypatch.setattr("infra.cli.erasures.time.sleep", lambda _: system.publisher.step())
    arguments = ["erase", "--site-id", "blog", "--user-id", ANN, "--wait", "--yes"]
    done = CliRunner().invoke(analytics, arguments, catch_exceptions=False)
    assert (done.exit_code, done.output) == (0, "erased 1 stored events of blog\n")
    samples = system.database.run("select cast(pg_stats as text) from pg_stats where schemaname = 'public'")
    assert ANN not in str(samples)
    listed = CliRunner().invoke(analytics, ["erasures"], catch_exceptions=False)
    assert "blog" in listed.output
    assert "1 events" in listed.output
    nobody = CliRunner().invoke(analytics, ["erase", "--site-id", "other", "--path", "/a", "--yes"])
    assert nobody.exit_code == 1
    assert "no site other" in nobody.output


def test_what_nobody_can_read_is_erased_however_it_spells_the_person(system: SteppedSystem) -> None:
    system.run("create", "blog")
    keys = ShardKeys.of(system.settings.stream_name, 0)
    written = (r'{"user_id": "Ren\u00E9 7f3c", "cut', "uid=Ren%C3%A9+7f3c&cut")
    query = (
        "insert into rejected_events (site_id, source, reason, detail, payload, minute)"
        " values ('blog', :source, 'invalid_event', '', :payload, now())"
    )
    for number, payload in enumerate((*written, r'{"user_id": "Ren\u00E8 7f3c", "cut')):
        letter = DeadLetter(f"0:1-{number}/0", payload, "crashed", 5, "blog")
        system.redis.hset(keys.dead_letters, letter.message_id, letter.encode())
        system.database.run(query, source=f"0:1-{number}/0", payload=payload)
    erase(system, Criteria(user_id="René 7f3c"))
    assert system.database.run("select payload from rejected_events order by source") == [
        [""], [""], [r'{"user_id": "Ren\u00E8 7f3c", "cut'],
    ]  # fmt: skip
    assert list(system.redis.hkeys(keys.dead_letters)) == [b"0:1-2/0"]
