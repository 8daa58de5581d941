"""The one fault that loses events: the queue's own. Whatever is lost is named, with from when to when.

The other faults lose nothing, and there nothing is named: tests/chaos/check.py sees to that after each.
"""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from common.postgres.database import Database
from common.witness.record import accept_losses, read_losses
from common.witness.sighting import Loss
from infra.ledger.reader import LedgerReader
from tests.chaos.plan import Request
from tests.chaos.power_cut import newest_file
from tests.chaos.processes import wait_until
from tests.chaos.system import System
from tests.chaos.trial import Trial

pytestmark = [pytest.mark.e2e, pytest.mark.long]
SENT = 400


def emptied(system: System) -> None:
    os.truncate(newest_file(system.valkey_server.folder), 0)


def cut(system: System) -> None:
    path = newest_file(system.valkey_server.folder)
    os.truncate(path, path.stat().st_size - 30_000)


def restored(system: System) -> None:
    folder = system.valkey_server.folder / "appendonlydir"
    shutil.rmtree(folder)
    shutil.copytree(system.folder / "copy", folder)


def flushed(system: System) -> None:
    system.valkey.start()
    system.valkey.wait_until_ready()
    system.redis.flushall()


DAMAGES = [emptied, cut, restored, flushed]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_the_queue_loses_is_named_under_load(damage: Callable[[System], None], trial: Trial) -> None:
    system, acknowledged = trial.system, trial.load.ledger
    times = note_times(trial)
    trial.send_at_full_speed(SENT)
    trial.drain()
    wait_until(lambda: not has_news(system), 30, "the queue as it is has been seen")
    shutil.copytree(system.valkey_server.folder / "appendonlydir", system.folder / "copy")
    system.process("process").freeze()  # what is stored already can't be lost
    trial.send_at_full_speed(SENT)
    before = acknowledged.acknowledged_count
    trial.load.start()
    wait_until(lambda: acknowledged.acknowledged_count > before + 100, 60, "events beyond what the lanes can hold")
    system.valkey.kill()
    system.process("process").kill()  # what it had in hand is not stored after all
    system.process("process").start()
    damage(system)
    if damage is not flushed:
        system.valkey.start()
    system.wait_until_ready()
    # the first look may come before ingest, which alone knows how much it was told of, has written again
    wait_until(lambda: sum(loss.about for loss in losses_of(system)) > 0, 60, "the loss is named, and how much it is")
    trial.load.stop()
    trial.drain()
    trial.check.run()
    lost = trial.check.known_lost
    assert lost
    named = losses_of(system)
    with closing(open_database(system)) as database:
        ledger = LedgerReader(system.redis, database, system.settings).read(min(one.from_ms for one in named) // 60_000)
        assert not ledger.closes
        accept_losses(database, "chaos")
        assert LedgerReader(system.redis, database, system.settings).read(named[0].from_ms // 60_000).losses == ()
    for number in lost:
        sent, answered = times[number]
        assert any(loss.from_ms <= answered and sent <= loss.until_ms for loss in named), (number, times[number], named)


def note_times(trial: Trial) -> dict[int, tuple[int, int]]:
    """When each event was first sent and first acknowledged, in milliseconds: it was accepted in between."""
    sent: dict[int, int] = {}
    times: dict[int, tuple[int, int]] = {}
    ledger = trial.load.ledger
    note_sent, note_answer = ledger.note_sent, ledger.note_answer

    def now() -> int:
        return time.time_ns() // 1_000_000

    def remember_sent(request: Request) -> None:
        note_sent(request)
        for number in request.numbers:
            sent.setdefault(number, now())

    def remember_answer(request: Request, answer: str) -> None:
        note_answer(request, answer)
        if answer == "202":
            for number in request.numbers:
                times.setdefault(number, (sent[number], now() + 1))

    ledger.note_sent, ledger.note_answer = remember_sent, remember_answer  # type: ignore[method-assign]
    return times


def has_news(system: System) -> bool:
    with closing(open_database(system)) as database:
        [[seen]] = database.run("select coalesce(sum(accepted), 0) from queue_sightings")
    shards = range(system.settings.stream_shards)
    keys = [f"{{{system.settings.stream_name}:{shard}}}:backlog" for shard in shards]
    return bool(seen < sum(int(system.redis.hget(key, "accepted") or 0) for key in keys))


def losses_of(system: System) -> list[Loss]:
    with closing(open_database(system)) as database:
        return read_losses(database)


def open_database(system: System) -> Database:
    return Database(system.settings.database_url, connections=1, timeout_seconds=60)
