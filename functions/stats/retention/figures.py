"""The grid of retention: a row for each cohort, a cell for each period from its own on."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from functions.stats.histories.estimates import Figures, describe_count, describe_share
from functions.stats.query.zones import local_day
from functions.stats.retention.grammar import Period
from functions.stats.retention.reading import Returns


def make_grid(periods: Sequence[Period], returns: Returns, zone: ZoneInfo) -> list[Figures]:
    """The cohorts in the order of time, those without anybody too."""
    return [_describe_cohort(number, periods, returns, zone) for number in range(len(periods))]


def describe_population(returns: Returns) -> Figures:
    """How many of the range's visitors can be known again, and how many can't and are in no cohort."""
    return {
        **describe_count("identified", returns.identified, returns.rate),
        **describe_count("excluded", returns.excluded, returns.rate),
    }


def _describe_cohort(number: int, periods: Sequence[Period], returns: Returns, zone: ZoneInfo) -> Figures:
    size, rate = returns.cohorts.get(number, 0), returns.rate
    cells: dict[str, list[Any]] = {}
    for later in range(number, len(periods)):
        came = returns.cells.get((number, later), 0)
        cell = describe_count("returned", came, rate) | describe_share("rate", came, size, rate)
        for name, value in cell.items():
            cells.setdefault(name, []).append(value if periods[later].is_over else None)
    return {
        "cohort": local_day(periods[number].begins, zone).isoformat(),
        "is_complete": periods[number].is_over,
        **describe_count("visitors", size, rate),
        **cells,
    }
