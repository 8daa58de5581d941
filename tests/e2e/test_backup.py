"""The backup of docs/small-server.md, run as it stands there: what is restored elsewhere is what was dumped."""

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import PROJECT, System

pytestmark = [pytest.mark.e2e, pytest.mark.long]
PAGE = (PROJECT / "docs" / "small-server.md").read_text()
DAY = "2026-01-31"


def read_commands(section: str) -> str:
    """The first commands of a section."""
    match = re.search(rf"^## {section}\n.*?^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert match
    return match[1]


def run_commands(commands: str, system: System) -> None:
    subprocess.run(["sh", "-euc", commands], cwd=system.folder, env={"PATH": system.env["PATH"]}, check=True)


def send(system: System, first: int, after: int) -> None:
    lines = [
        {"site_id": "kept", "path": f"/{number % 7}", "user_id": f"u{number % 40}", "timestamp": f"{DAY}T10:00:00Z"}
        for number in range(first, after)
    ]
    request = urllib.request.Request(
        f"{system.ingest_url}/events", json.dumps(lines).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 202
    system.wait_until_drained()


@pytest.fixture
def make_system(tmp_path: Path) -> Iterator[Callable[[str], System]]:
    """Starts a system in a folder as the page has it: its data in `.data`, its packages in `.venv`."""
    started: list[System] = []

    def make(name: str) -> System:
        system = System(tmp_path / name)
        system.folder.mkdir()
        (system.folder / ".data").symlink_to("data")
        (system.folder / ".venv").symlink_to(sys.prefix)
        started.append(system)
        system.start()
        return system

    yield make
    for system in started:
        system.stop()


def test_what_was_dumped_is_restored_elsewhere_and_verified(make_system: Callable[[str], System]) -> None:
    old = make_system("old")
    send(old, 0, 500)
    figures = old.read_day("kept", DAY)
    assert figures["total_views"] == 500
    run_commands(read_commands("Back up"), old)
    send(old, 500, 600)
    old.stop()
    new = make_system("new")
    send(new, 0, 3)  # what a restore replaces
    shutil.copy(old.folder / "analytics.dump", new.folder)
    run_commands(read_commands("Restore"), new)
    new.stop()
    new.log = ""
    new.start()
    verified = new.run("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert new.read_day("kept", DAY) == figures
    send(new, 500, 600)
    assert new.read_day("kept", DAY)["total_views"] == 600
