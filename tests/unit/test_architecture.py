"""Imports point inwards, and each function loads without the drivers that it must not know."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.cloud.imports import find_files
from infra.cloud.package import BUNDLES

PROJECT = Path(__file__).resolve().parents[2]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def test_common_knows_neither_functions_nor_infrastructure() -> None:
    for path in (PROJECT / "common").rglob("*.py"):
        assert not [name for name in imports(path) if name.split(".")[0] in ("functions", "infra")], path


def test_nothing_imports_the_functions() -> None:
    for folder in ("common", "infra"):
        for path in (PROJECT / folder).rglob("*.py"):
            assert not [name for name in imports(path) if name.split(".")[0] == "functions"], path


def test_only_the_adapters_know_the_drivers() -> None:
    for path in (PROJECT / "common").glob("*.py"):
        assert not [name for name in imports(path) if name.split(".")[0] in ("redis", "pg8000", "boto3")], path


@pytest.mark.parametrize(("function", "blocked"), [("ingest", "pg8000"), ("process", "redis"), ("stats", "redis")])
def test_a_function_loads_without_the_driver_it_must_not_know(function: str, blocked: str) -> None:
    code = f"import sys; sys.modules[{blocked!r}] = None; import functions.{function}.main"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("bundle", sorted(BUNDLES.keys() - {"ingest"}))
def test_what_is_derived_at_ingest_is_derived_nowhere_else(bundle: str) -> None:
    assert not [path for path in find_files(PROJECT, PROJECT / BUNDLES[bundle].entry) if "derivation" in path.parts]


def test_every_query_is_run_by_some_adapter() -> None:
    sources = "".join(path.read_text() for folder in ("common", "infra") for path in (PROJECT / folder).rglob("*.py"))
    for query in (PROJECT / "common/sql/queries").glob("*.sql"):
        assert f'load_query("{query.stem}")' in sources, query.name


def test_every_link_of_the_documents_leads_somewhere() -> None:
    import re

    for page in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
