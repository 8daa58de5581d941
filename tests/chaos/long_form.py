"""One system's share of the long form: all faults, moves between groups, its supervisor, a power cut to be noticed."""

import logging
import os
import signal
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.chaos.faults import MOVES, all_faults, draw_groups, named
from tests.chaos.power_cut import compiler
from tests.chaos.supervised import run_supervised
from tests.chaos.table import Table
from tests.chaos.trial import AT_FULL_SPEED_PER_SECOND, Trial

SINGLES = 0.2
"""Share of the acknowledged events that have to be sent one a request."""
LEAST_TOGETHER, MOST_TOGETHER = 4, 6
UNDER_FAULTS_PER_SECOND = 1_500.0


@dataclass(frozen=True)
class Share:
    """What one system of a run has to go through. `rounds`: times that each fault is injected."""

    name: str
    folder: Path
    seed: int
    events: int
    rounds: int
    outage_seconds: float
    """How long PostgreSQL is down in the first round; 0: not at all."""


@dataclass
class Outcome:
    """What came of a share."""

    table: Table = field(default_factory=Table)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    """Where its time went."""

    def add(self, other: "Outcome") -> None:
        """Count what came of another share, too."""
        self.table.add(other.table)
        self.counts.update(other.counts)
        self.seconds.update(other.seconds)


def leave(number: int, _: FrameType | None) -> NoReturn:
    """For a signal that ends this process: what it has open is closed on the way out, and that once."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def end_when_told() -> None:
    """A system's process ends, and its servers with it, when the run tells it to. Ctrl+C reaches it too, untimely."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, leave)


def go_through(share: Share) -> Outcome:
    """Run it all; whatever ends it early is a problem like any other. Meant for a process of its own."""
    logging.disable(logging.WARNING)  # a recount that finds the database away is no news
    os.chdir(share.folder)
    outcome = Outcome()
    try:
        with Trial(share.folder, share.seed, outcome.table) as trial:
            run(trial, share)
            say(f"{share.name}: the supervisor")
            began = time.monotonic()
            more = run_supervised(share.folder / "supervised", trial.loop, share.seed, share.rounds, outcome.table)
            trial.seconds["supervisor"] += round(time.monotonic() - began)
            say(f"{share.name}: everysec")
            missed = trial.power_cut_under_everysec() if compiler() else 0
            if compiler() and not missed:
                outcome.table.report("the check saw nothing missing after a power cut under everysec")
            outcome.counts.update(
                acknowledged=trial.load.ledger.acknowledged_count + more[0],
                singles=trial.load.ledger.acknowledged_singles + more[1],
                zombies=trial.system.zombies,
                recounts=trial.verify.times,
                missed=missed,
            )
            outcome.seconds.update(trial.seconds)
        with Trial(share.folder / "groups", share.seed, outcome.table, has_groups=True) as trial:
            move_slots(trial, share)
            outcome.counts.update(
                acknowledged=trial.load.ledger.acknowledged_count,
                singles=trial.load.ledger.acknowledged_singles,
                recounts=trial.verify.times,
                moved=trial.system.moves,
            )
            outcome.seconds["groups"] += sum(trial.seconds.values())
    except Exception:  # noqa: BLE001 - the other shares go on, and the table says what was found until then
        outcome.table.report(f"{share.name} ended early: {traceback.format_exc()}")
    return outcome


def run(trial: Trial, share: Share) -> None:
    """Each fault once a round; at the end of a round so many more events that the share of it is reached."""
    trial.load.events_per_second = UNDER_FAULTS_PER_SECOND
    for number in range(1, share.rounds + 1):
        trial.start_round()
        trial.window([])
        for group in draw_groups(all_faults(), trial.random, LEAST_TOGETHER, MOST_TOGETHER):
            trial.window(group)
        trial.poison()
        trial.rolling_restart()
        if number == 1 and share.outage_seconds:
            trial.window(named("PostgreSQL down"), share.outage_seconds)
        top_up(trial, share.events * number // share.rounds)
        ledger, found = trial.load.ledger, trial.table.problems
        done = f"{ledger.acknowledged_count:,} acknowledged, {len(found)} problems"
        say(f"{share.name}: round {number} of {share.rounds}: {done}; seconds: {spelled(trial.seconds)}")


def move_slots(trial: Trial, share: Share) -> None:
    """Slots are moved between two groups, and each time others die meanwhile."""
    trial.load.events_per_second = UNDER_FAULTS_PER_SECOND
    for number in range(1, share.rounds + 1):
        trial.start_round()
        for names in MOVES:
            trial.window(named(*names))
        found, seconds = trial.table.problems, trial.seconds
        done = f"{trial.system.moves} moves, {len(found)} problems; seconds: {spelled(seconds)}"
        say(f"{share.name}: two groups, round {number} of {share.rounds}: {done}")


def top_up(trial: Trial, events: int) -> None:
    """At full speed and without a fault, until so many are acknowledged, enough of them one a request."""
    ledger, rate = trial.load.ledger, trial.load.events_per_second
    trial.load.events_per_second = AT_FULL_SPEED_PER_SECOND
    while ledger.acknowledged_count < events or ledger.acknowledged_singles < events * SINGLES:
        trial.window([], seconds=2)
    trial.load.events_per_second = rate


def spelled(seconds: Counter[str]) -> str:
    """Where the time went, the most first."""
    return ", ".join(f"{name} {spent:.0f}" for name, spent in seconds.most_common())


def say(text: str) -> None:
    """A line of progress."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()
