"""What a forge and an editor read of the repository says the same as what the project runs."""

import os
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tests.unit.documents.yaml_files import PROJECT, read_yaml

MAKEFILE = (PROJECT / "Makefile").read_text()


def read_workflow() -> dict[str, Any]:
    return read_yaml(".github/workflows/ci.yml")


def find_verbs(text: str) -> set[str]:
    """The targets of every `make` in a text of commands."""
    return set(re.findall(r"\bmake ([a-z-]+)$", text, re.MULTILINE))


def read_commands() -> str:
    return "\n".join(step.get("run", "") for job in read_workflow()["jobs"].values() for step in job["steps"])


def read_recipes(*targets: str) -> list[str]:
    """The commands of targets of the Makefile, in their order."""
    found = [re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE) for target in targets]
    assert all(found), targets
    lines = "".join(match[1] for match in found if match).splitlines()
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in lines]


def test_every_verb_of_the_workflow_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert find_verbs(read_commands()) <= targets


def test_the_workflow_runs_every_verb_that_the_local_script_runs() -> None:
    script = (PROJECT / ".ci" / "run").read_text()
    in_script = find_verbs(script)
    assert in_script
    assert in_script <= find_verbs(read_commands())


def test_the_workflow_may_only_read_and_every_job_ends() -> None:
    workflow = read_workflow()
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


def test_the_workflow_tries_the_oldest_python_that_is_allowed() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    oldest = read_workflow()["jobs"]["test"]["strategy"]["matrix"]["python"][0]
    assert project["requires-python"] == f">={oldest}"


def test_the_newest_version_of_the_changelog_is_the_projects_and_the_apis() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    headings = re.findall(r"^## (.*)$", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    version, _, date = headings[1].partition(" - ")
    assert version == project["version"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", date)
    api = read_yaml("docs/openapi.yaml")
    assert api["info"]["version"] == version


def test_pre_commit_runs_what_make_check_runs() -> None:
    assert re.search(r"^check: lint types$", MAKEFILE, re.MULTILINE)
    config = read_yaml(".pre-commit-config.yaml")
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [hook["entry"] for hook in hooks] == read_recipes("lint", "types")
    assert all(hook["language"] == "system" for hook in hooks), "the versions are those of the lock file"


MANIFESTS = {
    "github-actions": ".github/workflows/*.yml",
    "docker": "Dockerfile",
    "docker-compose": "docker-compose.yml",
    "npm": "package-lock.json",
    "pip": "requirements*.txt",
}
"""What names versions of others' work, by the kind that the forge's updates call it."""
OURS = {"build", "node_modules", ".git", ".venv", "tests"}


@cache
def list_files() -> list[Path]:
    """Every file but those below a folder of OURS, which hold tens of thousands."""
    found = []
    for folder, inner, names in os.walk(PROJECT):
        inner[:] = [name for name in inner if name not in OURS]
        found += [Path(folder, name).relative_to(PROJECT) for name in names]
    return found


def find_manifests(pattern: str) -> set[str]:
    """The folders that hold such files, as the forge writes them: from the project's, which is `/`."""
    folders = {f"/{path.parent.as_posix()}" for path in list_files() if path.match(pattern)}
    return {"/" if folder in ("/.", "/.github/workflows") else folder for folder in folders}


def test_every_file_that_names_versions_of_others_is_kept_up_to_date() -> None:
    config = read_yaml(".github/dependabot.yml")
    watched = {
        update["package-ecosystem"]: set(update.get("directories", [update.get("directory")]))
        for update in config["updates"]
    }
    expected = {kind: find_manifests(pattern) for kind, pattern in MANIFESTS.items()}
    expected["pip"].add("/requirements")
    assert watched == expected


BUILT = {"build/tracker/package-lock.json", "build/clients/package-lock.json"}
LOCKS = ("requirements/*.txt", "*/*/requirements*.txt", "*/*/package-lock.json", "bench/peers/*/package-lock.json")


def test_lock_files_name_versions_and_hashes_and_no_addresses() -> None:
    found = [path for pattern in LOCKS for path in PROJECT.glob(pattern)]
    locks = {path.relative_to(PROJECT).as_posix() for path in found} - BUILT
    assert {"tests/clients/package-lock.json", "infra/poller/requirements.txt", "requirements/dev.txt"} <= locks
    assert [name for name in sorted(locks) if "://" in (PROJECT / name).read_text()] == []
