"""How many visitors reached each step of a funnel, and how long it took them."""

from collections.abc import Iterable, Sequence
from typing import Any

from common.funnels.definition import Definition
from functions.stats.funnels.matching import History, Matcher
from functions.stats.histories.estimates import Figures, describe_count, describe_median, describe_share


class Tally:
    """The attempts of visitors, one for each."""

    def __init__(self, steps: int) -> None:
        self.visitors = [0] * steps
        self._took: list[list[int]] = [[] for _ in range(steps)]

    def add(self, times: Sequence[int]) -> None:
        """A visitor who reached as many steps at these times, in microseconds."""
        for step, at in enumerate(times):
            self.visitors[step] += 1
            if step:
                self._took[step].append(at - times[step - 1])

    def describe(self, rate: float) -> list[Figures]:
        """The figures of each step; `rate`: which share of the visitors was read."""
        return [
            {
                "step": step + 1,
                **describe_count("visitors", count, rate),
                **describe_share("rate", count, self.visitors[0], rate),
                **self._describe_step(step, rate),
            }
            for step, count in enumerate(self.visitors)
        ]

    def _describe_step(self, step: int, rate: float) -> Figures:
        if not step:
            return {"drop_off": None, "median_seconds": None}
        before = self.visitors[step - 1]
        lost = before - self.visitors[step]
        return describe_share("drop_off", lost, before, rate) | describe_median(
            "median_seconds", self._took[step], rate
        )


def make_figures(
    definition: Definition,
    histories: Iterable[tuple[History, Sequence[Any]]],
    rate: float,
    dimension: str = "",
    limit: int = 0,
) -> Figures:
    """The steps; with a dimension also those of each value that the first step's event has, the most visitors first."""
    matcher, count = Matcher(definition), len(definition.steps)
    all_visitors, by_value = Tally(count), dict[str, Tally]()
    for history, values in histories:
        attempt = matcher.find(history)
        if attempt is None:
            continue
        times = [history.times[place] for place in attempt.places]
        all_visitors.add(times)
        if dimension and (value := values[attempt.places[0]]) is not None:
            by_value.setdefault(value, Tally(count)).add(times)
    steps: Figures = {"steps": all_visitors.describe(rate)}
    if not dimension:
        return steps
    ordered = sorted(by_value, key=lambda value: (-by_value[value].visitors[0], value.encode()))
    rows = [{dimension: value, "steps": by_value[value].describe(rate)} for value in ordered[:limit]]
    return steps | {"values": rows, "total": len(ordered)}
