"""Figures of all visitors from those of a sample, each with a bound on its error: four standard errors.

Every visitor is drawn with the probability `share`, with all that they did. So a sum over those drawn, divided by
the share, is right on average, with the variance (1 - share) / share^2 * sum of squares. A ratio's error is that of
its residuals. To each sum of squares a few typical ones are added: a small sample may have missed what is rare.
"""

from dataclasses import dataclass
from math import ceil, sqrt

_BOUND = 4
_UNSEEN = _BOUND * _BOUND / 4
"""With these, the bound on a count is that of its score interval, which holds for small counts, too."""


@dataclass(frozen=True)
class Estimate:
    """A figure, and how far from it the truth may lie."""

    value: float
    error: float


def estimate_sum(total: float, squares: float, drawn: float, share: float) -> Estimate:
    """A sum over all, from that over `drawn` units of a sample and from the sum of its squares."""
    typical = max(1.0, squares / drawn) if drawn else 1.0
    return Estimate(total / share, _bound(squares, typical, share) / share)


def estimate_ratio(
    parts: tuple[float, float], products: tuple[float, float, float], drawn: float, scale: float
) -> Estimate:
    """Sum of y over sum of x, of all, from those over `drawn` units; `products`: the sums of y*y, x*y and x*x.

    `scale`: by how much the ratio of a unit that was not drawn may well differ.
    """
    y, x = parts
    ratio = y / x
    squares = max(0.0, products[0] - 2 * ratio * products[1] + ratio * ratio * products[2])
    typical = max(squares, scale * scale * products[2]) / drawn
    return Estimate(ratio, _bound(squares, typical, 0) / x)


def estimate_distinct(daily: int, days: int, visitors: float, products: tuple[float, float], share: float) -> Estimate:
    """Distinct visitors of several days, of which the sum of the days' visitors, `daily`, is known.

    What the sample says of that sum corrects what it says of the visitors (a regression estimate): where all come on
    one day alone, hardly anything is left to err. `products`: of those drawn, the sum of the days on which each was
    seen, and that of its squares.
    """
    least, most = ceil(daily / max(days, 1)), daily
    if not visitors or not daily:
        return Estimate(most, most - least)
    seen, squares = products
    slope = seen / (squares * (1 + 8 / visitors))  # less of a correction where few were drawn
    residuals = max(0.0, visitors - 2 * slope * seen + slope * slope * squares)
    typical = max(1.0, residuals / visitors)
    missed = daily - seen / share
    value = min(max(visitors / share + slope * missed, least), most)
    error = _bound(residuals, typical, share) / share + _BOUND * abs(missed) * sqrt(residuals / visitors / squares)
    return Estimate(value, min(error, max(value - least, most - value)))


def _bound(squares: float, typical: float, share: float) -> float:
    missed = 1 - share
    return _BOUND * sqrt(missed * (squares + _UNSEEN * missed * typical)) + _BOUND * _BOUND / 2 * missed * sqrt(typical)
