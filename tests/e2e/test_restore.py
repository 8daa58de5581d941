"""The commands of docs/operations.md for a restored database, as they stand there, beside a running system."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import System, eventually, get

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()
SMALL_SERVER = (Path(__file__).resolve().parents[2] / "docs" / "small-server.md").read_text()
pytestmark = [pytest.mark.e2e, pytest.mark.long]


def read_blocks(page: str, heading: str) -> list[str]:
    section = page.partition(f"\n{heading}\n")[2]
    section = re.split(r"^#{1,3} ", section, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def run(block: str, system: System) -> str:
    done = try_to_run(block, system)
    assert done.returncode == 0, (block, done.stdout, done.stderr)
    return done.stdout


def try_to_run(block: str, system: System) -> subprocess.CompletedProcess[str]:
    own = block.replace(".data/", "data/").replace(".venv/", f"{Path(sys.prefix)}/")
    command = ["bash", "-euo", "pipefail", "-c", own]
    return subprocess.run(command, cwd=system.folder, env=system.env, capture_output=True, text=True, check=False)


def send(system: System, numbers: range) -> None:
    send_events(system, len(numbers), "2025-11-12T10:00:00Z", numbers.start)
    system.wait_until_drained()


def send_events(system: System, events: int, timestamp: str, first: int = 0) -> None:
    """So many page views of different paths, by one user."""
    views = [
        {"site_id": "blog", "user_id": "ann", "path": f"/{number}", "timestamp": timestamp}
        for number in range(first, first + events)
    ]
    fields = ["-H", "Content-Type: application/json", "-d", json.dumps(views)]
    subprocess.run(["curl", "-sf", *fields, f"{system.ingest_url}/events"], check=True, capture_output=True)


def count(system: System) -> int:
    return int(system.read_day("blog", "2025-11-12")["total_views"])


def test_a_database_that_is_restored_as_the_page_says_gets_back_what_it_lost(own: System) -> None:
    keep, restore, look, accept = read_blocks(PAGE, "### With `make up`")
    [back_up, *_] = read_blocks(SMALL_SERVER, "## Back up")
    send(own, range(20))
    eventually(lambda: count(own) == 20, 30, "the figures are there")
    run(back_up, own)
    send(own, range(20, 70))
    eventually(lambda: is_confirmed(own), 30, "the poller has told what was settled")
    run(keep, own)
    run(restore, own)
    own.stop()
    own.log = ""
    own.start()
    eventually(lambda: "losses" in get(f"{own.poller_url}/readyz"), 60, "readiness says it")
    assert count(own) == 20
    told = run(look, own)
    assert "the database is older than the queue" in told
    assert count(own) == 70
    assert "every aggregate equals its recount" in run(accept, own)
    eventually(lambda: "losses" not in get(f"{own.poller_url}/readyz"), 60, "readiness is good again")
    assert not (own.folder / "queue-copy").exists()


@pytest.mark.parametrize("read_to", [None, 0.5])
def test_a_dump_that_cannot_be_read_to_its_end_changes_nothing(own: System, read_to: float | None) -> None:
    """Neither one that is cut off nor one that is not there."""
    _keep, restore, _look, _accept = read_blocks(PAGE, "### With `make up`")
    [back_up, *_] = read_blocks(SMALL_SERVER, "## Back up")
    send(own, range(20))
    eventually(lambda: count(own) == 20, 30, "the figures are there")
    run(back_up, own)
    dump = own.folder / "analytics.dump"
    whole = dump.read_bytes()
    dump.unlink()
    if read_to is not None:
        dump.write_bytes(whole[: int(len(whole) * read_to)])
    done = try_to_run(restore, own)
    assert done.returncode != 0
    assert "restored" not in done.stdout
    assert count(own) == 20
    dump.write_bytes(whole)
    assert run(restore, own) == "restored\n"


def is_confirmed(system: System) -> bool:
    from redis import Redis

    with Redis.from_url(system.settings.redis_url) as redis:
        shards = system.settings.all_shards
        settled = [int(redis.hget(f"{{events:{shard}}}:witness", "told_settled") or 0) for shard in shards]  # type: ignore[arg-type]
    return sum(settled) == 70


def test_the_commands_for_compose_are_the_same_ones() -> None:
    [block] = read_blocks(PAGE, "### Under Compose")
    ours = "\n".join(read_blocks(PAGE, "### With `make up`"))
    for word in ("drop schema public cascade", "'commit;'", "pg_restore --no-owner", "recover", "verify"):
        assert word in block
        assert word in ours
