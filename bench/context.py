"""A run of the benchmark: its form, its folder, what runs in it, and measuring in turn."""

import json
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.form import Form
from bench.machine import Meter, is_disturbed, measure_speed, say, wait_until_quiet
from bench.page import Results

Measurement = dict[str, Any]


class NotMeasured(Exception):
    """Why something is not measured in this run."""


@dataclass
class Clock:
    """Seconds: `patience` is how long may still be waited for the machine to be quiet, the others went by so far.

    `waiting` for that, `repeating` what was disturbed, `making` data sets.
    """

    patience: float
    waiting: float = 0.0
    repeating: float = 0.0
    making: float = 0.0


class Bench:
    """What every experiment gets."""

    def __init__(self, form: Form, folder: Path, kept: Path) -> None:
        """`folder`: for this run; `kept`: where data sets are kept between runs."""
        self.form = form
        self.folder = folder
        self.kept = kept
        self.results = Results()
        self.clock = Clock(form.patience_seconds)

    def within(self, name: str) -> "Bench":
        """The same run in a folder of its own: an experiment finds nothing that another one left."""
        inner = copy(self)
        inner.folder = self.folder / name
        inner.folder.mkdir()
        inner.folder.chmod(0o755)  # PostgreSQL may run as another user
        return inner

    def measure(self, name: str, run: Callable[[], Measurement], pids: Mapping[str, int]) -> Measurement:
        """What `run` measures, again where something else used the machine meanwhile."""
        for left in range(self.form.retries, -1, -1):
            began = time.monotonic()
            busy = wait_until_quiet(self.clock.patience)
            waited = time.monotonic() - began
            self.clock.patience = max(0.0, self.clock.patience - waited)
            self.clock.waiting += waited
            speed = measure_speed()
            meter = Meter(pids)
            measurement = run()
            measurement.setdefault("cores", meter.read())
            measurement |= {"busy_before": busy, "speed": [speed, measure_speed()]}
            measurement["disturbed"] = is_disturbed(measurement)
            self.results.raw.setdefault(name, []).append(measurement)
            if not measurement["disturbed"] or not left:
                break
            measurement["dropped"] = True
            self.clock.repeating += time.monotonic() - began - waited
        say(f"{name}: {json.dumps({key: value for key, value in measurement.items() if key != 'samples'})}")
        return measurement

    def alternate(
        self, variants: Mapping[str, Callable[[], Measurement]], pids: Mapping[str, int]
    ) -> dict[str, list[Measurement]]:
        """Every variant once a round, forwards and backwards in turn: a drift falls on all alike."""
        measured: dict[str, list[Measurement]] = {name: [] for name in variants}
        for number in range(self.form.rounds):
            names = list(variants)
            for name in names if number % 2 == 0 else reversed(names):
                measured[name].append(self.measure(name, variants[name], pids))
        return measured


def column(measurements: list[Measurement], key: str) -> list[float]:
    """One value of each round."""
    return [float(one[key]) for one in measurements]


def describe_cores(measurements: list[Measurement]) -> str:
    """The cores that each process used, in the median round by name: what a figure is limited by."""
    names = measurements[0]["cores"]
    middle = {
        name: sorted(one["cores"].get(name, 0.0) for one in measurements)[len(measurements) // 2] for name in names
    }
    shown = sorted(((value, name) for name, value in middle.items() if value >= 0.05), reverse=True)
    return "cores: " + ", ".join(f"{name} {value:.2f}" for value, name in shown)
