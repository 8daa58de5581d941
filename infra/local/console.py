"""Prints the output of `up`: the lines of all parts, each prefixed with the part's name."""

import json
import os
import sys
import threading
from typing import TextIO

from infra.terminal import printable

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)
_OWN_NAME = "up"


class Console:
    """Writes whole lines from several threads. `is_closed` turns true when the reader is gone."""

    def __init__(self, stream: TextIO = sys.stdout, width: int = 8) -> None:
        self.is_closed = False
        self._stream = stream
        self._width = width
        self._lock = threading.Lock()
        self._is_coloured = stream.isatty() and not os.environ.get("NO_COLOR")
        self._colours: dict[str, int] = {_OWN_NAME: 1}

    @property
    def is_private(self) -> bool:
        """Whether the output is a terminal, not a log that others may read."""
        return self._stream.isatty()

    def say(self, text: str) -> None:
        """Print a message of the supervisor itself."""
        self.write(_OWN_NAME, text)

    def show(self, text: str) -> None:
        """Print a block without a prefix, so that it can be copied."""
        with self._lock:
            self._print(text)

    def write(self, name: str, text: str) -> None:
        """Print each line of `text`, prefixed with `name`."""
        with self._lock:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            label = f"{name:<{self._width}} |"
            if self._is_coloured:
                label = f"\x1b[{colour}m{label}\x1b[0m"
            self._print("".join(f"{label} {line}".rstrip() + "\n" for line in map(printable, text.split("\n"))))

    def _print(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self.is_closed = True


def readable(line: str) -> str:
    """A JSON log line in readable form; any other line unchanged."""
    if not line.startswith("{"):
        return line
    try:
        values = json.loads(line)
        time, level, message = values.pop("time"), values.pop("level"), values.pop("message")
    except (ValueError, KeyError):
        return line
    values.pop("logger", None)
    exception = values.pop("exception", None)
    clock = str(time)[11:23]
    named = "".join(f" {name}={printable(str(value))}" for name, value in values.items())
    return f"{clock} {level} {printable(str(message))}{named}" + (f"\n{exception}" if exception else "")
