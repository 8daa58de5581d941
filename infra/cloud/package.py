"""Makes the functions' bundles: one a function, with just what it imports, the same bytes every time.

python -m infra.cloud.package                            all, for both architectures, into build/bundles/
python -m infra.cloud.package ingest --architecture arm64 --folder DIR      one, not zipped (sam build)
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from infra.cloud.interpreter import VERSION, find_interpreter
from infra.cloud.needed_files import find_files
from infra.cloud.wheels import PLATFORMS, download, unpack

ROOT = Path(__file__).resolve().parents[2]
MAX_UNPACKED_BYTES = 30_000_000
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say


@dataclass(frozen=True)
class Bundle:
    """What a function starts with, and its libraries."""

    entry: str
    lock: str


BUNDLES = {
    **{
        name: Bundle(f"functions/{name}/main.py", f"functions/{name}/requirements-lambda.txt")
        for name in ("ingest", "process", "stats")
    },
    "poller": Bundle("infra/poller/scheduled.py", "infra/poller/requirements-lambda.txt"),
    "reports": Bundle("infra/reports/scheduled.py", "infra/reports/requirements-lambda.txt"),
    "migrate": Bundle("infra/cloud/migrate.py", "infra/cloud/requirements-lambda.txt"),
}


def assemble(name: str, architecture: str, folder: Path) -> int:
    """Put a function's files into a folder; returns their size in bytes. Raises ValueError if it is too large."""
    bundle = BUNDLES[name]
    wheels = ROOT / "build" / "wheels" / architecture / name
    for wheel in download(ROOT / bundle.lock, architecture, VERSION, wheels):
        unpack(wheel, folder)
    _compile(folder, "-b")  # beside its source, in whose place it may be
    for source in folder.rglob("*.py"):
        if source.with_suffix(".pyc").exists():
            source.unlink()  # it would only fill the disk
    entry = ROOT / bundle.entry
    for file in find_files(ROOT, entry):
        # what the configuration names lies at the top: main.handler, /var/task/rds-ca.pem
        is_at_top = (file == entry and file.name == "main.py") or file.suffix == ".pem"
        target = folder / (file.name if is_at_top else file.relative_to(ROOT))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    _compile(folder)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if size > MAX_UNPACKED_BYTES:
        raise ValueError(f"the bundle of {name} has {size} bytes; {MAX_UNPACKED_BYTES} are allowed")
    return size


def pack(folder: Path, archive: Path) -> None:
    """Zip a folder: sorted, and without times, owners and modes, so that the same files give the same bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            packed.writestr(entry, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)


def _compile(folder: Path, *options: str) -> None:
    """Add bytecode, without which a cold start spends a second in the compiler, for Lambda's disk is read-only.

    Bytecode that names its source by hash, not by time (PEP 552), is the same every time.
    """
    interpreter = find_interpreter()
    if interpreter is None:
        sys.stderr.write(f"No Python {VERSION} found (LAMBDA_PYTHON): no bytecode, cold starts take longer.\n")
        return
    command = [interpreter, "-m", "compileall", *options, "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", "/var/task", str(folder)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"})  # noqa: S603


def main() -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.cloud.package", description="Makes the functions' bundles.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(BUNDLES)}")
    parser.add_argument("--architecture", action="append", choices=PLATFORMS, help="default: both")
    parser.add_argument("--folder", type=Path, help="put the files of one bundle here, not zipped")
    arguments = parser.parse_args()
    names, architectures = arguments.names or list(BUNDLES), arguments.architecture or list(PLATFORMS)
    if unknown := set(names) - BUNDLES.keys():
        parser.error(f"there is no bundle {', '.join(unknown)}")
    if arguments.folder:
        if len(names) * len(architectures) != 1:
            parser.error("--folder takes one NAME and one --architecture")
        assemble(names[0], architectures[0], arguments.folder)
        return 0
    for architecture in architectures:
        for name in names:
            archive = ROOT / "build" / "bundles" / architecture / f"{name}.zip"
            with tempfile.TemporaryDirectory() as folder:
                size = assemble(name, architecture, Path(folder))
                pack(Path(folder), archive)
            sys.stdout.write(
                f"{archive.relative_to(ROOT)}: {size / 1e6:.1f} MB, zipped {archive.stat().st_size / 1e6:.1f} MB\n"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
