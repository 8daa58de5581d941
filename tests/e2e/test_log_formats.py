"""Logs of every format through the whole system: the figures are right, and the same after another import."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.importer.run import ImportOptions, run
from tests.e2e.conftest import System, eventually
from tests.log_samples import DAY, HOST, PATHS, SAMPLES

pytestmark = [pytest.mark.e2e, pytest.mark.long]


def read_figures(system: System, site: str) -> tuple[int, int, Any]:
    system.wait_until_drained()
    figures = system.read_day(site, DAY)
    return figures["total_views"], figures["unique_users"], figures["top_paths"]


@pytest.mark.parametrize("log", [log for _, log in SAMPLES.values()], ids=list(SAMPLES))
def test_a_log_gives_its_figures_however_often_it_is_imported(system: System, tmp_path: Path, log: bytes) -> None:
    site, path = f"format-{uuid4()}", tmp_path / "access.log"
    path.write_bytes(log + b"\nno line of a log\n")
    for _ in range(2):
        report = run(path, ImportOptions(site, hostname=HOST), system.settings)
        assert (report.exit_code, report.accepted) == (0, 3), report.as_text()
        assert read_figures(system, site) == (3, 2, PATHS)


def test_the_command_says_what_it_found_and_what_it_would_do(system: System, tmp_path: Path) -> None:
    path, unused = tmp_path / "u_ex.log", tmp_path / "unused.txt"
    path.write_bytes(SAMPLES["IIS"][1] + b"nonsense\r\n")
    done = system.run("import", str(path), "--site-id", "dry", "--dry-run", "--report", str(unused))
    assert done.returncode == 0, done.stderr
    assert f"{path}: IIS and others, W3C extended" in done.stdout
    assert "3 events would be sent" in done.stdout
    assert unused.read_text().splitlines() == [
        f"{path}:8: skipped: asset, not a page",
        f"{path}:9: skipped: method other than GET",
        f"{path}:10: skipped: status other than 2xx and 304",
        f"{path}:11: not parsed: in another format than the rest of the log",
    ]
    assert read_figures(system, "dry")[0] == 0


def test_ai_crawlers_of_a_log_are_named_and_not_counted(system: System, tmp_path: Path) -> None:
    site, path = f"crawlers-{uuid4()}", tmp_path / "access.log"
    line = '192.0.2.9 - - [31/Jan/2026:10:00:0{} +0000] "GET /a HTTP/1.1" 200 1 "-" "{}"\n'
    gptbot = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
    user = "Mozilla/5.0 (compatible; Perplexity-User/1.0; +https://perplexity.ai/perplexity-user)"
    other = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    agents = [gptbot, gptbot, user, other]
    path.write_text("".join(line.format(number, agent) for number, agent in enumerate(agents)) * 2)
    report = run(path, ImportOptions(site), system.settings)
    assert (report.accepted, dict(report.crawlers)) == (6, {"GPTBot": 4, "Perplexity-User": 2})
    assert read_figures(system, site)[0] == 0
    named = system.run("filtered", "crawlers", "--site", site)
    assert named.stdout.splitlines() == [
        f"{site}  GPTBot  OpenAI  training  4",
        f"{site}  Perplexity-User  Perplexity  user  2",
    ]


@pytest.fixture
def follow(system: System, tmp_path: Path) -> Any:
    """Starts `analytics import --follow`; ends what still runs."""
    started: list[subprocess.Popen[str]] = []

    def start(path: Path, site: str) -> "subprocess.Popen[str]":
        command = [Path(sys.executable).with_name("analytics"), "import", str(path), "--site-id", site, "--follow"]
        process = subprocess.Popen(command, cwd=system.folder, env=system.env, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def write_views(path: Path, first: int, after: int) -> None:
    line = (
        '192.0.2.{} - - [31/Jan/2026:1{}:{:02}:{:02} +0000] "GET /p HTTP/1.1" 200 1 "-" "Mozilla/5.0 Firefox/128.0"\n'
    )
    with path.open("a") as file:
        for number in range(first, after):
            file.write(line.format(number % 50, number // 3600, number // 60 % 60, number % 60))
            file.flush()


def test_a_followed_log_is_rotated_while_lines_arrive_and_its_follower_killed(
    system: System, tmp_path: Path, follow: Any
) -> None:
    site, path = f"followed-{uuid4()}", tmp_path / "access.log"

    def has(views: int) -> bool:
        return bool(read_figures(system, site)[0] == views)

    write_views(path, 0, 3_000)
    first = follow(path, site)
    eventually(lambda: has(3_000), 60, "the follower has begun")
    write_views(path, 3_000, 5_000)
    path.rename(tmp_path / "access.log.1")
    write_views(tmp_path / "access.log.1", 5_000, 5_500)
    write_views(path, 5_500, 6_000)
    eventually(lambda: has(6_000), 60, "6,000 views over a rotation by name")
    first.send_signal(signal.SIGKILL)
    first.wait()
    write_views(path, 6_000, 8_500)
    second = follow(path, site)
    eventually(lambda: read_figures(system, site)[0] > 6_000, 60, "the second goes on")
    second.send_signal(signal.SIGKILL)
    second.wait()
    write_views(path, 8_500, 9_000)
    shutil.copyfile(path, tmp_path / "access.log.2")
    os.truncate(path, 0)
    write_views(path, 9_000, 9_500)
    third = follow(path, site)
    eventually(lambda: has(9_500), 60, "9,500 views over kills and a truncation")
    third.send_signal(signal.SIGTERM)
    report, _ = third.communicate(timeout=60)
    assert third.returncode == 0
    assert "lines read" in report
