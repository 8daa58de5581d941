"""Checks that the ports are free, before anything is installed: `python3 -m infra.local.ports` needs only Python.

`analytics up` checks again with all of its settings. This early check saves a first-time user a minute.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.address import LOOPBACK, refused_ports

PORTS = {"INGEST_PORT": 3001, "PROCESS_PORT": 3002, "STATS_PORT": 3003, "POLLER_PORT": 3004}
SERVERS = {"REDIS_URL": ("REDIS_PORT", 16379), "DATABASE_URL": ("POSTGRES_PORT", 15432)}


def find_refused(env: Mapping[str, str], env_file: str) -> list[str]:
    """A line for each port that can't be used. A value that is not a number is left for the settings to reject."""
    values = {**_read(env_file), **{name.upper(): value for name, value in env.items() if value}}
    wanted = PORTS | dict(port for url, port in SERVERS.items() if not values.get(url))
    given = {name: values.get(name) or str(port) for name, port in wanted.items()}
    ports = {name: int(value) for name, value in given.items() if value.isdecimal()}
    return refused_ports(values.get("LISTEN_HOST") or LOOPBACK, ports)


def _read(env_file: str) -> dict[str, str]:
    lines = (line.strip().removeprefix("export ") for line in env_file.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip().upper(): value.partition(" #")[0].strip().strip("'\"") for name, _, value in pairs}


def main() -> int:
    """Print a line for each port that is taken; the exit code is 1 if there are any."""
    file = Path(".env")
    lines = find_refused(os.environ, file.read_text(encoding="utf-8-sig", errors="replace") if file.is_file() else "")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
