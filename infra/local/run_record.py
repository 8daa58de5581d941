"""Records a run of `up` in the data folder: the next run sees whether it is alive and what it left behind."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from infra.local.process import Identity


class AlreadyRunning(Exception):
    """Another supervisor holds the data folder; `pid` is its process id, if known."""

    def __init__(self, pid: str) -> None:
        super().__init__(pid)
        self.pid = pid


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Lock the data folder for this process. The system releases the lock however the process ends.

    Raises AlreadyRunning.
    """
    with (data_dir / "up.lock").open("a+") as file:  # children don't inherit files opened by Python
        file.seek(0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(file.read().strip()) from None
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def write(data_dir: Path, identities: Iterable[Identity]) -> None:
    """Record the started processes atomically: a reader sees the old list or the new one."""
    path = _path(data_dir)
    new = path.with_suffix(".new")
    new.write_text(json.dumps([asdict(identity) for identity in identities], indent=1))
    new.replace(path)


def read(data_dir: Path) -> list[Identity]:
    """The processes that the last `up` recorded; none if there is no readable record."""
    try:
        return [Identity(**values) for values in json.loads(_path(data_dir).read_text())]
    except (FileNotFoundError, ValueError, TypeError):
        return []


def _path(data_dir: Path) -> Path:
    return data_dir / "up.json"
