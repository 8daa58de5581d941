"""What came of each fault, as rows that add up and as the table in docs/reliability.md."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.check import Finding

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ACKNOWLEDGED = "events acknowledged"
HEADER = "| fault | times | events acknowledged meanwhile | lost | doubled | seconds to drain, median (most) |"


@dataclass
class Row:
    """What came of all windows in which a fault was."""

    times: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    drain_seconds: list[float] = field(default_factory=list)

    def add(self, other: "Row") -> None:
        """Count what came of the same fault elsewhere, too."""
        self.times += other.times
        self.acknowledged += other.acknowledged
        self.lost += other.lost
        self.doubled += other.doubled
        self.drain_seconds += other.drain_seconds

    def line(self, fault: str) -> str:
        """A line of the table."""
        seconds = sorted(self.drain_seconds)
        drain = f"{seconds[len(seconds) // 2]:.1f} ({seconds[-1]:.1f})"
        return f"| {fault} | {self.times} | {self.acknowledged:,} | {self.lost} | {self.doubled} | {drain} |"


class Table:
    """The rows by fault, and in words whatever was found to be wrong."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.problems: list[str] = []

    def note(self, names: Sequence[str], acknowledged: int, seconds: float, finding: Finding) -> None:
        """One window: what came of it counts for each fault that was in it."""
        for name in names:
            row = self.rows.setdefault(name, Row())
            row.times += 1
            row.acknowledged += acknowledged
            row.lost += finding.lost
            row.doubled += finding.doubled
            row.drain_seconds.append(seconds)
        for problem in finding.problems:
            self.report(f"{', '.join(names)}: {problem}")

    def report(self, problem: str) -> None:
        """Note what is wrong, and say it at once: a long run ends long after."""
        self.problems.append(problem)
        sys.stderr.write(f"PROBLEM {problem}\n")

    def add(self, other: "Table") -> None:
        """Count what another system went through, too."""
        for name, row in other.rows.items():
            self.rows.setdefault(name, Row()).add(row)
        self.problems += other.problems

    def text(self) -> str:
        """In Markdown."""
        lines = [row.line(fault) for fault, row in sorted(self.rows.items())]
        return "\n".join([HEADER, "| --- | --- | --- | --- | --- | --- |", *lines])


def machine() -> str:
    """What it ran on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        cpu = models[0] if models else cpu
    return f"{os.cpu_count()} × {cpu}, {platform.system()} {platform.release()}, CPython {platform.python_version()}"


def write_page(page: Path, table: Table, facts: dict[str, Any]) -> None:
    """Put the table of a clean run into the page, between its markers; of the run that was there, one line stays."""
    head, _, rest = page.read_text().partition(BEGIN)
    old, _, tail = rest.partition(END)
    said = "\n".join(f"* {name}: {value}" for name, value in facts.items())
    page.write_text(f"{head}{BEGIN}\n{said}\n{_name_run(old)}\n{table.text()}\n{END}{tail}")


def _name_run(block: str) -> str:
    """A line that names the run of a block, which was clean, too; nothing if it has none."""
    facts = dict(line[2:].split(": ", 1) for line in block.splitlines() if line.startswith("* ") and ": " in line)
    if "command" not in facts:
        return ""
    words = ", ".join(facts[name] for name in ("date", "took") if name in facts)
    return f"* the run before it, also clean: {facts['command']} ({words}; {facts[ACKNOWLEDGED]} events)\n"


def write_raw(path: Path, table: Table, facts: dict[str, Any]) -> None:
    """Everything, as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {**facts, "problems": table.problems, "rows": {name: asdict(row) for name, row in table.rows.items()}}
    path.write_text(json.dumps(content, indent=1))


def today() -> str:
    """The date, in UTC."""
    return f"{datetime.now(UTC):%Y-%m-%d}"
