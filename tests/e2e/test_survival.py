"""What `make up` promises when things die: nothing that was acknowledged is lost, no figure is wrong."""

import json
import urllib.request
from contextlib import suppress
from uuid import UUID

import psutil
import pytest

from tests.e2e.conftest import System, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.long]
SITE, DAY = "survivor", "2025-11-12"


def send(system: System, first: int, count: int) -> None:
    events = [
        {
            "site_id": SITE,
            "path": f"/{n % 7}",
            "user_id": f"u{n}",
            "timestamp": f"{DAY}T10:00:00Z",
            "event_id": str(UUID(int=n)),  # so that what is sent again after a 503 counts once
        }
        for n in range(first, first + count)
    ]
    request = urllib.request.Request(
        f"{system.ingest_url}/events", json.dumps(events).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert json.load(response) == {"status": "ok", "accepted": count}


def kill_everything(system: System) -> None:
    assert system.process is not None
    supervisor = psutil.Process(system.process.pid)
    victims = [*supervisor.children(recursive=True), supervisor]
    for victim in victims:
        with suppress(psutil.NoSuchProcess):  # PostgreSQL's end by themselves when the first of them is dead
            victim.kill()
    system.process.wait(10)
    psutil.wait_procs(victims, 60)


def assert_every_figure_is_right(system: System, count: int) -> None:
    system.wait_until_drained()
    figures = system.read_day(SITE, DAY)
    assert (figures["total_views"], figures["unique_users"]) == (count, count)
    done = system.run("verify")
    assert (done.returncode, done.stdout) == (0, "every aggregate equals its recount\n")


def test_every_figure_is_right_after_a_kill_of_everything_and_of_the_supervisor_alone(own: System) -> None:
    send(own, 0, 500)
    kill_everything(own)
    own.log = ""
    own.start()
    assert_every_figure_is_right(own, 500)

    send(own, 500, 500)
    assert own.process is not None
    left_behind = psutil.Process(own.process.pid).children(recursive=True)
    own.process.kill()
    own.process.wait(10)
    own.log = ""
    own.start()
    _, alive = psutil.wait_procs(left_behind, 60)
    assert alive == []
    assert_every_figure_is_right(own, 1000)


@pytest.mark.parametrize("part", ["valkey-server", "postgres", "infra.poller.main", "functions/process"])
def test_a_part_that_dies_is_restarted_and_nothing_is_lost(system: System, part: str) -> None:
    already = system.read_day(SITE, DAY)["total_views"]
    send(system, already, 100)
    assert system.process is not None
    children = psutil.Process(system.process.pid).children()
    [victim] = [child for child in children if part in " ".join(child.cmdline())]
    victim.kill()
    eventually(lambda: _accepts(system, already + 100), 60, "ingest accepts again")
    eventually(lambda: _is_drained(system), 60, "drained")
    assert_every_figure_is_right(system, already + 200)


def _accepts(system: System, first: int) -> bool:
    try:
        send(system, first, 100)
    except OSError:
        return False
    return True


def _is_drained(system: System) -> bool:
    try:
        system.wait_until_drained()
    except (OSError, KeyError, TypeError):
        return False
    return True
