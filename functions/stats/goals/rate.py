"""The share of the visitors who reached a goal, and how far it may be off."""

from fractions import Fraction
from math import ceil

from functions.stats.estimator.metrics import Row


def make_rate(reached: Row, everybody: Row) -> dict[str, float | None]:
    """`rate`: percent, null without visitors. `rate_error`, where one of both is estimated: null if nobody knows.

    Both figures are off by no more than their bounds, so the share lies between the extremes that these allow.
    """
    part, whole = reached.metrics["visitors"], everybody.metrics["visitors"]
    is_estimated = "visitors" in reached.errors or "visitors" in everybody.errors
    part_error, whole_error = (row.errors.get("visitors", 0) for row in (reached, everybody))
    shown: dict[str, float | None] = {"rate": None}
    if not whole:
        return shown | ({"rate_error": None} if is_estimated else {})
    rate = round(min(Fraction(100), Fraction(100 * part, whole)), 2)
    if not is_estimated:
        return {"rate": float(rate)}
    if part_error is None or whole_error is None:
        return {"rate": float(rate), "rate_error": None}
    low = Fraction(100 * max(0, part - part_error), whole + whole_error)
    least = whole - whole_error
    high = min(Fraction(100), Fraction(100 * (part + part_error), least)) if least > 0 else Fraction(100)
    return {"rate": float(rate), "rate_error": ceil(100 * max(rate - low, high - rate)) / 100}
