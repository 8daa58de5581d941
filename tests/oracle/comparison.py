"""An answer of /v1/stats beside the oracle's: what differs, and which of the estimates are off."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.oracle.oracle import Answer

Amounts = dict[str, Decimal]

EVERYTHING = {"limit": str(1 << 30), "offset": "0"}

_ROUNDED = 0.01 + 1e-9
"""A rate is rounded in the answer and in the recount: at .005 perhaps to different sides."""


@dataclass
class Comparison:
    """What is wrong with answers, in words; how many figures were estimated, and which lie outside their bounds."""

    differences: list[str] = field(default_factory=list)
    may_be_unknown: bool = False
    """Whether a figure may be null for want of visitors in the sample."""
    figures: int = 0
    estimates: int = 0
    outside: list[str] = field(default_factory=list)
    widest: float = 0
    """The largest bound of an estimate."""
    revenues: int = 0
    """How many of the estimates were of revenue."""

    def add(self, other: "Comparison") -> None:
        self.differences += other.differences
        self.outside += other.outside
        self.figures += other.figures
        self.estimates += other.estimates
        self.widest = max(self.widest, other.widest)
        self.revenues += other.revenues

    def expect(self, what: str, said: Any, right: Any) -> None:
        self.figures += 1
        if said != right:
            self.differences.append(f"{what}: {said!r} should be {right!r}")

    def expect_close(self, what: str, said: float, right: float, bound: float) -> None:
        self.estimates += 1
        self.widest = max(self.widest, bound)
        if abs(said - right) > bound + _ROUNDED:
            self.outside.append(f"{what}: {said!r} ± {bound!r} should hold {right!r}")


def compare(endpoint: str, query: dict[str, str], said: Answer, right: Answer) -> Comparison:
    """`right`: the oracle's answer; to a breakdown that is estimated, with every row."""
    meta = said["meta"]
    found = Comparison(may_be_unknown=not (meta["exact"] and meta.get("compared", {}).get("exact", True)))
    metrics = query["metrics"].split(",")
    if endpoint == "summary":
        _compare_summary(found, said, right, metrics)
    elif endpoint == "timeseries":
        for part, rows in right.items():
            found.expect(part, [_read("time", row["time"]) for row in said[part]], [row["time"] for row in rows])
            for row, right_row in zip(said[part], rows, strict=False):
                _compare_row(found, f"{part} {row['time']}", row, right_row, metrics)
    else:
        _compare_rows(found, query["dimension"], said, right, metrics)
    return found


def _compare_summary(found: Comparison, said: Answer, right: Answer, metrics: list[str]) -> None:
    meta = said["meta"]
    bounds = {"data": meta.get("error", {}), "comparison": meta.get("compared", {}).get("error", {})}
    for part in right:
        if part != "change":
            errors = {f"{metric}_error": bound for metric, bound in bounds[part].items()}
            _compare_row(found, part, said[part] | errors, right[part], metrics)
        elif not any(bounds.values()):
            found.expect("change", said["change"], right["change"])


def _compare_rows(found: Comparison, dimension: str, said: Answer, right: Answer, metrics: list[str]) -> None:
    if said["meta"]["exact"]:
        found.expect("values", [row[dimension] for row in said["data"]], [row[dimension] for row in right["data"]])
        found.expect("meta.total", said["meta"]["total"], right["total"])
    right_rows = {row[dimension]: row for row in right["data"]}
    for row in said["data"]:
        where, right_row = f"{dimension} {row[dimension]!r}", right_rows.get(row[dimension])
        if right_row is None:
            found.expect("values", row[dimension], None)
            continue
        _compare_row(found, where, row, right_row, metrics)
        if row.get("comparison") and right_row.get("comparison"):
            _compare_row(found, f"comparison of {where}", row["comparison"], right_row["comparison"], metrics)
        elif not found.may_be_unknown:
            found.expect(f"comparison of {where}", row.get("comparison"), right_row.get("comparison"))


def _compare_row(found: Comparison, where: str, said: Answer, right: Answer, metrics: list[str]) -> None:
    for metric in metrics:
        figure, bound = _read(metric, said[metric]), said.get(f"{metric}_error")
        if figure is None and found.may_be_unknown:
            continue
        if bound is None and f"{metric}_error" in said:
            continue  # how far off it is, nobody can say
        if metric == "revenue" and bound is not None:
            _compare_revenue(found, where, figure, right[metric], bound)
        elif bound is None or right[metric] is None:
            found.expect(f"{metric} of {where}", figure, right[metric])
        else:
            found.expect_close(f"{metric} of {where}", figure, right[metric], bound)


def _compare_revenue(found: Comparison, where: str, said: Amounts, right: Amounts, bounds: dict[str, str]) -> None:
    """Of a currency without a figure nobody was drawn: that is an estimate of zero."""
    for currency in right.keys() | said.keys() | bounds.keys():
        found.revenues += 1
        figures = (float(amounts.get(currency, 0)) for amounts in (said, right, bounds))
        found.expect_close(f"revenue in {currency} of {where}", *figures)


def _read(name: str, figure: Any) -> Any:
    """As the oracle gives it: amounts are decimal, times are instants."""
    if name == "revenue":
        return {currency: Decimal(amount) for currency, amount in figure.items()}
    return datetime.fromisoformat(figure) if name == "time" else figure
