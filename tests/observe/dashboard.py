"""What the dashboard asks Prometheus, with its variables filled in as Grafana fills them."""

import json
import re
from pathlib import Path
from typing import Any

DASHBOARD: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "infra" / "observe" / "dashboard.json").read_text()
)


def read_questions(jobs: list[str], interval: str) -> list[tuple[str, str]]:
    """The titles of the panels and what they ask. `jobs`: what the variable `job` offers; `interval`: of rates."""
    asked = [
        (panel["title"], _fill(target["expr"], jobs, interval))
        for panel in DASHBOARD["panels"]
        for target in panel.get("targets", ())
    ]
    assert not [text for _, text in asked if "$" in text]
    return asked


def read_variables() -> dict[str, tuple[str, str]]:
    """The metric and the label that each variable takes its values from."""
    found = {}
    for variable in DASHBOARD["templating"]["list"]:
        match = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"])
        assert match, variable["query"]
        found[variable["name"]] = (match[1], match[2])
    return found


def _fill(expression: str, jobs: list[str], interval: str) -> str:
    return expression.replace("$__rate_interval", interval).replace("$job", "|".join(jobs))
