"""How many visits took each way, and which share of all that took any."""

import json
from collections.abc import Sequence
from fractions import Fraction
from math import ceil, inf
from typing import Any

from functions.stats.estimator.estimates import Estimate, Moments, estimate_sum
from functions.stats.histories.estimates import Figures, describe_count
from functions.stats.journeys.reading import PAGE

Row = dict[str, Any]


def make_figures(rows: Sequence[Row], depth: int, is_to: bool, visits: float, rate: float) -> Figures:
    """The ways in their order. `is_to`: read backwards. `visits`: all that start in the range; inf: nobody knows."""
    sums = rows[0]
    every = estimate_sum(Moments(sums["z"], sums["x"], sums["zz"], sums["xx"], sums["xz"]), visits, rate)
    ways = []
    for row in rows:
        if row["nodes"] is None:
            continue
        way = estimate_sum(Moments(row["y"], row["x"], row["yy"], row["xx"], row["xy"]), visits, rate)
        counted = describe_count("visitors", row["visitors"], rate)
        counted |= _describe_visits(row["y"], way, rate) | _describe_share(row["y"], row["z"], way, every, rate)
        ways.append({"steps": _list_steps(json.loads(row["nodes"]), depth, is_to), **counted})
    return {**_describe_visits(sums["z"], every, rate), "journeys": ways, "total": sums["total"]}


def _list_steps(nodes: Sequence[str], depth: int, is_to: bool) -> list[dict[str, str] | None]:
    """In the order of time; null where the visit ends, or (of ways to somewhere) began."""
    steps: list[dict[str, str] | None] = [
        {"page" if node.startswith(PAGE) else "event": node[len(PAGE) :]} for node in nodes
    ]
    if len(steps) < depth:
        steps.append(None)
    return steps[::-1] if is_to else steps


def _describe_visits(drawn: int, estimate: Estimate, rate: float) -> Figures:
    if rate >= 1:
        return {"visits": drawn}
    return {"visits": round(estimate.value), "visits_error": _round_up(estimate.error + 0.5, 1)}


def _describe_share(part: int, whole: int, way: Estimate, every: Estimate, rate: float) -> Figures:
    """In percent. Both estimates are off by no more than their bounds, so the share is within what these allow."""
    share = round(Fraction(100 * part, whole), 2)
    if rate >= 1:
        return {"share": float(share)}
    low, high = 100 * way.low / every.high, min(100.0, 100 * way.high / every.low)
    return {"share": float(share), "share_error": _round_up(max(float(share) - low, high - float(share)) + 0.005, 100)}


def _round_up(error: float, scale: int) -> float | int | None:
    if error == inf:
        return None
    return ceil(error * scale) / scale if scale > 1 else ceil(error)
