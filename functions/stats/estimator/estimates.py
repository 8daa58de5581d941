"""Figures of all visitors from those of a sample, and within which bounds they lie: four standard errors.

Every visitor is drawn with the probability `share`, with all that they did. So a sum over those drawn, divided by
the share, is right on average, with the variance (1 - share) / share^2 * sum of squares.

That sum of squares is itself known from the sample alone, so that somebody who did very much and was not drawn is in
neither. What is drawn tells how small a sum may be, never how big. But where a sum over everybody of something bigger
is known, the rest of it may not be smaller than what was drawn of that tells, and so the sum not be bigger.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt

_BOUND = 4
_UNSEEN = _BOUND * _BOUND / 4
"""With these squares added, the bound on a count is that of its score interval, which holds for small counts, too."""
_HEAVIEST = 4
"""So many visitors of the heaviest kind there is may have been missed."""
_STEADY = 2
"""A ratio is taken for linear where its denominator is known to one part in so many."""


@dataclass(frozen=True)
class Estimate:
    """A figure, and the bounds between which the truth lies."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, error: float) -> "Estimate":
        """So far from it on both sides."""
        return cls(value, value - error, value + error)

    @property
    def error(self) -> float:
        """How far the truth may lie from the figure; infinite where nobody knows."""
        return max(self.value - self.low, self.high - self.value, 0)


@dataclass(frozen=True)
class Part:
    """Sums over those drawn: of y, which is counted, of x, which is no less than y for anybody, of yy, xx and xy."""

    y: float
    x: float
    yy: float
    xx: float
    xy: float


def estimate_count(drawn: float, share: float) -> Estimate:
    """How many there are, of whom each was drawn with this probability."""
    missed = 1 - share
    error = _BOUND * sqrt(missed * (drawn + _UNSEEN * missed)) + _BOUND * _BOUND / 2 * missed
    return Estimate.around(drawn / share, error / share)


def estimate_part(part: Part, known: float, share: float) -> Estimate:
    """The sum of y over all; `known`: that of x, infinite where it is not known.

    As much of what is known as of what was drawn. Not less than what was drawn of it tells, and not more than what
    was drawn of the rest leaves.
    """
    low = _least(part.y, part.yy, share)
    if known == inf:
        return Estimate(part.y / share, low, inf)
    rest = part.x - part.y
    high = max(low, known - _least(rest, part.xx - 2 * part.xy + part.yy, share))
    value = known * part.y / part.x if part.x else 0.0
    return Estimate(min(max(value, low), high), low, high)


def _least(total: float, squares: float, share: float) -> float:
    return max(total, (total - _BOUND * sqrt((1 - share) * max(0.0, squares))) / share)


def divide(y: Estimate, x: Estimate, value: float) -> Estimate:
    """A ratio of which both sides are estimated; `value`: as the sample has it."""
    low, high = y.low / x.high, y.high / x.low
    return Estimate(min(max(value, low), high), low, high)


def narrow(ratio: Estimate, y: Estimate, x: Estimate, part: Part, drawn: float, scale: float, share: float) -> Estimate:
    """A ratio's estimate, with closer bounds where those who were drawn do not differ much.

    What they were drawn by errs on both sides of a ratio alike: its error is that of its residuals, and of what was
    not drawn but may be there. `scale`: by how much the ratio of one who was not drawn may well differ.
    """
    if _STEADY * _BOUND * sqrt((1 - share) * part.xx) > part.x:
        return ratio
    error = _bound_ratio(part, drawn, scale)
    y_drawn, x_drawn = part.y / share, part.x / share
    y_more, x_more = max(0.0, y.high - y_drawn), max(0.0, x.high - x_drawn)
    low = max(ratio.low, y_drawn / (x_drawn + x_more) - error)
    high = max(low, min(ratio.high, (y_drawn + y_more) / x_drawn + error))
    return Estimate(min(max(ratio.value, low), high), low, high)


def _bound_ratio(part: Part, drawn: float, scale: float) -> float:
    ratio = part.y / part.x
    squares = max(0.0, part.yy - 2 * ratio * part.xy + ratio * ratio * part.xx)
    typical = max(squares, scale * scale * part.xx) / drawn
    return (_BOUND * sqrt(squares + _UNSEEN * typical) + _BOUND * _BOUND / 2 * sqrt(typical)) / part.x


def estimate_visitors(
    known: float, visitors: float, products: tuple[float, float], share: float, most: int
) -> Estimate:
    """Distinct visitors, where a sum over all of them is known: of the visits, or days, of each, `most` at the most.

    What the sample says of that sum corrects what it says of the visitors (a regression estimate): where nearly all
    have one, nearly nothing is left to err, save that some who have very many were not drawn. `products`: the sum of
    what is known over those drawn, and of its squares.
    """
    counted = estimate_count(visitors, share)
    corrected = _correct(known, visitors, products, share, most)
    return corrected if corrected is not None and corrected.error < counted.error else counted


def _correct(known: float, visitors: float, products: tuple[float, float], share: float, most: int) -> Estimate | None:
    summed, squares = products
    if not visitors or not squares:
        return None
    slope = summed / (squares * (1 + 8 / visitors))  # less of a correction where few were drawn
    residuals = max(0.0, visitors - 2 * slope * summed + slope * slope * squares)
    missed = known - summed / share
    typical = max(1.0, residuals / visitors)
    error = _BOUND * sqrt((1 - share) * (residuals + _UNSEEN * (1 - share) * typical))
    error = (error + _BOUND * _BOUND / 2 * (1 - share) * sqrt(typical)) / share
    error += _BOUND * abs(missed) * sqrt(residuals / visitors / squares)
    error += _HEAVIEST * slope * most * (1 - share)
    return Estimate.around(visitors / share + slope * missed, error)


def estimate_distinct(daily: int, days: int, visitors: float, products: tuple[float, float], share: float) -> Estimate:
    """Distinct visitors of several days, of which the sum of the days' visitors, `daily`, is known.

    They are no more than that, and no fewer than the average day has.
    """
    least, most = ceil(daily / max(days, 1)), daily
    corrected = _correct(daily, visitors, products, share, days)
    if corrected is None or not daily:
        return Estimate(most, least, most)
    counted = estimate_count(visitors, share)
    value = min(max(corrected.value, least), most)
    low = max(least, min(max(corrected.low, counted.low), value))
    high = min(most, max(min(corrected.high, counted.high), value))
    return Estimate(value, low, high)
