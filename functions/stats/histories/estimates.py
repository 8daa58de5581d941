"""Counts, shares and medians of visitors, exact or from a sample: each visitor is drawn with the same probability.

A bound is four standard errors, as in estimator/estimates.py. That of a share is as wide where many were drawn, and
wider where few were: of these a standard error says too little.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, inf, log, sqrt
from typing import Any

from functions.stats.estimator.estimates import estimate_count

_ERRORS = 4
_BISECTIONS = 30
"""They find a share to a billionth."""

Figures = dict[str, Any]


def describe_count(name: str, drawn: int, rate: float) -> Figures:
    """How many visitors there are, of whom so many were drawn."""
    if rate >= 1:
        return {name: drawn}
    estimate = estimate_count(drawn, rate)
    return {name: round(estimate.value), f"{name}_error": ceil(estimate.error + 0.5)}


def describe_share(name: str, part: int, whole: int, rate: float) -> Figures:
    """How many percent of the visitors some are; null where there are none.

    Of those drawn a share is right on average.
    """
    if not whole:
        return {name: None} if rate >= 1 else {name: None, f"{name}_error": None}
    share = round(Fraction(100 * part, whole), 2)
    if rate >= 1:
        return {name: float(share)}
    error = max(_find_reach(part, whole), _find_reach(whole - part, whole))
    return {name: float(share), f"{name}_error": ceil(10_000 * error + 1) / 100}


def _find_reach(part: int, whole: int) -> float:
    """By how much the share of everybody may be larger than that of those drawn.

    If it were larger still, fewer than one sample in e^8, about 3,000, would have `part` people or fewer. That is
    Chernoff's bound (A Measure of Asymptotic Efficiency, 1952), which holds however few are drawn. Where many are, it
    is four standard errors: 8 is 4 * 4 / 2.
    """
    drawn = part / whole
    low, high = drawn, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if whole * _measure_divergence(drawn, middle) < _ERRORS * _ERRORS / 2:
            low = middle
        else:
            high = middle
    return high - drawn


def _measure_divergence(p: float, q: float) -> float:
    """The divergence of Kullback and Leibler between two shares, in nats; q is at least p and at most 1."""
    if q >= 1:
        return 0.0 if p >= 1 else inf
    return (p * log(p / q) if p else 0.0) + ((1 - p) * log((1 - p) / (1 - q)) if p < 1 else 0.0)


def describe_median(name: str, microseconds: Sequence[int], rate: float) -> Figures:
    """The median in seconds; null of nothing. Its bound: the values whose ranks are four standard errors away."""
    ordered = sorted(microseconds)
    count = len(ordered)
    if not count:
        return {name: None} if rate >= 1 else {name: None, f"{name}_error": None}
    median = Fraction(ordered[(count - 1) // 2] + ordered[count // 2], 2_000_000)
    shown = {name: float(round(median, 2))}
    if rate >= 1:
        return shown
    reach = _ERRORS * sqrt(count) / 2
    low, high = floor(count / 2 - reach) - 1, ceil(count / 2 + reach)
    if low < 0 or high >= count:
        return shown | {f"{name}_error": None}  # of so few nobody knows
    error = max(median - Fraction(ordered[low], 1_000_000), Fraction(ordered[high], 1_000_000) - median)
    return shown | {f"{name}_error": ceil(100 * error + 1) / 100}
