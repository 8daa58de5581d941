"""The commands of docs/operations.md about watching a system run as they stand there; see also test_metrics.py."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from common.settings import Settings
from tests.e2e.conftest import PROJECT, System

RUN_BY = {
    "The first day": ["test_operations_page"],
    "Watch it": ["test_operations_page", "test_metrics", "test_compose_watched"],
    "Send reports": ["test_reports"],
    "Set alarms": ["test_reports"],
    "Keep and prune": ["test_erasure_page"],
    "Erase a person": ["test_erasure_page"],
    "Restore a database": ["test_restore", "test_compose"],
}
"""The sections of the page, and which modules run their commands."""
PAGE = (PROJECT / "docs" / "operations.md").read_text()
pytestmark = [pytest.mark.e2e, pytest.mark.long]


def read_section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def read_blocks(title: str) -> list[str]:
    """The commands of a section, block by block."""
    return re.findall(r"^```sh\n(.*?)^```$", read_section(title), re.MULTILINE | re.DOTALL)


def test_the_commands_of_the_first_day_say_that_all_is_well(system: System) -> None:
    [block] = read_blocks("The first day")
    commands = [line.partition("#")[0] for line in block.splitlines()]
    assert len(commands) == 3
    for command in commands:
        done = system.run(*shlex.split(command.removeprefix(".venv/bin/analytics ")))
        assert (done.returncode, done.stderr) == (0, ""), command


def test_the_line_that_makes_a_key_makes_one_that_the_settings_take(tmp_path: Path) -> None:
    [line] = [block for block in read_blocks("Watch it") if block.startswith("echo ")]
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True)
    name, _, key = (tmp_path / ".env").read_text().strip().partition("=")
    assert (name, len(key)) == ("METRICS_KEY", 48)
    assert Settings(metrics_key=key).metrics_key == key


def test_every_section_with_commands_has_a_test_that_runs_them() -> None:
    titles = [part.partition("\n")[0] for part in PAGE.split("\n## ")[1:] if "\n```sh\n" in part]
    assert titles == list(RUN_BY)
    for module in {module for modules in RUN_BY.values() for module in modules}:
        assert re.search(r"read_(blocks|section)\(|OPERATIONS", (PROJECT / "tests/e2e" / f"{module}.py").read_text()), (
            module
        )


def test_compose_takes_the_profile_that_the_page_names() -> None:
    if not shutil.which("docker") or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("no docker compose on this machine")
    [line] = [block for block in read_blocks("Watch it") if block.startswith("docker compose ")]
    assert line == "docker compose --profile observe up -d --wait\n"
    command = ["docker", "compose", "--env-file", ".env.example", "--profile", "observe", "config", "--services"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"watch", "prometheus", "grafana"} <= set(done.stdout.split())


def test_the_page_installs_what_sends_traces_from_a_lock_file_that_has_it() -> None:
    [line] = [block for block in read_blocks("Watch it") if " pip install " in block]
    *_, lock = line.split()
    pinned = (PROJECT / lock).read_text()
    assert "opentelemetry-sdk==" in pinned
    assert "opentelemetry-exporter-otlp-proto-http==" in pinned
    command = [sys.executable, *shlex.split(line)[1:], "--dry-run", "--disable-pip-version-check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
