"""The README's own lines, word for word."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import System, eventually

README = Path(__file__).resolve().parents[2] / "README.md"


def read_curl_lines() -> list[str]:
    return re.findall(r"^ *(curl (?:-X POST )?\S*http.*|curl -X POST http.*)$", README.read_text(), re.MULTILINE)


@pytest.mark.e2e
@pytest.mark.long
def test_the_two_curl_lines_work_word_for_word(system: System) -> None:
    post, ask = read_curl_lines()[:2]
    assert run(post, system) == '{"status":"ok"}'
    expected = (
        '{"site_id":"site-abc-123","date":"2025-11-12","total_views":1,"unique_users":1,'
        '"top_paths":[{"path":"/home","views":1}]}'
    )
    assert '{"status":"ok"}' in README.read_text()
    assert expected in README.read_text()
    eventually(lambda: run(ask, system) == expected, 60, "the event shows")


@pytest.mark.e2e
@pytest.mark.long
def test_every_command_that_the_readme_shows_runs(system: System) -> None:
    commands = re.findall(r"^\.venv/bin/analytics ([^#\n]*)", README.read_text(), re.MULTILINE)
    assert len(commands) >= 8
    for command in commands:
        done = system.run(*shlex.split(command))
        assert (done.returncode, done.stderr) == (0, ""), command
        assert done.stdout


def test_command_lines_to_be_copied_name_the_command_where_it_is() -> None:
    for page in [README, *(README.parent / "docs").rglob("*.md")]:
        blocks = re.findall(r"^```.*?^```|^    .*$", page.read_text(), re.MULTILINE | re.DOTALL)
        assert not [block for block in blocks if re.search(r"(^|\| ) *analytics ", block, re.MULTILINE)], page


def test_compose_is_waited_for_and_has_its_command_line_where_it_is_started() -> None:
    section = README.read_text().partition("Compose\n")[2].partition("\n## ")[0]
    assert "docker compose run --rm analytics status" in section
    assert re.findall(r"docker compose up -d(?! --wait)", section) == []


def run(line: str, system: System) -> str:
    own = line.replace("localhost:3001", system.ingest_url[7:]).replace("localhost:3003", system.stats_url[7:])
    done = subprocess.run(["curl", "--silent", *shlex.split(own)[1:]], capture_output=True, text=True, check=True)
    return done.stdout
