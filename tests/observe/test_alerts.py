"""The rules by which Prometheus alerts, run by its own tool."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "infra" / "observe"
CASES = Path(__file__).with_name("alerts.test.yml")
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="no promtool on this machine (Debian's prometheus)")
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    assert PROMTOOL
    return subprocess.run([PROMTOOL, *arguments], capture_output=True, text=True, check=False)


@needs_promtool
def test_every_alert_fires_where_it_should_and_none_where_all_is_well() -> None:
    done = run("test", "rules", CASES)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize("name", [rule["alert"] for rule in RULES])
def test_an_alert_that_never_fires_is_noticed(name: str, tmp_path: Path) -> None:
    rules = [rule | {"expr": "vector(1) > 2"} if rule["alert"] == name else rule for rule in RULES]
    (tmp_path / "alerts.yml").write_text(yaml.safe_dump({"groups": [{"name": "analytics", "rules": rules}]}))
    cases = CASES.read_text().replace("../../infra/observe/alerts.yml", "alerts.yml")
    (tmp_path / "cases.yml").write_text(cases)
    done = run("test", "rules", tmp_path / "cases.yml")
    assert done.returncode != 0
    assert name in done.stdout + done.stderr


@needs_promtool
def test_the_configuration_for_compose_is_one_that_prometheus_takes(tmp_path: Path) -> None:
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copy(FOLDER / name, tmp_path / name)
    (tmp_path / "metrics-key").write_text("a-key-of-the-test")
    done = run("check", "config", tmp_path / "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_operators_page_says_what_to_do_about_each_alert() -> None:
    page = (PROJECT / "docs" / "operations.md").read_text()
    assert re.findall(r"^\| `([A-Z]\w+)` \|", page, re.MULTILINE) == [rule["alert"] for rule in RULES]
