"""What the linters and the auditor say of the template."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cloud.conftest import AUDIT
from tests.cloud.template import PATH, REGION, ROOT

CHECKOV = ROOT / "infra/cloud/checkov.yaml"


@pytest.fixture(scope="module")
def transformed_file(transformed: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The transformed template in a file."""
    path = tmp_path_factory.mktemp("template") / "transformed.json"
    path.write_text(json.dumps(transformed))
    return path


def lint(path: Path) -> list[str]:
    cfn_lint = Path(sys.executable).with_name("cfn-lint")
    command = [str(cfn_lint), "--format", "parseable", "--regions", REGION, "--", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert not done.stderr
    return done.stdout.splitlines()


def audit(path: Path, *options: str) -> dict[str, Any]:
    command = [str(AUDIT / "python"), "-m", "checkov.main", "-f", str(path), "-o", "json", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=path.parent)
    report: dict[str, Any] = json.loads(done.stdout)
    assert not report["summary"]["parsing_errors"]
    return report


def test_the_template_lints_clean() -> None:
    assert lint(PATH) == []


def test_what_sam_makes_of_it_lints_clean(transformed_file: Path) -> None:
    assert lint(transformed_file) == []


def test_a_seeded_error_is_found(transformed: dict[str, Any], tmp_path: Path) -> None:
    body = json.loads(json.dumps(transformed))
    body["Resources"]["Queue"]["Properties"]["TlsEnabled"] = True
    (tmp_path / "seeded.json").write_text(json.dumps(body))
    assert any("TlsEnabled" in line for line in lint(tmp_path / "seeded.json"))


def test_the_auditor_finds_nothing_that_is_not_answered(transformed_file: Path) -> None:
    report = audit(transformed_file, "--config-file", str(CHECKOV))
    assert [(check["check_id"], check["resource"]) for check in report["results"]["failed_checks"]] == []
    assert report["summary"]["passed"] > 100


def test_every_answer_to_the_auditor_is_still_needed(transformed_file: Path) -> None:
    skipped = set(yaml.safe_load(CHECKOV.read_text())["skip-check"])
    report = audit(transformed_file, "--framework", "cloudformation")
    assert {check["check_id"] for check in report["results"]["failed_checks"]} == skipped
