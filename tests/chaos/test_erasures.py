"""Erasures go on when what carries them out is killed. On everything but a browser."""

import os
import signal
import time
from contextlib import closing, suppress

import pytest

from tests.chaos.erasable import SITES, Eraser
from tests.chaos.injections import connect
from tests.chaos.processes import wait_until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    # pg8000 leaves a socket to the garbage collector when the server refuses it
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
SOON_SECONDS = 4
VICTIMS = ("backend", "process", "backend", "poller-a", "process", "backend", "poller-b")
STAGES = ("events", "filtered", "queue", "events", "rejected", "asked", "events")
PENDING = "select stage from erasures where done_at is null"
AT_WORK = (
    "select pid from pg_stat_activity where datname = 'analytics' and pid <> pg_backend_pid()"
    " and xact_start is not null and (query like '%uncounted_%' or query like '%taken as%' or query like '%stage = %'"
    " or query like '%guard%')"
)


def kill_backend(eraser: Eraser) -> None:
    """SIGKILL to a process of PostgreSQL that is erasing, or to any if none is soon."""
    deadline = time.monotonic() + SOON_SECONDS
    with closing(connect(eraser.system)) as connection:
        while not (found := connection.run(AT_WORK)) and time.monotonic() < deadline:
            time.sleep(0.005)
        found = found or connection.run("select pid from pg_stat_activity where backend_type = 'client backend'")
        with suppress(ProcessLookupError):
            os.kill(found[0][0], signal.SIGKILL)


def wait_for(eraser: Eraser, stage: str) -> None:
    """Return within a tenth of a second after an erasure reaches a stage; soon, if none does."""
    deadline = time.monotonic() + SOON_SECONDS
    while [stage] not in eraser.database.run(PENDING) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(eraser.random.uniform(0, 0.1))


def test_an_erasure_whose_part_is_killed_goes_on_and_counts_once(eraser: Eraser) -> None:
    system = eraser.system
    for _ in range(20):
        assert eraser.send(eraser.take(200))
    eraser.start()
    for victim, stage in zip(VICTIMS, STAGES, strict=True):
        eraser.ask(eraser.random.choice(SITES), eraser.draw())
        wait_for(eraser, stage)
        if victim == "backend":
            kill_backend(eraser)
        else:
            system.process(victim).kill()
            system.process(victim).start()
        wait_until(lambda: bool(eraser.look()), 60, "PostgreSQL answers")
        system.wait_until_ready()
    eraser.stop()
    eraser.drain()
    eraser.wait_done()
    assert eraser.check() == []
