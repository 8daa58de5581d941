"""Estimates figures of all visitors from those of a sample, with bounds between which the truth lies.

The sample. Every visitor is drawn with the same probability, the sampling rate, independently of the others and with
everything they did (Bernoulli sampling of clusters). y is a visitor's value of a measure. A sum of y over those drawn,
divided by the rate p, is right on average (the Horvitz-Thompson estimator), and its variance is estimated by
(1 - p) / p^2 * sum of y^2 over those drawn (Särndal, Swensson, Wretman, Model Assisted Survey Sampling, 1992, 3.2).
A bound is four standard errors.

Its weakness. The second moment comes from the sample, too. A visitor who did very much and was not drawn is in neither.
So a sample only bounds a sum from below. The bound from above needs a control variate x, which is at least y for every
visitor and whose total over all visitors is known. From that total we subtract what the sample shows is certainly
not y.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt

from functions.stats.estimator.formulas import estimate_by_ratio, estimate_by_regression, find_slope

_ERRORS = 4
"""A bound is so many standard errors."""
_UNSEEN = _ERRORS * _ERRORS / 4
"""With these squares added, the bound on a count is that of its score interval, which holds for small counts, too."""
_HEAVIEST = 4
"""So many of the heaviest visitors there can be may have been missed."""
_STEADY = 2
"""A ratio is linear enough where its denominator is known to one part in so many."""


@dataclass(frozen=True)
class Estimate:
    """A figure, and the bounds between which the truth lies."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, error: float) -> "Estimate":
        """With the same error on both sides."""
        return cls(value, value - error, value + error)

    @classmethod
    def within(cls, value: float, low: float, high: float) -> "Estimate":
        """The value, moved between its bounds."""
        return cls(min(max(value, low), high), low, high)

    def plus(self, known: float) -> "Estimate":
        """With what is known added."""
        return Estimate(self.value + known, self.low + known, self.high + known)

    @property
    def error(self) -> float:
        """How far the truth may lie from the figure; infinite where it is not bounded."""
        return self.error_of(self.value)

    def error_of(self, shown: float) -> float:
        """How far the truth may lie from a figure that is shown in place of the value: that rounded."""
        return max(shown - self.low, self.high - shown, 0)


@dataclass(frozen=True)
class Moments:
    """Sums over those drawn: of a measure y and of its control variate x (first moments), of yy, xx and xy (second)."""

    y: float
    x: float
    yy: float
    xx: float
    xy: float


def estimate_count(drawn: float, rate: float) -> Estimate:
    """How many visitors there are: the Horvitz-Thompson estimate, and Wilson's score interval about it.

    Everybody weighs the same, so nobody heavy can be missed. Wilson, Probable Inference, 1927.
    """
    missed = 1 - rate
    error = _ERRORS * sqrt(missed * (drawn + _UNSEEN * missed)) + _ERRORS * _ERRORS / 2 * missed
    return Estimate.around(drawn / rate, error / rate)


def estimate_sum(moments: Moments, total: float, rate: float) -> Estimate:
    """The sum of y over everybody, by the ratio estimator. `total`: that of x, infinite where it is not known.

    At least what the sample says of y, at most what it leaves of the total once x - y is taken away.
    """
    low = _find_least(moments.y, moments.yy, rate)
    if total == inf:
        return Estimate(moments.y / rate, low, inf)
    rest, rest_squared = moments.x - moments.y, moments.xx - 2 * moments.xy + moments.yy
    high = max(low, total - _find_least(rest, rest_squared, rate))
    return Estimate.within(estimate_by_ratio(moments.y, moments.x, total) if moments.x else 0.0, low, high)


def _find_least(drawn: float, squares: float, rate: float) -> float:
    """How small a sum may be: not smaller than what was drawn of it."""
    return max(drawn, (drawn - _ERRORS * sqrt((1 - rate) * max(0.0, squares))) / rate)


@dataclass(frozen=True)
class Amounts:
    """What sampled visitors brought in, in one currency: the sum, and that of each visitor's amount squared.

    `certain`: the sum of those who were read whether drawn or not. Of those who were not read: `largest` is the most
    that one of them brought in anywhere, `unread` what all of them did, refunds not subtracted.
    """

    certain: float
    drawn: float
    squares: float
    largest: float
    unread: float


def estimate_amount(amounts: Amounts, rate: float) -> Estimate:
    """What everybody brought in.

    The bound is the score interval of a count (see `estimate_count`) of which each weighs as much as the largest
    amount that was not read; and what was not read is all that may be missing.
    """
    missed, heavy = 1 - rate, amounts.largest
    error = _ERRORS * sqrt(missed * (amounts.squares + _UNSEEN * missed * heavy * heavy))
    error = (error + _ERRORS * _ERRORS / 2 * missed * heavy) / rate
    value, read = amounts.certain + amounts.drawn / rate, amounts.certain + amounts.drawn
    low, high = max(value - error, read - amounts.unread), min(value + error, read + amounts.unread)
    return Estimate.within(value, low, max(low, high))


