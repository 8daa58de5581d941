"""The command line explains itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli.main import analytics

PROJECT = Path(__file__).resolve().parents[4]
LETTERS = [[group, verb] for group in ("dead-letters", "rejected") for verb in ("list", "show", "edit", "replay")]
COMMANDS = [[], *([name] for name in analytics.commands), *LETTERS]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    done = CliRunner().invoke(analytics, [*command, "--help"])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 5


def test_a_command_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    assert CliRunner().invoke(analytics, ["count"]).exit_code == 2


def test_the_container_of_the_command_line_says_how_everything_is_started(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "common", tmp_path / "common")
    shutil.copytree(PROJECT / "infra", tmp_path / "infra", ignore=lambda *_: ["local"])  # as .dockerignore has it
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; sys.meta_path = [one for one in"
         " sys.meta_path if 'editable' not in repr(one).lower()]; from infra.cli.main import main; main()", "up"],
        cwd=tmp_path, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "docker compose up -d --wait" in line


def test_a_wrong_setting_prints_one_line_and_a_misspelled_one_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("INGEST_PROT=4001\nPGADMIN_PORT=1\nOTHER=2\nTRUSTED_PROXIES=proxy\n")
    monkeypatch.setenv("LOGLEVEL", "debug")
    done = CliRunner().invoke(analytics, ["sites"])
    assert done.exit_code == 2
    assert done.output.startswith("Error: TRUSTED_PROXIES: proxy is neither")
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.1")
    monkeypatch.setenv("PLACES_MMDB", "/nope.mmdb")
    done = CliRunner().invoke(analytics, ["up"])
    assert done.exit_code == 2
    assert done.output.splitlines() == [
        "analytics: there is no setting LOGLEVEL: is LOG_LEVEL meant?",
        "analytics: there is no setting INGEST_PROT: is INGEST_PORT meant?",
        "Error: PLACES_MMDB: /nope.mmdb can't be read (No such file or directory): name a MaxMind database (.mmdb)",
    ]


def test_a_zone_that_the_api_refuses_is_refused(tmp_path: Path) -> None:
    for zone in ("localtime", "Factory", "posixrules", "posix/Europe/Berlin", "europe/berlin", "Mars/Olympus"):
        done = CliRunner().invoke(analytics, ["sites", "set-time-zone", "blog", zone])
        assert (done.exit_code, "should be an IANA time zone" in done.output) == (2, True), zone
