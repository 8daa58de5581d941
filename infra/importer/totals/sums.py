"""Adds up the figures of an export, and keeps out those of days that it can't be shown for. Pure."""

from collections.abc import Callable, Iterator, Set
from datetime import date

from common.imports.imported import MEASURES, Part
from infra.importer.totals.figure import Figure

_LATEST = date(2199, 12, 31)
_EARLIEST = date(1970, 1, 1)
_MOST, _MOST_MS = 10**12, 10**15
"""Of a value on a day. No site has as many, and sums of many days fit into the database's numbers."""

MOST_SUMS, MOST_TEXT_BYTES = 1_000_000, 256 * 1024 * 1024
"""Of all dimensions and days together. They are kept in memory, and a packed file may hold more than fits."""

Refuse = Callable[[str, date], str]
"""Why a dimension's day is not taken; empty: it is."""

Key = tuple[str, date, str]


class TooManySums(Exception):
    """An export has more values than are kept."""


class Sums:
    """What is imported: of each value of a dimension and day, every measure that is known."""

    def __init__(self, refuse: Refuse) -> None:
        self._refuse = refuse
        self._sums: dict[Key, list[int | None]] = {}
        self._text_bytes = 0
        self._owners: dict[tuple[str, date], str] = {}

    def add(self, figure: Figure, table: str) -> str:
        """Adds a figure of a table; or says why not. A day of a dimension is of one table: two would count it twice.

        Raises TooManySums.
        """
        if not _EARLIEST <= figure.day <= _LATEST:
            return f"{figure.day} is no day from {_EARLIEST} to {_LATEST}"
        if why := self._refuse(figure.dimension, figure.day):
            return why
        owner = self._owners.get((figure.dimension, figure.day), table)
        if owner != table:
            return f"{owner} has the same of {figure.day}"
        key = (figure.dimension, figure.day, figure.value)
        sums = list(self._sums.get(key) or [None] * len(MEASURES))
        for index, measure in enumerate(MEASURES):
            if measure in figure.measures:
                sums[index] = added = (sums[index] or 0) + figure.measures[measure]
                if added > (most := _MOST_MS if measure == "duration_ms" else _MOST):
                    return f"its {measure} of {figure.day} would be more than {most:,}"
        if key not in self._sums:
            self._make_room(figure.value)
        self._owners[key[:2]], self._sums[key] = table, sums
        return ""

    def _make_room(self, value: str) -> None:
        self._text_bytes += len(value.encode())
        if len(self._sums) >= MOST_SUMS:
            raise TooManySums(f"more than {MOST_SUMS:,} values, of all days together, are too many for one import")
        if self._text_bytes > MOST_TEXT_BYTES:
            raise TooManySums(f"values of more than {MOST_TEXT_BYTES:,} bytes in all are too many for one import")

    def __len__(self) -> int:
        return len(self._sums)

    def days(self) -> Set[tuple[str, date]]:
        """The dimensions and days of which there is something."""
        return {(dimension, day) for dimension, day, _ in self._sums}

    def rows(self) -> Iterator[tuple[Key, list[int | None]]]:
        """Every sum, in the order of its table's key."""
        yield from sorted(self._sums.items())

    def parts(self) -> dict[str, Part]:
        """By dimension: which days and measures there are."""
        days: dict[str, list[date]] = {}
        measures: dict[str, set[int]] = {}
        for (dimension, day, _), sums in self._sums.items():
            days.setdefault(dimension, []).append(day)
            measures.setdefault(dimension, set()).update(index for index, one in enumerate(sums) if one is not None)
        return {
            dimension: Part(
                min(found), max(found), tuple(MEASURES[index] for index in sorted(measures[dimension])), len(found)
            )
            for dimension, found in sorted(days.items())
        }