def divide(y: Estimate, x: Estimate, value: float) -> Estimate:
    """A ratio of two estimates, with the widest bounds that theirs allow. `value`: the sample's ratio."""
    return Estimate.within(value, y.low / x.high, y.high / x.low)


def narrow(
    ratio: Estimate, y: Estimate, x: Estimate, moments: Moments, visitors: float, scale: float, rate: float
) -> Estimate:
    """A ratio's estimate, with closer bounds where the `visitors` who were drawn do not differ much.

    A sample errs on both sides of a ratio alike, so its error is that of the residuals y - ratio * x (Cochran, Sampling
    Techniques, 6.4), and of what y and x may have beyond what was drawn. `scale`: by how much the ratio of somebody who
    was not drawn may well differ.
    """
    if _STEADY * _ERRORS * sqrt((1 - rate) * moments.xx) > moments.x:
        return ratio
    error = _bound_residuals(moments, visitors, scale)
    drawn_y, drawn_x = moments.y / rate, moments.x / rate
    more_y, more_x = max(0.0, y.high - drawn_y), max(0.0, x.high - drawn_x)
    low = max(ratio.low, drawn_y / (drawn_x + more_x) - error)
    high = max(low, min(ratio.high, (drawn_y + more_y) / drawn_x + error))
    return Estimate.within(ratio.value, low, high)


def mix(ratio: Estimate, x: Estimate, known_y: float, known_x: float) -> Estimate:
    """The ratio of y to x where both have a part that is known, from the `ratio` and the x of the rest.

    The more x the rest has, the closer is the whole to the ratio of the rest: so a bound is where x is least, or most.
    """

    def add(share: float, weight: float) -> float:
        return (known_y + share * weight) / (known_x + weight)

    low = min(add(ratio.low, x.low), add(ratio.low, x.high))
    high = max(add(ratio.high, x.low), add(ratio.high, x.high))
    return Estimate.within(add(ratio.value, x.value), low, high)


def _bound_residuals(moments: Moments, visitors: float, scale: float) -> float:
    ratio = moments.y / moments.x
    squares = max(0.0, moments.yy - 2 * ratio * moments.xy + ratio * ratio * moments.xx)
    typical = max(squares, scale * scale * moments.xx) / visitors
    return (_ERRORS * sqrt(squares + _UNSEEN * typical) + _ERRORS * _ERRORS / 2 * sqrt(typical)) / moments.x


def estimate_visitors(moments: Moments, total: float, most: float, rate: float) -> Estimate:
    """Distinct visitors, of whom x is the visits of each, `most` at the most, and `total` all visits.

    By regression, unless the count without it is closer.
    """
    counted = estimate_count(moments.y, rate)
    corrected = _correct(moments, total, most, rate)
    return corrected if corrected is not None and corrected.error < counted.error else counted


def estimate_visitors_of_days(moments: Moments, daily: int, days: int, rate: float) -> Estimate:
    """Distinct visitors of several days, of whom x is the days of each, and `daily` the sum of the days' visitors.

    By regression. They are no more than that sum, and no fewer than the average day has.
    """
    least, most = ceil(daily / max(days, 1)), daily
    corrected = _correct(moments, daily, days, rate)
    if corrected is None or not daily:
        return Estimate(most, least, most)
    counted = estimate_count(moments.y, rate)
    value = min(max(corrected.value, least), most)
    low = max(least, min(max(corrected.low, counted.low), value))
    high = min(most, max(min(corrected.high, counted.high), value))
    return Estimate(value, low, high)


def _correct(moments: Moments, total: float, most: float, rate: float) -> Estimate | None:
    """The regression estimate of visitors. Its residuals are y - slope * x (Cochran, 7.3).

    Three allowances are added: for kinds of visitor that the sample lacks, for the error of the slope itself, and for
    the heaviest visitors that were not drawn, who have `most` of x.
    """
    y, x, xx = moments.y, moments.x, moments.xx
    if not y or not xx:
        return None
    slope = find_slope(y, x, xx)
    residuals = max(0.0, moments.yy - 2 * slope * moments.xy + slope * slope * xx)
    typical = max(1.0, residuals / y)
    missed = 1 - rate
    error = _ERRORS * sqrt(missed * (residuals + _UNSEEN * missed * typical))
    error = (error + _ERRORS * _ERRORS / 2 * missed * sqrt(typical)) / rate
    error += _ERRORS * abs(total - x / rate) * sqrt(residuals / y / xx)
    error += _HEAVIEST * slope * most * missed
    return Estimate.around(estimate_by_regression(y, x, xx, total, rate), error)
