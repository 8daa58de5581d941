"""What came of a run: as JSON, as a table, and as docs/performance.md with its curves."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Figure, judge, with_unit
from bench.goals import GOALS
from bench.plot import Curve, draw


@dataclass
class Results:
    """Everything that was measured. `reasons`: by the key of a goal, or of its group, why it was not."""

    facts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)
    raw: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def verdicts(self) -> dict[str, str]:
        """By the key of each goal."""
        return {
            goal.key: judge(
                goal, self.figures.get(goal.key), self.reasons.get(goal.key) or self.reasons.get(group(goal.key), "")
            )
            for goal in GOALS
        }


def group(key: str) -> str:
    """What the goals of one experiment share: `single` of `single/node`."""
    return key.partition("/")[0]


def table(results: Results) -> str:
    """In Markdown: each row with its goal, figure (and range of the rounds), verdict and what it depends on."""
    lines = ["| figure | goal | measured (least – most) | verdict | details |", "| --- | --- | --- | --- | --- |"]
    verdicts = results.verdicts()
    for goal in GOALS:
        figure = results.figures.get(goal.key)
        measured, note = "", ""
        if figure is not None:
            low, high = min(figure.samples), max(figure.samples)
            spread = f" ({with_unit(low, '')} – {with_unit(high, '')})" if len(figure.samples) > 1 else ""
            measured, note = with_unit(figure.value, goal.unit) + spread, figure.note
        lines.append(f"| {goal.figure} | {goal.text} | {measured} | {verdicts[goal.key]} | {note} |")
    return "\n".join(lines)


def write_raw(path: Path, results: Results) -> None:
    """Everything, as JSON."""
    verdicts = results.verdicts()
    rows = [
        {
            "key": goal.key,
            "figure": goal.figure,
            "goal": goal.text,
            "verdict": verdicts[goal.key],
            **(_as_dict(results.figures[goal.key]) if goal.key in results.figures else {}),
        }
        for goal in GOALS
    ]
    content = {
        "facts": results.facts,
        "rows": rows,
        "raw": results.raw,
        "curves": {name: asdict(curve) for name, curve in results.curves.items()},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def write_page(page: Path, form: str, results: Results) -> None:
    """Put facts and table into the page, between the markers of this form; the long one has its curves beside it."""
    begin, end = f"<!-- {form}: begin -->", f"<!-- {form}: end -->"
    head, _, rest = page.read_text().partition(begin)
    _, found, tail = rest.partition(end)
    if not found:
        raise ValueError(f"{page} has no markers for the form {form}")
    pictures = _write_curves(page.with_suffix(""), results.curves) if form == "long" else []
    blocks = [facts_list(results.facts), table(results), *pictures]
    page.write_text(f"{head}{begin}\n\n" + "\n\n".join(blocks) + f"\n\n{end}{tail}")


def _write_curves(folder: Path, curves: Mapping[str, Curve]) -> list[str]:
    """Each curve as a file; the links to them."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, curve in curves.items():
        (folder / f"{name}.svg").write_text(draw(curve))
    return [f"![{curve.title}]({folder.name}/{name}.svg)" for name, curve in curves.items()]


def facts_list(facts: Mapping[str, str]) -> str:
    """Machine, versions and commit, as a list."""
    return "\n".join(f"* {name}: {value}" for name, value in facts.items())


def _as_dict(figure: Figure) -> dict[str, Any]:
    return {"value": figure.value, "samples": list(figure.samples), "note": figure.note}
