"""The libraries of a bundle: wheels for Lambda's platforms, by hash, from a lock file."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

PLATFORMS = {
    # Lambda's Python 3.13 runs on Amazon Linux 2023, whose glibc is 2.34
    "x86_64": ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
    "arm64": ["manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"],
}


def download(lock: Path, architecture: str, python_version: str, folder: Path) -> list[Path]:
    """The wheels that a lock file names, downloaded unless `folder` has those of this very lock file."""
    digest = hashlib.sha256(f"{architecture} {python_version} {lock.read_text()}".encode()).hexdigest()
    stamp = folder / "lock.sha256"
    if not stamp.exists() or stamp.read_text() != digest:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*"):
            old.unlink()
        platforms = [word for platform in PLATFORMS[architecture] for word in ("--platform", platform)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--require-hashes", "--no-deps", "--only-binary=:all:", "--requirement", str(lock)]
        command += ["--implementation", "cp", "--python-version", python_version, *platforms, "--dest", str(folder)]
        subprocess.run(command, check=True)  # noqa: S603 - our own lock file
        stamp.write_text(digest)
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path, folder: Path) -> None:
    """A wheel's files without its commands and without RECORD, which names them.

    Raises ValueError for a wheel that has to be installed rather than unpacked.
    """
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            top, _, rest = PurePosixPath(name).as_posix().partition("/")
            if top.endswith(".data") and not rest.startswith("scripts/"):
                raise ValueError(f"{wheel.name} has files outside its packages: {name}")
            if not top.endswith(".data") and not name.endswith((".dist-info/RECORD", "/")):
                archive.extract(name, folder)
