"""The long form: `make chaos`, or `python -m tests.chaos.run --seed 1 --events 1000000`."""

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from common.settings import Settings
from tests.chaos.faults import all_faults, draw_groups
from tests.chaos.power_cut import compiler
from tests.chaos.supervised import run_supervised
from tests.chaos.table import ACKNOWLEDGED, Table, machine, today, write_page, write_raw
from tests.chaos.trial import AT_FULL_SPEED_PER_SECOND, Trial

PROJECT = Path(__file__).resolve().parents[2]
SINGLES = 0.2
"""Share of the acknowledged events that have to be sent one a request."""
TOGETHER = 6
UNDER_FAULTS_PER_SECOND = 1_500.0


def run(trial: Trial, events: int, rounds: int, long_outage_seconds: float) -> None:
    """Each fault once a round; at the end of a round so many more events that the share of it is reached."""
    trial.load.events_per_second = UNDER_FAULTS_PER_SECOND
    down = [fault for fault in all_faults() if fault.name == "PostgreSQL down"]
    for number in range(1, rounds + 1):
        trial.start_round()
        trial.window([])
        for group in draw_groups(all_faults(), trial.random, 3, TOGETHER):
            trial.window(group)
        trial.poison()
        trial.rolling_restart()
        if number == 1:
            trial.window(down, long_outage_seconds)
        top_up(trial, events * number // rounds)
        ledger, found = trial.load.ledger, trial.table.problems
        say(f"round {number} of {rounds}: {ledger.acknowledged_count:,} acknowledged, {len(found)} problems")


def top_up(trial: Trial, events: int) -> None:
    """At full speed and without a fault, until so many are acknowledged, enough of them one a request."""
    ledger, rate = trial.load.ledger, trial.load.events_per_second
    trial.load.events_per_second = AT_FULL_SPEED_PER_SECOND
    while ledger.acknowledged_count < events or ledger.acknowledged_singles < events * SINGLES:
        trial.window([], seconds=2)
    trial.load.events_per_second = rate


def say(text: str) -> None:
    """A line of progress."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20, help="times that each fault is injected")
    parser.add_argument("--outage-seconds", type=float, default=60, help="how long PostgreSQL is down once")
    parser.add_argument("--page", type=Path, help="a page with markers, which gets the table")
    return parser.parse_args()


def main() -> int:
    """Run it all, print and write the table; 1 if anything was lost, doubled or wrong."""
    wanted = parse()
    for name in os.environ.keys() & {field.upper() for field in Settings.model_fields}:
        del os.environ[name]  # this machine's settings are not the trial's
    logging.disable(logging.WARNING)  # a recount that finds the database away is no news
    began, table = time.monotonic(), Table()
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        os.chdir(folder)
        (folder / "supervised").mkdir()
        with Trial(folder, wanted.seed, table) as trial:
            run(trial, wanted.events, wanted.rounds, wanted.outage_seconds)
            say("the supervisor")
            more = run_supervised(folder / "supervised", trial.loop, wanted.seed, wanted.rounds, table)
            say("everysec")
            missed = trial.power_cut_under_everysec() if compiler() else 0
            ledger = trial.load.ledger
            facts = {
                "date": today(),
                "command": f"make chaos SEED={wanted.seed} EVENTS={wanted.events}",
                "machine": machine(),
                "took": f"{(time.monotonic() - began) / 60:.0f} minutes",
                ACKNOWLEDGED: f"{ledger.acknowledged_count + more[0]:,}",
                "of them sent one a request": f"{ledger.acknowledged_singles + more[1]:,}",
                "pollers frozen with entries in their hands": trial.system.zombies,
                "recounts of all aggregates under load": trial.verify.times,
                "events that the same check missed after a power cut under `appendfsync everysec`": missed,
            }
    return report(table, facts, wanted, has_failed=compiler() != "" and missed == 0)


def report(table: Table, facts: dict[str, object], wanted: argparse.Namespace, has_failed: bool) -> int:
    """Print and write what was found; the exit code."""
    if has_failed:
        table.problems.append("the check saw nothing missing after a power cut under everysec")
    say("\n" + "\n".join(f"{name}: {value}" for name, value in facts.items()) + "\n\n" + table.text())
    write_raw(PROJECT / "build" / f"chaos-{wanted.seed}.json", table, facts)
    for problem in table.problems:
        say(f"PROBLEM {problem}")
    if wanted.page and not table.problems:
        write_page(PROJECT / wanted.page, table, facts)
    return 1 if table.problems else 0


if __name__ == "__main__":
    sys.exit(main())
