"""Does what it is told, line by line: a name of `calls` and numbers for it; the answer is a line of JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any


def follow(calls: Mapping[str, Callable[..., Any]]) -> None:
    """Until there is no line left."""
    for line in sys.stdin:
        name, *rest = line.split()
        print(json.dumps(calls[name](*map(int, rest))), flush=True)
