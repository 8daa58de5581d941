"""A folder in memory for what a run of tests writes and forgets."""

import shutil
import tempfile
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")
_NAME = "analytics-tests-"
_LEAST_FREE_BYTES = 4 << 30  # the largest history of `make oracle` fits in; Docker gives a container 64 MB


def make_folder_in_memory() -> Path | None:
    """A new folder on Linux's tmpfs, or None where there is none with room.

    A test's database is 340 files: on a disk they cost three times the CPU, and ten times on a busy one. The folder's
    name has this process's id, so that a later run removes what a killed one has left in memory.
    """
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _LEAST_FREE_BYTES:
        return None
    for left in _MEMORY.glob(f"{_NAME}*"):
        if not psutil.pid_exists(int(left.name.removeprefix(_NAME).partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_NAME}{psutil.Process().pid}-", dir=_MEMORY))
