"""The dashboard is one that Grafana takes, by the types that it publishes with the version of docker-compose.yml."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.stand import INSTALLED as MODULES

PROJECT = Path(__file__).resolve().parents[2]
TYPES = Path(__file__).parent / "drivers" / "grafana.ts"
DASHBOARD: dict[str, Any] = json.loads((PROJECT / "infra" / "observe" / "dashboard.json").read_text())


def find_misfits(dashboard: dict[str, Any], folder: Path) -> list[str]:
    """What of a dashboard the TypeScript compiler finds not to be of Grafana's types."""
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "grafana.ts").write_text(TYPES.read_text())
    parts = [("dashboard", {name: value for name, value in dashboard.items() if name != "panels"})]
    parts += [(panel["type"], panel) for panel in dashboard["panels"]]
    lines = [
        f"export const part{number}: Part[{json.dumps(kind)}] = {json.dumps(part)};"
        for number, (kind, part) in enumerate(parts)
    ]
    (folder / "dashboard.ts").write_text("\n".join(["import type { Part } from './grafana';", *lines]))
    options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--moduleResolution", "node"]
    command = ["node", str(MODULES / "typescript" / "bin" / "tsc"), *options, "dashboard.ts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return [line for line in done.stdout.splitlines() if "error TS" in line]


def test_the_types_are_those_of_the_grafana_that_compose_starts() -> None:
    started = re.search(r"image: grafana/grafana:([\d.]+)@", (PROJECT / "docker-compose.yml").read_text())
    assert started
    assert json.loads((MODULES / "@grafana" / "schema" / "package.json").read_text())["version"] == started[1]


def test_every_part_of_the_dashboard_is_of_grafanas_types(tmp_path: Path) -> None:
    assert find_misfits(DASHBOARD, tmp_path) == []


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ('"schemaVersion": 39', '"schemaVersion": "39"', "is not assignable to type 'number'"),
        ('"mode": "absolute"', '"mode": "relative"', '"relative"\' is not assignable'),
        ('"unit"', '"units"', "'\"units\"' does not exist"),
        ('"expr"', '"expression"', "'\"expression\"' does not exist"),
        ('"graphMode": "area"', '"graphMode": "bars"', '"bars"\' is not assignable'),
    ],
)
def test_a_part_that_grafana_would_not_take_is_noticed(written: str, instead: str, said: str, tmp_path: Path) -> None:
    text = json.dumps(DASHBOARD)
    assert written in text
    assert said in " ".join(find_misfits(json.loads(text.replace(written, instead)), tmp_path))
