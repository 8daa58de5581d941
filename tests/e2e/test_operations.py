"""The operator's commands beside a running system."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.conftest import System, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def test_status_tells_what_waits_and_when_the_last_event_was_stored(system: System) -> None:
    done = system.run("status", "--json")
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {
        "events",
        "bytes",
        "entries",
        "oldest_age_seconds",
        "dead_letters",
        "rejected",
        "filtered_24h",
        "gathered_24h",
        "last_commit",
        "unsafe",
        "memory",
        "losses",
        "moving",
        "clock_ahead_seconds",
        "ids_ahead_seconds",
    }
    assert "dead letters" in system.run("status").stdout


def test_migrations_may_run_again(system: System) -> None:
    assert system.run("migrate").stdout == "up to date\n"


def test_a_wrong_setting_is_said_in_one_line(system: System) -> None:
    done: subprocess.CompletedProcess[str] = system.run("status")
    assert done.returncode == 0
    broken = System(system.folder)
    broken.ports = {**system.ports, "poller_port": "many"}  # type: ignore[dict-item]
    wrong = broken.run("status")
    assert wrong.returncode == 2
    assert "POLLER_PORT" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_up_ends_by_saying_where_the_page_is_and_how_to_sign_in(system: System) -> None:
    address = re.compile(r"^  (http://localhost:\d+/)\n", re.MULTILINE)
    eventually(lambda: address.search(system.log), 60, "the last line of the block that begins with Ready.")
    password = re.search(r"The password of the user admin is in (\S+);", system.log)
    page = address.search(system.log)
    assert password
    assert page
    with urllib.request.urlopen(page[1], timeout=30) as answer:
        assert b"<!doctype html>" in answer.read().lower()
    body = json.dumps({"user": "admin", "password": Path(password[1]).read_text().strip()}).encode()
    headers = {"Content-Type": "application/json", "Origin": page[1].rstrip("/")}
    request = urllib.request.Request(f"{page[1]}v1/session", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["data"]["user"] == "admin"
