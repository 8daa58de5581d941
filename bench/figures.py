"""What is computed from measurements: medians, percentiles, ratios, and whether they reach a goal."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Sense = Literal["≥", "≤", "<", "reported"]


@dataclass(frozen=True)
class Goal:
    """A row of the table: a figure, and what it has to reach. `bound` and the figure have the same unit."""

    key: str
    figure: str
    sense: Sense = "reported"
    bound: float = 0.0
    unit: str = ""

    @property
    def text(self) -> str:
        """The goal as the table says it."""
        if self.sense == "reported":
            return "reported"
        return f"{self.sense} {with_unit(self.bound, self.unit)}"


@dataclass(frozen=True)
class Figure:
    """What was measured for a goal: a value a round, of which the median counts.

    `note`: what it was measured beside, and what was busy.
    """

    samples: Sequence[float]
    note: str = ""

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.samples)


def judge(goal: Goal, figure: Figure | None, reason: str = "") -> str:
    """The verdict: pass, short (by how much), reported, or why there is none."""
    if figure is None:
        return f"not measured{': ' * bool(reason)}{reason}"
    if goal.sense == "reported":
        return "reported"
    value, bound = figure.value, goal.bound
    if {"≥": value >= bound, "≤": value <= bound, "<": value < bound}[goal.sense]:
        return "pass"
    if goal.sense == "≥":
        return f"short: {math.floor(value / bound * 100)} % of the goal"
    return f"short: {value / bound:.2f} × the goal" if bound else "short"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed."""
    in_order = sorted(values)
    return in_order[max(0, math.ceil(share * len(in_order)) - 1)]


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Round by round, so that a drift of the machine falls on both alike."""
    return [one / other for one, other in zip(above, below, strict=True)]


def with_unit(value: float, unit: str) -> str:
    """A number with about three digits that matter, and its unit."""
    if unit == "×":
        return f"{_digits(value)} ×"
    return f"{_digits(value)} {unit}".rstrip()


def _digits(value: float) -> str:
    size = abs(value)
    if size >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"
