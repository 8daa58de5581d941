"""How many rows a query may read before it has to use a sample."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Rows = Literal["", "visits", "events"]

POPULATION = 1 << 20
"""A visitor's sample number is drawn from so many."""
MOST_SAMPLED: dict[Rows, int] = {"visits": 262_144, "events": 65_536}
"""The sample numbers below these have an index."""
FREE_PATTERN_BYTES = 100
"""Of a query's patterns together; ten times as many leave a tenth of the rows."""


class Size(NamedTuple):
    """About how many rows a range holds."""

    events: int
    visits: int


@dataclass(frozen=True)
class Budget:
    """How many rows (visits or events) a query reads: all of them up to `most`, else a sample of about `sampled`."""

    most: int
    sampled: int

    def divide(self, times: float) -> "Budget":
        """So many times fewer rows."""
        return Budget(int(self.most / times), max(1, int(self.sampled / times)))


@dataclass(frozen=True)
class Budgets:
    """Found by measuring; see docs/decisions/exact-or-estimated.md."""

    own_zone: Budget = Budget(30_000, 14_000)
    other: Budget = Budget(150_000, 60_000)
    sales: int = 20_000
    """Events with revenue of which the visit is looked up: all of them up to so many, else those of a sample of
    visitors with about so many, and of at most as many visitors who brought in the most."""

    def share(self, pattern_bytes: int) -> "Budgets":
        """What a query may read that looks for so many bytes in each row's texts: rows times bytes are bounded."""
        times = max(1, pattern_bytes / FREE_PATTERN_BYTES)
        sales = max(1, int(self.sales / times))
        return Budgets(self.own_zone.divide(times), self.other.divide(times), sales)


DEFAULT = Budgets()
OF_GOALS = Budgets(other=Budget(150_000, 20_000), sales=7_000)
"""A question about goals reads as much for each of them, and a site has up to 20."""
