"""A program that uses a published package, and goes on while ingest is killed: it is told what to do, line by line."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.clients.stand import DRIVERS, INSTALLED, PYTHON


class Dialogue:
    """A program that answers each line that it is told with a JSON value."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, *words: str) -> Any:
        """Tell it a line; its answer."""
        assert self._process.stdin
        assert self._process.stdout
        print(*words, file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline() or '"it ended"')


@contextmanager
def talk_to(driver: str, url: str, **env: str) -> Iterator[Dialogue]:
    """Run a program of `drivers`; end it in the end."""
    path = DRIVERS / driver
    argv = [str(PYTHON), str(path)] if path.suffix == ".py" else ["node", str(path)]
    given = {"PATH": os.environ["PATH"], "NODE_PATH": str(INSTALLED), "INGEST_URL": url, **env}
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=given)
    try:
        yield Dialogue(process)
    finally:
        process.kill()
        process.communicate()
