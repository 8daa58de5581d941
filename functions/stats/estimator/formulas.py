"""The estimators that both Python and PostgreSQL compute: Python to answer with, PostgreSQL to sort by.

Each is written once. Given numbers it computes; given an Expression it writes SQL. Their bounds are in estimates.py.
"""

from typing import TypeVar


class Expression:
    """A number in SQL. Arithmetic on it makes a longer expression; by zero it divides to null."""

    def __init__(self, text: str) -> None:
        self.text = text

    @classmethod
    def of(cls, operand: str) -> "Expression":
        """A column, or a parameter such as `:rate`."""
        return cls(f"cast({operand} as double precision)")

    def __add__(self, other: "Expression | float") -> "Expression":
        return Expression(f"({self.text} + {_write(other)})")

    def __radd__(self, other: float) -> "Expression":
        return Expression(f"({_write(other)} + {self.text})")

    def __sub__(self, other: "Expression | float") -> "Expression":
        return Expression(f"({self.text} - {_write(other)})")

    def __mul__(self, other: "Expression | float") -> "Expression":
        return Expression(f"({self.text} * {_write(other)})")

    def __truediv__(self, other: "Expression | float") -> "Expression":
        return Expression(f"({self.text} / nullif({_write(other)}, 0))")

    def __rtruediv__(self, other: float) -> "Expression":
        return Expression(f"({_write(other)} / nullif({self.text}, 0))")


def _write(operand: Expression | float) -> str:
    return operand.text if isinstance(operand, Expression) else str(operand)


Number = TypeVar("Number", float, Expression)


def estimate_by_ratio(y: Number, x: Number, total: Number) -> Number:
    """The ratio estimator: as much of the control variate's total as y is of x in the sample.

    Cochran, Sampling Techniques (3rd ed., 1977), 6.2.
    """
    return total * y / x


def estimate_by_regression(y: Number, x: Number, xx: Number, total: Number, rate: Number) -> Number:
    """The regression estimator: y / rate, corrected by what the same says too little or too much of the known total.

    Cochran, 7.1. Here each sampled visitor counts one, so the sum of x * y is x, and the slope x / xx.
    """
    return y / rate + find_slope(y, x, xx) * (total - x / rate)


def find_slope(y: Number, x: Number, xx: Number) -> Number:
    """The slope of visitors on their control variate. It is smaller where the sample is: there it is known badly."""
    return x / (xx * (1 + 8 / y))
