"""An answer of /v1/stats beside the oracle's: what differs, and which of the estimates are off."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.oracle import Answer

EVERYTHING = {"limit": str(1 << 30), "offset": "0"}


@dataclass
class Comparison:
    """What is wrong with answers, in words; how many figures were estimated, and which lie outside their bounds."""

    differences: list[str] = field(default_factory=list)
    figures: int = 0
    estimates: int = 0
    outside: list[str] = field(default_factory=list)

    def add(self, other: "Comparison") -> None:
        self.differences += other.differences
        self.outside += other.outside
        self.figures += other.figures
        self.estimates += other.estimates

    def expect(self, what: str, said: Any, right: Any) -> None:
        self.figures += 1
        if said != right:
            self.differences.append(f"{what}: {said!r} should be {right!r}")

    def expect_close(self, what: str, said: float, right: float, bound: float) -> None:
        self.estimates += 1
        if abs(said - right) > bound + 1e-9:
            self.outside.append(f"{what}: {said!r} ± {bound!r} should hold {right!r}")


def compare(endpoint: str, query: dict[str, str], said: Answer, right: Answer) -> Comparison:
    """`right`: the oracle's answer; to a breakdown that is estimated, with every row."""
    found = Comparison()
    metrics = query["metrics"].split(",")
    is_exact = said["meta"]["exact"]
    if endpoint == "summary":
        bounds = {f"{metric}_error": bound for metric, bound in said["meta"].get("error", {}).items()}
        for part in right:
            found.expect(f"{part}'s metrics", sorted(said[part]), sorted(right[part]))
        _compare_row(found, "data", said["data"] | bounds, right["data"], metrics)
        if "comparison" in right and is_exact:
            _compare_row(found, "comparison", said["comparison"], right["comparison"], metrics)
            _compare_row(found, "change", said["change"], right["change"], list(right["change"]))
        return found
    key = "time" if endpoint == "timeseries" else query["dimension"]
    rows = [row | {key: _read("time" if key == "time" else "", row[key])} for row in said["data"]]
    if endpoint == "timeseries" or is_exact:
        found.expect("rows", [row[key] for row in rows], [row[key] for row in right["data"]])
    if endpoint == "breakdown" and is_exact:
        found.expect("meta.total", said["meta"]["total"], right["total"])
    true_rows = {row[key]: row for row in right["data"]}
    for row in rows:
        if row[key] in true_rows:
            _compare_row(found, f"{key} {row[key]}", row, true_rows[row[key]], metrics)
        else:
            found.expect("rows", row[key], "none")
    return found


def _compare_row(found: Comparison, where: str, said: Answer, right: Answer, metrics: list[str]) -> None:
    for metric in metrics:
        figure, bound = _read(metric, said[metric]), said.get(f"{metric}_error")
        if bound is None or right[metric] is None:
            found.expect(f"{metric} of {where}", figure, right[metric])
        else:
            found.expect_close(f"{metric} of {where}", figure, right[metric], bound)


def _read(name: str, figure: Any) -> Any:
    """As the oracle gives it: amounts are decimal, times are instants."""
    if name == "revenue":
        return {currency: Decimal(amount) for currency, amount in figure.items()}
    return datetime.fromisoformat(figure) if name == "time" else figure
