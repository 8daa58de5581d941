"""The long form: `make chaos`, or `python -m tests.chaos.run --seed 1 --events 1000000`."""

import argparse
import math
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from common.settings import Settings
from tests.chaos.long_form import Outcome, Share, end_when_told, go_through, leave, say, spelled
from tests.chaos.table import ACKNOWLEDGED, Table, machine, today, write_page, write_raw

PROJECT = Path(__file__).resolve().parents[2]


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20, help="times that each fault is injected, in all systems")
    parser.add_argument("--systems", type=int, default=2, help="systems side by side that share events and rounds")
    parser.add_argument("--outage-seconds", type=float, default=60, help="how long PostgreSQL is down once")
    parser.add_argument("--page", type=Path, help="a page with markers, which gets the table")
    return parser.parse_args()


def shares(wanted: argparse.Namespace, folder: Path) -> Iterator[Share]:
    """What each system has to go through: the same, with seeds of their own; the first has the long outage, too."""
    systems = wanted.systems
    for at in range(systems):
        own = folder / f"{at + 1}"
        for part in ("supervised", "groups"):
            (own / part).mkdir(parents=True)
        yield Share(
            name=f"system {at + 1}",
            folder=own,
            seed=wanted.seed * systems + at,
            events=math.ceil(wanted.events / systems),
            rounds=math.ceil(wanted.rounds / systems),
            outage_seconds=0 if at else wanted.outage_seconds,
        )


def run(wanted: argparse.Namespace) -> Outcome:
    """What came of all shares together. Each has processes of its own: most of a fault's time is waiting."""
    together = Outcome()
    spawning = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        with ProcessPoolExecutor(wanted.systems, spawning, initializer=end_when_told) as processes:
            try:
                for outcome in processes.map(go_through, shares(wanted, folder)):
                    together.add(outcome)
            except (KeyboardInterrupt, SystemExit):
                for system in multiprocessing.active_children():
                    system.terminate()
                raise
    return together


def main() -> int:
    """Run it all, print and write the table; 1 if anything was lost, doubled or wrong."""
    wanted = parse()
    for name in os.environ.keys() & {field.upper() for field in Settings.model_fields}:
        del os.environ[name]  # this machine's settings are not the trial's
    signal.signal(signal.SIGTERM, leave)
    began = time.monotonic()
    outcome = run(wanted)
    counts = outcome.counts
    facts = {
        "date": today(),
        "command": f"make chaos SEED={wanted.seed} EVENTS={wanted.events}",
        "machine": machine(),
        "took": f"{(time.monotonic() - began) / 60:.0f} minutes, {wanted.systems} systems side by side",
        ACKNOWLEDGED: f"{counts['acknowledged']:,}",
        "of them sent one a request": f"{counts['singles']:,}",
        "pollers frozen with entries in their hands": counts["zombies"],
        "times that slots were moved between two groups": counts["moved"],
        "recounts of all aggregates under load": counts["recounts"],
        "events that the same check missed after a power cut under `appendfsync everysec`": counts["missed"],
    }
    say(f"seconds of all systems: {spelled(outcome.seconds)}")
    return report(outcome.table, facts, wanted)


def report(table: Table, facts: dict[str, object], wanted: argparse.Namespace) -> int:
    """Print and write what was found; the exit code."""
    say("\n" + "\n".join(f"{name}: {value}" for name, value in facts.items()) + "\n\n" + table.text())
    write_raw(PROJECT / "build" / f"chaos-{wanted.seed}.json", table, facts)
    for problem in table.problems:
        say(f"PROBLEM {problem}")
    if wanted.page and not table.problems:
        write_page(PROJECT / wanted.page, table, facts)
    return 1 if table.problems else 0


if __name__ == "__main__":
    sys.exit(main())
