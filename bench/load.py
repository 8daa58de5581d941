"""Load: wrk in a closed loop, and a client that measures each answer."""

import http.client
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.processes import Failed

SCRIPT = Path(__file__).parent / "lua" / "load.lua"
CONNECTIONS = 64
IDLE_SECONDS = 3
"""A connection that rested for longer is opened anew, since a server may close it meanwhile: uvicorn does after 5 s."""


def run_wrk(url: str, kind: str, seconds: float, connections: int = CONNECTIONS) -> dict[str, Any]:
    """Requests, requests/s (`rps`) and percentiles in ms. Raises Failed where anything but 2xx came."""
    whole = max(1, round(seconds))  # wrk takes whole seconds
    argv = ["wrk", "-t1", "--timeout", "30s", f"-c{connections}", f"-d{whole}s", "-s", str(SCRIPT), url, "--", kind]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=whole + 60)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise Failed(f"wrk: {done.stdout[-300:]} {done.stderr[-300:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    if found["errors"] or not found["requests"]:
        raise Failed(f"wrk met errors at {url}: {lines[-1]}")
    return {**found, "rps": found["requests"] / found["seconds"]}


class Client:
    """One connection, kept; requests one after the other."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._used_at = time.monotonic()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body; asked again where the server has closed a connection that was idle."""
        try:
            return self._exchange("GET", path)
        except ConnectionError:
            self.close()
            return self._exchange("GET", path)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body, for JSON."""
        return self._exchange("POST", path, body, {"Content-Type": "application/json"})

    def time(self, path: str) -> float:
        """Milliseconds until a GET is answered. Raises Failed unless with 200."""
        began = time.perf_counter()
        status, body = self.get(path)
        took = (time.perf_counter() - began) * 1000
        if status != 200:
            raise Failed(f"GET {path}: {status} {body[:300].decode(errors='replace')}")
        return took

    def time_all(self, paths: Sequence[str]) -> list[float]:
        """Milliseconds of each."""
        return [self.time(path) for path in paths]

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def _exchange(self, *request: Any) -> tuple[int, bytes]:
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self.close()  # the request opens it again
        self._connection.request(*request)
        answer = self._connection.getresponse()
        status, body = answer.status, answer.read()
        self._used_at = time.monotonic()
        return status, body
