"""The scripts that are committed are those that `make tracker` makes."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
TRACKER = PROJECT / "functions" / "ingest" / "tracker"
BUILD = PROJECT / "infra" / "tracker"


def test_the_committed_scripts_are_what_the_build_makes(tmp_path: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no Node and npm on this machine")
    shutil.copytree(BUILD, tmp_path / "build")
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=tmp_path / "build", check=True, capture_output=True)
    subprocess.run(["node", tmp_path / "build" / "build.mjs", TRACKER / "source", tmp_path], check=True)
    for name in ("script.js", "script.all.js"):
        assert (tmp_path / name).read_text() == (TRACKER / name).read_text(), f"{name}: run `make tracker`"


def test_the_lock_file_names_no_registry() -> None:
    assert "http" not in (BUILD / "package-lock.json").read_text().replace('"funding"', "")
