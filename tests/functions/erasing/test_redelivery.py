"""What is erased and is delivered again stays away, and has one outcome. On real servers."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from common.erasure.criteria import Criteria
from common.erasure.requests import request_erasure
from common.postgres.database import Database
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.main import analytics
from tests.contract.history import MIDNIGHT, event
from tests.functions.erasing.test_erasures import ANN, BOB, erase, finish
from tests.functions.stepped_system import SteppedSystem
from tests.functions.test_site_removal import find_anywhere

ENTRY = "0:1763000000000-0"


def deliver(database: Database, *events: dict[str, Any]) -> None:
    """One entry of these, always the same."""
    payload = {"Records": [{"messageId": ENTRY, "body": json.dumps(events)}]}
    assert handle_batch(payload, PostgresStore(database)) == {"batchItemFailures": []}


def read_outcomes(database: Database) -> dict[str, int]:
    return dict(database.run("select outcome, sum(events)::int from outcomes group by outcome"))


def refused(number: int, user: str) -> dict[str, Any]:
    """An event that PostgreSQL refuses: a page view without a path."""
    return event(number, MIDNIGHT, path=None, user_id=user)


BROKEN = {"site_id": "blog", "bogus": 1, "user_id": ANN}


@pytest.mark.parametrize("is_done", [False, True], ids=["meanwhile", "later"])
def test_a_rejected_event_that_comes_again_beside_its_erasure_keeps_its_outcome(
    is_done: bool, system: SteppedSystem, database: Database
) -> None:
    system.run("create", "blog")
    deliver(database, BROKEN, event(1, MIDNIGHT, user_id=BOB))
    request_erasure(database, "test", "blog", Criteria(user_id=ANN))
    if is_done:
        finish(system)
    deliver(database, BROKEN, event(1, MIDNIGHT, user_id=BOB))
    finish(system)
    assert read_outcomes(database) == {"rejected": 1, "stored": 1}
    assert find_anywhere(system, ANN) == []


def test_what_was_erased_before_it_was_rejected_is_not_rejected_later(
    system: SteppedSystem, database: Database
) -> None:
    """It came while the erasure went on, and its batch was not acknowledged."""
    system.run("create", "blog")
    request_erasure(database, "test", "blog", Criteria(user_id=ANN))
    deliver(database, BROKEN, event(1, MIDNIGHT, user_id=BOB))
    finish(system)
    deliver(database, BROKEN, event(1, MIDNIGHT, user_id=BOB))
    assert read_outcomes(database) == {"erased": 1, "stored": 1}
    assert find_anywhere(system, ANN) == []


@pytest.mark.parametrize("user", [ANN, BOB])
def test_what_is_refused_behind_an_erased_event_is_refused_once(
    user: str, system: SteppedSystem, database: Database
) -> None:
    events = [event(1, MIDNIGHT, user_id=ANN), event(2, MIDNIGHT, user_id=BOB), refused(3, user)]
    deliver(database, *events)
    erase(system, Criteria(user_id=ANN))
    deliver(database, *events)
    assert read_outcomes(database) == {"stored": 2, "rejected": 1}
    assert database.run("select source from rejected_events") == [[f"{ENTRY}/2"]]
    assert find_anywhere(system, ANN) == []


def test_what_is_refused_behind_an_event_of_a_site_that_goes_is_refused_once(
    system: SteppedSystem, database: Database
) -> None:
    events = [event(1, MIDNIGHT, site_id="goner"), event(2, MIDNIGHT), refused(3, BOB)]
    deliver(database, *events)
    system.run("delete", "goner", "--yes")
    deliver(database, *events)
    assert database.run("select source from rejected_events") == [[f"{ENTRY}/2"]]


def test_a_rejected_event_that_its_client_sends_again_stays_away(system: SteppedSystem, database: Database) -> None:
    deliver(database, event(1, MIDNIGHT, user_id=BOB), refused(2, ANN))
    erase(system, Criteria(user_id=ANN))
    payload = {"Records": [{"messageId": "0:1763000009000-0", "body": json.dumps([refused(2, ANN)])}]}
    handle_batch(payload, PostgresStore(database))
    assert find_anywhere(system, ANN) == []
    assert read_outcomes(database) == {"stored": 1, "rejected": 1, "erased": 1}


def test_what_names_no_site_is_erased_as_dead_letters_are(system: SteppedSystem, database: Database) -> None:
    system.run("create", "blog")
    deliver(database, {"bogus": 1, "user_id": ANN}, event(1, MIDNIGHT, user_id=BOB))
    erase(system, Criteria(user_id=ANN))
    assert find_anywhere(system, ANN) == []


def test_a_rejected_event_that_was_erased_can_not_be_replayed(system: SteppedSystem, database: Database) -> None:
    deliver(database, event(1, MIDNIGHT, user_id=BOB), refused(2, ANN))
    erase(system, Criteria(user_id=ANN))
    for arguments in (["--all"], [f"{ENTRY}/1"]):
        done = CliRunner().invoke(analytics, ["rejected", "replay", *arguments])
        assert done.output.startswith("replayed 0")
    assert system.queue.read_new(block_ms=1) == []


def test_what_was_erased_long_ago_is_new_when_it_comes_again_beside_another_erasure(
    system: SteppedSystem, database: Database
) -> None:
    deliver(database, event(1, MIDNIGHT, user_id=ANN))
    erase(system, Criteria(user_id=ANN))
    database.run("update erased_events set erased_at = erased_at - interval '5 days'")
    long_ago = "requested_at = requested_at - interval '5 days', guarded_until = guarded_until - interval '5 days'"
    database.run(f"update erasures set {long_ago}")
    erase(system, Criteria(user_id=BOB))
    store = PostgresStore(database, ledger_hours=72)
    store._pruning.prune_now_and_then(1)
    deliver(database, event(1, MIDNIGHT, user_id=ANN))
    assert database.run("select user_id from events") == [[ANN]]
