"""Counts, shares and medians of visitors, exact or from a sample: each visitor is drawn with the same probability.

A bound is four standard errors, as in estimator/estimates.py.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, sqrt
from typing import Any

from functions.stats.estimator.estimates import estimate_count

_ERRORS = 4

Figures = dict[str, Any]


def describe_count(name: str, drawn: int, rate: float) -> Figures:
    """How many visitors there are, of whom so many were drawn."""
    if rate >= 1:
        return {name: drawn}
    estimate = estimate_count(drawn, rate)
    return {name: round(estimate.value), f"{name}_error": ceil(estimate.error + 0.5)}


def describe_share(name: str, part: int, whole: int, rate: float) -> Figures:
    """How many percent of the visitors some are; null where there are none.

    Of those drawn a share is right on average; its bound is Wilson's score interval (Probable Inference, 1927).
    """
    if not whole:
        return {name: None} if rate >= 1 else {name: None, f"{name}_error": None}
    share = round(Fraction(100 * part, whole), 2)
    if rate >= 1:
        return {name: float(share)}
    p, z = part / whole, _ERRORS
    middle = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    reach = z * sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    error = max(abs(middle + reach - p), abs(p - middle + reach))
    return {name: float(share), f"{name}_error": ceil(10_000 * error + 1) / 100}


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
