"""Our parts as they are served, and Node's."""

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from bench.processes import Failed, Process, running
from infra.local import stack
from infra.local.address import free_port

NODE = Path(__file__).parent / "peers" / "node-express"


@dataclass(frozen=True)
class Listener:
    """What listens on a port."""

    name: str
    port: int
    process: Process

    def url(self, path: str) -> str:
        """Of a path."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def uvicorn(folder: Path, name: str, app: str, env: dict[str, str]) -> Iterator[Listener]:
    """An ASGI app served with the very command that Compose serves ingest with."""
    compose = yaml.safe_load((stack.PROJECT / "docker-compose.yml").read_text())
    port = free_port()
    replaced = {"functions.ingest.main:app": app, "--host=0.0.0.0": "--host=127.0.0.1", "--port=3001": f"--port={port}"}
    words = [replaced.get(word, word) for word in compose["services"]["ingest"]["command"]]
    if not set(replaced.values()) <= set(words):
        raise Failed("docker-compose.yml serves ingest in a way that the benchmark does not know")
    argv = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    process = Process(name, argv, folder, env)
    with running(process, partial(stack.answers, f"http://127.0.0.1:{port}/healthz")):
        yield Listener(name, port, process)


@contextmanager
def framework(folder: Path, name: str, env: dict[str, str], workers: int = 1, called: str = "") -> Iterator[Listener]:
    """A function under functions-framework, as Compose serves process and stats. `called`: to tell two apart."""
    port = free_port()
    source = ["--source", str(stack.PROJECT / "functions" / name / "main.py"), "--target", name]
    argv = [sys.executable, "-m", "infra.host", *source, "--signature-type", "http", "--asgi"]
    own = folder / "run" / (called or name)
    own.mkdir(parents=True, exist_ok=True)
    more = {"WORKERS": str(workers), "XDG_RUNTIME_DIR": str(own)}
    process = Process(called or name, [*argv, "--host", "127.0.0.1", "--port", str(port)], folder, env | more)
    with running(process, partial(stack.answers, f"http://127.0.0.1:{port}/readyz")):
        yield Listener(called or name, port, process)


@contextmanager
def poller(folder: Path, env: dict[str, str], called: str = "poller") -> Iterator[Listener]:
    """A poller, ready as soon as it lives: it works by then."""
    port = free_port()
    more = {"POLLER_PORT": str(port), "POLLER_NAME": called}
    process = Process(called, [sys.executable, "-m", "infra.poller.main"], folder, env | more)
    # killed, for it has nothing in hand when a queue is drained, and would wait for a read to end
    with running(process, lambda: True, signal.SIGKILL):
        yield Listener(called, port, process)


@contextmanager
def node(folder: Path, script: str, env: dict[str, str], port: int = 0) -> Iterator[Listener]:
    """One of the peer's processes; ready when it answers on its port, if it has one."""
    install_node()
    own = {"NODE_ENV": "production", "INGEST_PORT": str(port), "REPORT_PORT": str(port)}
    process = Process(f"node-{script}", ["node", f"{script}.js"], folder, own | env, NODE)
    # without a port it blocks in a read for seconds: it is killed when it has nothing in hand
    stop_signal = signal.SIGTERM if port else signal.SIGKILL
    with running(process, partial(_listens, port) if port else lambda: True, stop_signal):
        yield Listener(f"node-{script}", port, process)


def install_node() -> None:
    """`npm ci`, once. Raises Failed where there is no Node or it can't be installed."""
    if (NODE / "node_modules" / ".package-lock.json").exists():
        return
    if not shutil.which("node") or not shutil.which("npm"):
        raise Failed("Node 20 or newer and npm are needed for the peer")
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed(f"npm ci: {done.stderr.strip()[-300:]}")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
