"""Erasures and retention beside deletions, moves and dead letters. On real servers."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from common.dead_letter import DeadLetter
from common.erasure.criteria import Criteria
from common.erasure.requests import list_erasures, request_erasure
from common.errors import Unavailable
from common.groups.slots import find_slot
from common.postgres.database import Database
from common.redis.keys import ShardKeys
from common.reports.subscriptions import Subscriptions
from functions.process.app import handle_batch
from functions.process.erasing import steps
from infra.cli.main import analytics
from infra.outbox.outbox import Message, Outbox
from infra.queue.dead_letters import DeadLetters
from tests.contract.history import MIDNIGHT, batch, event
from tests.functions.erasing.test_erasures import ANN, erase, finish
from tests.functions.erasing.test_retention import NOW, keep, store
from tests.functions.stepped_system import SteppedSystem
from tests.functions.test_site_removal import find_anywhere


def test_an_erasure_beside_a_deletion_that_waits_does_not_run_hot(system: SteppedSystem, database: Database) -> None:
    system.run("create", "blog")
    request_erasure(database, "test", "blog", Criteria(user_id=ANN))
    system.run("delete", "blog", "--yes")
    system.publisher._settle_seconds = 1_000
    assert not [system.publisher.step() for _ in range(8)][-1]


def test_expiry_of_a_slot_that_is_moved_does_not_run_hot(
    system: SteppedSystem, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.process.store.OPEN_SECONDS", 10)  # a busy machine looks at all in one step, too
    keep(system, "blog")
    store(database, event(1, NOW - timedelta(days=400)), event(2, NOW))
    database.run("insert into absent_slots values (:slot)", slot=find_slot("blog"))
    assert not [system.store.step_expiry() for _ in range(8)][-1]
    database.run("delete from absent_slots")
    while system.store.step_expiry():
        pass
    assert database.run("select count(*) from events") == [[1]]


def test_the_event_of_an_erased_dead_letter_that_is_sent_again_stays_away(
    system: SteppedSystem, database: Database
) -> None:
    one = event(1, MIDNIGHT, user_id=ANN)
    system.run("create", "blog")
    letter = DeadLetter("0:1763000000000-0/0", json.dumps([one]), "crashed", 5, "blog")
    keys = ShardKeys.of(system.settings.stream_name, 0)
    system.redis.hset(keys.dead_letters, letter.message_id, letter.encode())
    erase(system, Criteria(user_id=ANN))
    assert find_anywhere(system, ANN) == []
    handle_batch(batch([one], number=7), system.store)
    assert find_anywhere(system, ANN) == []


def test_a_slow_step_does_not_undo_the_last(
    system: SteppedSystem, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.run("create", "blog")
    database.run(
        "insert into rejected_events (site_id, source, reason, detail, payload, minute)"
        " values ('blog', '0:1-0/0', 'invalid_event', '', :payload, now())",
        payload=json.dumps({"user_id": ANN}),
    )
    erasure = request_erasure(database, "test", "blog", Criteria(user_id=ANN))
    real = steps.erase_rejected
    for _ in range(3):
        system.store.step_erasure(erasure)

    def slow(*arguments: Any) -> None:
        monkeypatch.setattr(steps, "erase_rejected", real)
        real(*arguments)
        assert system.store.step_erasure(erasure) == 0
        assert system.store.finish_erasure(erasure)

    monkeypatch.setattr(steps, "erase_rejected", slow)
    system.store.step_erasure(erasure)
    [one] = list_erasures(database)
    assert (one.stage, one.erased) == ("done", 1)


@pytest.mark.parametrize("option", [("--from", "0001-01-01T00:00:00+14:00"), ("--to", "9999-12-31T23:59:59-14:00")])
def test_a_time_that_is_none_in_utc_is_refused(option: tuple[str, str], system: SteppedSystem) -> None:
    system.run("create", "blog")
    done = CliRunner().invoke(analytics, ["erase", "--site-id", "blog", *option, "--yes"])
    assert (done.exit_code, "1 to 9999" in done.output) == (2, True)


def test_a_dead_letter_that_is_replayed_beside_the_erasure_is_erased(system: SteppedSystem, database: Database) -> None:
    system.run("create", "blog")
    letter = DeadLetter("0:1763000000000-0/0", json.dumps([event(1, MIDNIGHT, user_id=ANN)]), "crashed", 5, "blog")
    letters = DeadLetters(system.redis, system.settings)
    letters.save(letter)
    request_erasure(database, "test", "blog", Criteria(user_id=ANN))
    system.publisher.step()
    assert letters.replay(letter)
    for _ in range(8):
        system.publisher.step()
    system.process()
    finish(system)
    assert find_anywhere(system, ANN) == []


def test_reports_that_were_not_sent_say_nothing_of_what_was_erased(system: SteppedSystem, database: Database) -> None:
    system.run("create", "blog")
    outbox = Outbox(database)
    states = ("waiting", "sending", "unknown", "failed")
    subscription = Subscriptions(database).add("test", "blog", "weekly", "bob@example.com")
    for number, state in enumerate(states):
        content = {"text": f"/of/{ANN}  7 views"}
        message_id = f"report:{subscription.subscription_id}:2025-06-0{number + 1}"
        assert outbox.put(Message(message_id, "blog", "bob@example.com", content, repeats=False))
        database.run("update outbox set state = :state where message_id = :id", state=state, id=message_id)
    erase(system, Criteria(user_id="eve"))
    assert find_anywhere(system, ANN) == []
    assert outbox.claim() is None
    assert "waiting" not in {one.state for one in outbox.list()}  # it is made anew
    assert not any(outbox.resend(one.message_id) for one in outbox.list())


def test_an_erasure_goes_on_where_expiry_fails(
    system: SteppedSystem, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise Unavailable("One site's events take too long.")

    store(database, event(1, NOW, user_id=ANN))
    monkeypatch.setattr(system.store, "step_expiry", fail)
    request_erasure(database, "test", "blog", Criteria(user_id=ANN))
    for _ in range(20):
        with pytest.raises(Unavailable):
            system.publisher.step()
    assert [one.stage for one in list_erasures(database)] == ["done"]
