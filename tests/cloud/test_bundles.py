"""What is in the bundles: no more than a function needs, built for its processor, the same every time."""

import hashlib
import re
import struct
import zipfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

from infra.cloud.interpreter import find_interpreter
from infra.cloud.package import BUNDLES, MAX_UNPACKED_BYTES, assemble, pack
from infra.cloud.wheels import PLATFORMS
from tests.cloud.template import ROOT

MADE = ROOT / "build" / "bundles"
MACHINES = {"x86_64": 62, "arm64": 183}
"""The e_machine of an ELF file."""
MAGIC_3_13 = 3571

pytestmark = pytest.mark.skipif(not MADE.exists(), reason="needs the bundles: make package")


@pytest.fixture(params=[f"{architecture}/{name}" for architecture in PLATFORMS for name in BUNDLES])
def path(request: pytest.FixtureRequest) -> PurePosixPath:
    """Architecture and name of each bundle."""
    return PurePosixPath(request.param)


@pytest.fixture
def bundle(path: PurePosixPath) -> Iterator[zipfile.ZipFile]:
    """Each bundle."""
    with zipfile.ZipFile(MADE / f"{path}.zip") as opened:
        yield opened


def test_a_bundle_is_small(bundle: zipfile.ZipFile) -> None:
    assert sum(entry.file_size for entry in bundle.infolist()) < MAX_UNPACKED_BYTES == 30_000_000


def test_every_wheel_is_built_for_the_bundles_processor_and_python(
    bundle: zipfile.ZipFile, path: PurePosixPath
) -> None:
    machine = PLATFORMS[path.parent.name][0].rpartition("2_28_")[2]
    wheels = [name for name in bundle.namelist() if name.endswith(".dist-info/WHEEL")]
    tags = {wheel: Parser().parsestr(bundle.read(wheel).decode()).get_all("Tag", []) for wheel in wheels}
    assert wheels
    for wheel, known in tags.items():
        is_pure = any(re.fullmatch(r"(py2\.py3|py3)-none-any", tag) for tag in known)
        is_native = any(re.fullmatch(rf"(cp313-cp313|cp31[0-3]-abi3)-manylinux\w*_{machine}", tag) for tag in known)
        assert is_pure or is_native, f"{wheel}: {known}"


def test_every_native_file_is_for_the_bundles_processor(bundle: zipfile.ZipFile, path: PurePosixPath) -> None:
    native = [name for name in bundle.namelist() if re.search(r"\.so(\.|$)", name)]
    assert native, "pydantic-core is one"
    for name in native:
        [machine] = struct.unpack_from("<H", bundle.read(name), 18)
        assert machine == MACHINES[path.parent.name], name


def test_a_bundle_has_the_libraries_of_its_lock_file_alone(bundle: zipfile.ZipFile, path: PurePosixPath) -> None:
    lock = (ROOT / BUNDLES[path.name].lock).read_text()
    pinned = {
        (name.replace("-", "_"), version)
        for name, version, marker in re.findall(r"^([\w-]+)==(\S+)( ;[^\\]*)?", lock, re.MULTILINE)
        if "python_full_version < '3.11" not in marker
    }
    found = {re.match(r"([^/]+)-([^/-]+)\.dist-info/WHEEL$", name) for name in bundle.namelist()}
    assert {(match[1].lower(), match[2]) for match in found if match} == pinned


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("ingest", ["pg8000", "boto3", "botocore", "functions/process/app.py", "common/postgres/database.py", "infra"]),
        ("process", ["redis", "boto3", "botocore", "mangum", "functions/ingest/app.py", "common/redis/stream.py"]),
        ("stats", ["redis", "boto3", "botocore", "functions/process/app.py", "functions/ingest/app.py", "infra"]),
        ("poller", ["pg8000", "starlette", "urllib3", "boto3", "botocore", "infra/poller/main.py", "infra/local"]),
        ("reports", ["starlette", "boto3", "botocore", "functions", "infra/poller", "infra/local", "infra/cli"]),
        ("migrate", ["redis", "starlette", "boto3", "botocore", "infra/poller", "infra/local", "infra/cli"]),
    ],
)
def test_a_bundle_has_nothing_of_the_other_functions(name: str, foreign: list[str]) -> None:
    with zipfile.ZipFile(MADE / "x86_64" / f"{name}.zip") as opened:
        names = opened.namelist()
    for prefix in [*foreign, "tests", "bin"]:
        assert not [found for found in names if found == prefix or found.startswith(f"{prefix}/")]
    rooms = {found.split("/")[1] for found in names if found.startswith("functions/")}
    assert rooms <= {name, "__init__.py", "__pycache__"}


def test_no_file_says_when_where_or_by_whom_it_was_made(bundle: zipfile.ZipFile) -> None:
    assert {entry.date_time for entry in bundle.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in bundle.infolist()} == {0o100644}
    assert bundle.namelist() == sorted(bundle.namelist())
    here = str(ROOT).encode()
    assert not [name for name in bundle.namelist() if here in bundle.read(name)]


@pytest.mark.skipif(find_interpreter() is None, reason="needs Python 3.13 (LAMBDA_PYTHON)")
def test_every_module_has_bytecode_of_lambdas_python_that_names_its_source_by_hash(bundle: zipfile.ZipFile) -> None:
    names = set(bundle.namelist())
    for name in sorted(names):
        if name.endswith(".pyc"):
            assert struct.unpack_from("<HxxI", bundle.read(name)) == (MAGIC_3_13, 1), name
        if name.endswith(".py"):
            source = PurePosixPath(name)
            compiled = str(source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc")
            assert compiled in names, name
            is_ours = source.parts[0] in ("common", "functions", "infra", "main.py")
            assert is_ours, f"{name}: of libraries there is only bytecode"


def test_a_bundle_is_made_of_the_same_bytes_again(tmp_path: Path) -> None:
    for attempt in ("first", "second"):
        assemble("migrate", "arm64", tmp_path / attempt)
        pack(tmp_path / attempt, tmp_path / f"{attempt}.zip")
    digests = {
        hashlib.sha256(archive.read_bytes()).hexdigest()
        for archive in (tmp_path / "first.zip", tmp_path / "second.zip", MADE / "arm64" / "migrate.zip")
    }
    assert len(digests) == 1
