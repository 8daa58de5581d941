"""What each experiment measured, a file each: a form is measured in one go or in pieces, of which the page is made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.page import Results
from bench.plot import Curve

SAME = ("commit", "machine")
"""Facts by which pieces belong together."""


@dataclass(frozen=True)
class Timing:
    """When an experiment ended, and its seconds: in all, and what of them went on something else than measuring.

    `cpu`: core seconds of everything that it ran.
    """

    at: str
    seconds: float
    waiting: float
    repeating: float
    making: float
    cpu: float

    @property
    def measuring(self) -> float:
        """What it takes on a quiet machine where the data sets are there."""
        return self.seconds - self.waiting - self.repeating - self.making


def save(folder: Path, name: str, results: Results, timing: Timing) -> None:
    """Write what an experiment measured, in place of what it measured before."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {**asdict(results), "timing": asdict(timing)}
    new = folder / f"{name}.new"
    new.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    new.rename(folder / f"{name}.json")


def gather(
    folder: Path, experiments: Mapping[str, Sequence[str]], facts: Mapping[str, str]
) -> tuple[Results, dict[str, Timing]]:
    """All that was measured of the same commit on the same machine; of the rest the results say why it is missing.

    `experiments`: the groups of goals that each measures, by its name.
    """
    whole, timings = Results(facts=dict(facts)), dict[str, Timing]()
    for name, groups in experiments.items():
        piece = _read(folder / f"{name}.json")
        if piece is None:
            whole.reasons |= dict.fromkeys(groups, "not asked for yet")
            continue
        if others := [fact for fact in SAME if piece["facts"].get(fact) != facts.get(fact)]:
            whole.reasons |= dict.fromkeys(groups, f"only of another {others[0]}: {piece['facts'].get(others[0])}")
            continue
        timings[name] = Timing(**piece["timing"])
        whole.facts = {**piece["facts"], **whole.facts}
        whole.figures |= {key: Figure(**figure) for key, figure in piece["figures"].items()}
        whole.curves |= {key: Curve(**curve) for key, curve in piece["curves"].items()}
        whole.reasons |= piece["reasons"]
        whole.raw |= piece["raw"]
    whole.facts["measured"] = ", ".join(f"{name} {timing.at}" for name, timing in timings.items())
    whole.facts["measurements"] = _count_disturbed(whole)
    return whole, timings


def describe(timings: Mapping[str, Timing]) -> str:
    """The seconds of each experiment on a quiet machine, what else they took, and their sums."""
    rows = {name: asdict(timing) | {"measuring": timing.measuring} for name, timing in timings.items()}
    columns = ("measuring", "waiting", "repeating", "making", "cpu")
    rows["all"] = {column: sum(row[column] for row in rows.values()) for column in columns}
    lines = [f"{name:10}" + "".join(f"{row[column]:11.0f}" for column in columns) for name, row in rows.items()]
    return "\n".join([f"{'seconds of':10}" + "".join(f"{column:>11}" for column in columns), *lines])


def _read(path: Path) -> dict[str, Any] | None:
    try:
        piece: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return piece


def _count_disturbed(results: Results) -> str:
    """How many measurements there were, and how many of those that count were disturbed by something else."""
    counting = [one for many in results.raw.values() for one in many if "disturbed" in one and "dropped" not in one]
    disturbed = sum(one["disturbed"] for one in counting)
    return f"{len(counting)}, of them disturbed by other work: {disturbed}"
