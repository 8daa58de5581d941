"""The folder says who runs a line: which room may import which, and which driver, over all files."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infra.cloud.needed_files import find_files
from infra.cloud.package import BUNDLES
from tests.unit.house.sources import PROJECT, find_sources, parse

PARTS = ("ingest", "process", "stats")
DRIVERS = {
    "redis": "common/redis",
    "pg8000": "common/postgres",
    "botocore": "common/aws",
    "boto3": "common/aws",
    "prometheus_client": "common/metrics",
    "opentelemetry": "common/traces",
}
"""In which folder alone a driver is imported."""
ONE_PART_IS_ENOUGH = ("common/derivation/",)
"""Derivation is one room, of which the importer leaves some to ingest."""
MOST_LOOSE_MODULES = 14


def find_statements(block: ast.AST) -> Iterator[ast.AST]:
    """Every statement within another, however deep; no expression holds one."""
    for part in ("body", "handlers", "cases", "orelse", "finalbody"):
        for statement in getattr(block, part, ()):
            yield statement
            yield from find_statements(statement)


@cache
def find_imports(path: Path) -> frozenset[str]:
    """Every module that a file imports, also within a function; of `from a import b` both a and a.b."""
    found: set[str] = set()
    for node in find_statements(parse(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.update((node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)))
    return frozenset(found)


def name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_common_imports_neither_functions_nor_infrastructure() -> None:
    for path in find_sources("common"):
        for package in ("functions", "infra", "bench", "tests"):
            assert not [module for module in find_imports(path) if is_within(module, package)], name(path)


@pytest.mark.parametrize("part", PARTS)
def test_a_function_imports_no_other_and_no_infrastructure(part: str) -> None:
    foreign = [f"functions.{other}" for other in PARTS if other != part] + ["infra", "bench", "tests"]
    for path in find_sources(f"functions/{part}"):
        for package in foreign:
            assert not [module for module in find_imports(path) if is_within(module, package)], name(path)


def test_infrastructure_imports_no_function() -> None:
    for path in find_sources("infra"):
        assert not [module for module in find_imports(path) if is_within(module, "functions")], name(path)


@pytest.mark.parametrize(("driver", "room"), DRIVERS.items())
def test_a_driver_is_imported_in_its_own_folder_alone(driver: str, room: str) -> None:
    for folder in ("common", "functions", "infra"):
        for path in find_sources(folder):
            if not name(path).startswith(f"{room}/"):
                assert not [module for module in find_imports(path) if is_within(module, driver)], name(path)


def test_nothing_behind_the_door_of_the_wires_formats_is_imported_elsewhere() -> None:
    room = PROJECT / "common/wire"
    behind = {f"common.wire.{path.stem}" for path in room.glob("*.py")}
    for folder in ("common", "functions", "infra", "bench", "tests"):
        for path in find_sources(folder):
            names_it = path.parent != room and "wire" in path.read_text()
            assert not names_it or not find_imports(path) & behind, name(path)


@cache
def load(entry: str) -> frozenset[str]:
    """Every module that is loaded with this one, in a process of its own."""
    # redis-py loads opentelemetry by itself wherever it is installed: hidden, nobody may miss it
    code = (
        "import sys; sys.modules['prometheus_client'] = sys.modules['opentelemetry'] = None; "
        f"import {entry}; print(*(name for name, module in sys.modules.items() if module))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return frozenset(done.stdout.split())


@pytest.mark.parametrize(("function", "driver"), [("ingest", "pg8000"), ("process", "redis"), ("stats", "redis")])
def test_a_function_loads_without_the_driver_it_must_not_know(function: str, driver: str) -> None:
    assert driver not in load(f"functions.{function}.main")


@pytest.mark.parametrize("entry", [*(f"functions.{part}.main" for part in PARTS), "infra.poller.main"])
def test_a_part_that_nobody_watches_loads_neither_metrics_nor_traces(entry: str) -> None:
    watching = ("common.metrics.", "common.traces.driver")
    assert not [module for module in load(entry) if module.startswith(watching)]


@pytest.mark.parametrize("bundle", BUNDLES)
def test_no_bundle_holds_a_library_of_metrics_or_traces(bundle: str) -> None:
    lock = (PROJECT / BUNDLES[bundle].lock).read_text()
    assert not [name for name in ("prometheus", "opentelemetry", "protobuf") if name in lock]


@pytest.mark.parametrize(("function", "room"), [("ingest", "postgres"), ("process", "redis"), ("stats", "redis")])
def test_a_bundle_holds_no_driver_that_its_function_must_not_know(function: str, room: str) -> None:
    found = find_files(PROJECT, PROJECT / BUNDLES[function].entry)
    assert not [path for path in found if name(path).startswith(f"common/{room}/")]


def test_no_module_of_common_is_reached_by_one_part_alone() -> None:
    entries = {part: [PROJECT / f"functions/{part}/main.py"] for part in PARTS}
    entries |= {
        room.name: list(find_sources(f"infra/{room.name}")) for room in (PROJECT / "infra").iterdir() if room.is_dir()
    }
    reached = {part: set().union(*(find_files(PROJECT, path) for path in paths)) for part, paths in entries.items()}
    for path in find_sources("common"):
        parts = [part for part, files in reached.items() if path in files]
        assert len(parts) > 1 or name(path).startswith(ONE_PART_IS_ENOUGH), (
            f"{name(path)} is reached by {parts or 'nobody'}"
        )


def test_common_has_few_loose_modules() -> None:
    loose = [path.name for path in (PROJECT / "common").glob("*.py") if path.name != "__init__.py"]
    assert len(loose) <= MOST_LOOSE_MODULES, loose


def find_rooms(path: Path) -> str:
    """The folder of a module: its room."""
    return name(path.parent)


def test_rooms_import_each_other_in_no_circle() -> None:
    files = [path for folder in ("common", "functions", "infra") for path in find_sources(folder)]
    modules = {name(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in files}
    arrows: dict[str, set[str]] = {}
    for path in files:
        targets = {find_rooms(modules[module]) for module in find_imports(path) if module in modules}
        arrows.setdefault(find_rooms(path), set()).update(targets - {find_rooms(path), *PACKAGES})
    done: set[str] = set()
    while ready := {room for room, targets in arrows.items() if room not in done and targets <= done}:
        done |= ready
    assert done == arrows.keys(), {room: arrows[room] - done for room in arrows.keys() - done}


PACKAGES = ("common", "functions", "infra")
"""Not rooms of their own: loose modules are checked file by file below."""


def test_modules_import_each_other_in_no_circle() -> None:
    files = [path for folder in PACKAGES for path in find_sources(folder)]
    modules = {name(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in files}
    arrows = {path: {modules[module] for module in find_imports(path) if module in modules} - {path} for path in files}
    arrows = {path: {target for target in targets if target.name != "__init__.py"} for path, targets in arrows.items()}
    done: set[Path] = set()
    while ready := {path for path, targets in arrows.items() if path not in done and targets <= done}:
        done |= ready
    assert done == arrows.keys(), sorted(name(path) for path in arrows.keys() - done)


@pytest.mark.parametrize("bundle", sorted(BUNDLES.keys() - {"ingest"}))
def test_what_is_derived_at_ingest_is_derived_nowhere_else(bundle: str) -> None:
    assert not [path for path in find_files(PROJECT, PROJECT / BUNDLES[bundle].entry) if "derivation" in path.parts]


def test_every_query_and_script_is_used_in_its_own_folder() -> None:
    for path in (path for folder in PACKAGES for path in (PROJECT / folder).rglob("*.[sl][qu][la]")):
        if path.parent.name == "migrations" and (path.stem[:4].isdigit()):
            continue  # run in their order; run by hand, as docs/scaling.md says
        assert f'"{path.stem}"' in "".join(module.read_text() for module in path.parent.glob("*.py")), name(path)


def test_every_link_of_the_documents_leads_somewhere() -> None:
    import re

    for page in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
