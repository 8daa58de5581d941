"""The look at the ports before anything is installed, with Python alone."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from common.settings import Settings
from infra.local import ports, stack
from infra.local.address import LOOPBACK
from infra.local.credentials import find_endpoints

PROJECT = Path(__file__).resolve().parents[2]


def test_a_port_that_is_taken_is_said_without_any_package(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / ".env").write_text(f"# ports\nSTATS_PORT='{port}' # taken\n")
        done = subprocess.run(
            [sys.executable, "-S", "-m", "infra.local.ports"],
            cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken: set STATS_PORT to another one" in done.stdout
    assert done.stderr == ""


def test_they_are_those_that_the_system_listens_on(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert {**ports.PORTS, **dict(ports.SERVERS.values())} == stack.ports(settings, find_endpoints(settings))
    assert settings.listen_host == LOOPBACK


def test_make_looks_at_them_before_it_installs() -> None:
    recipe = (PROJECT / "Makefile").read_text().partition("\n.venv/local .venv/dev:")[2]
    assert 0 < recipe.index("-m infra.local.ports") < recipe.index("-m venv .venv")
