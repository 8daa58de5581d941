"""Which files a bundle needs: found from what its first file imports."""

from pathlib import Path

import pytest

from infra.cloud.needed_files import find_files
from infra.cloud.package import BUNDLES, ROOT


def find(name: str) -> set[str]:
    files = find_files(ROOT, ROOT / BUNDLES[name].entry)
    return {file.relative_to(ROOT).as_posix() for file in files}


def test_imports_are_followed_into_packages_functions_and_submodules(tmp_path: Path) -> None:
    (tmp_path / "package" / "inner").mkdir(parents=True)
    contents = {
        "main.py": "import json\nfrom package import direct\n",
        "package/__init__.py": "",
        "package/direct.py": "def use():\n    from package.inner.lazy import thing\n",
        "package/inner/__init__.py": "",
        "package/inner/lazy.py": "import package.last as last\n",
        "package/last.py": "",
        "package/unused.py": "",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    found = {file.relative_to(tmp_path).as_posix() for file in find_files(tmp_path, tmp_path / "main.py")}
    assert found == contents.keys() - {"package/unused.py"}


@pytest.mark.parametrize(
    ("name", "needed", "foreign"),
    [
        ("ingest", "common/redis/append.lua", "common/postgres/database.py"),
        ("process", "common/visits/fragments/event_values.sql", "common/redis/stream.py"),
        ("stats", "functions/stats/day/read_day.sql", "common/visits/writer.py"),
        ("poller", "infra/queue/settle.lua", "common/postgres/database.py"),
        ("migrate", "infra/migrations/0001_events.sql", "common/http/messages.py"),
    ],
)
def test_a_function_gets_the_data_that_it_reads_and_nothing_of_its_neighbours(
    name: str, needed: str, foreign: str
) -> None:
    found = find(name)
    assert needed in found
    assert foreign not in found


@pytest.mark.parametrize(("name", "is_needed"), [("process", True), ("migrate", True), ("ingest", False)])
def test_the_roots_of_the_databases_certificates_go_where_the_database_is_used(name: str, is_needed: bool) -> None:
    assert ("infra/cloud/rds-ca.pem" in find(name)) == is_needed


def test_ingests_bundle_has_the_lists_that_deriving_reads() -> None:
    found = {file.name for file in find_files(ROOT, ROOT / "functions/ingest/preload.py")}
    assert {"sources.csv", "referrer-spam.txt", "countries.txt", "currencies.txt"} <= found
