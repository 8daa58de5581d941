"""How far a visitor got in a funnel, told from what the visitor did.

An attempt begins at an event of the first step (with the mode `any`: of some step), and takes the earliest event for
each further step. It ends with its visit or its window, and before an event that passes the exclusion. Of a visitor's
attempts the first that gets farthest counts. Each step takes an event of its own; events at the same time are ordered
by their id.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from common.funnels.definition import Definition

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class History:
    """A visitor's events in their order, column by column."""

    times: Sequence[int]
    """Microseconds."""
    visits: Sequence[int]
    """Numbers that grow."""
    steps: Sequence[int]
    """A bit for each step that the event passes, and one after these for the exclusion."""


@dataclass(frozen=True)
class Attempt:
    """The event of each step that was reached, by its place in the history."""

    places: tuple[int, ...]


class Matcher:
    """Finds attempts at one funnel. An attempt costs some look-ups, however long the history is."""

    def __init__(self, definition: Definition) -> None:
        self._count = len(definition.steps)
        self._mode = definition.mode
        self._window = None if definition.window is None else definition.window // _MICROSECOND
        self._excluded = 1 << self._count

    def find(self, history: History) -> Attempt | None:
        """The visitor's attempt that counts; None: the first step was not reached."""
        excluded = [place for place, steps in enumerate(history.steps) if steps & self._excluded]
        taken = [0 if steps & self._excluded else steps for steps in history.steps]
        of_steps = [[place for place, steps in enumerate(taken) if steps & (1 << step)] for step in range(self._count)]
        begins = of_steps[0] if self._mode != "any" else [place for place, steps in enumerate(taken) if steps]
        best: tuple[int, ...] = ()
        for begin in begins:
            end = self._find_end(history, begin, excluded)
            if self._mode == "ordered":
                places = self._follow(of_steps, begin, end)
            elif self._mode == "strict":
                places = self._follow_strictly(taken, begin, end)
            else:
                places = self._gather(of_steps, begin, end)
            if len(places) > len(best):
                best = places
                if len(best) == self._count:
                    break
        return Attempt(best) if best else None

    def _find_end(self, history: History, begin: int, excluded: Sequence[int]) -> int:
        """The place before which the attempt ends."""
        if self._window is None:
            end = bisect_right(history.visits, history.visits[begin], begin)
        else:
            end = bisect_right(history.times, history.times[begin] + self._window, begin)
        next_excluded = bisect_left(excluded, begin)
        return min(end, excluded[next_excluded]) if next_excluded < len(excluded) else end

    def _follow(self, of_steps: Sequence[Sequence[int]], begin: int, end: int) -> tuple[int, ...]:
        places = [begin]
        for step in range(1, self._count):
            place = _find_next(of_steps[step], places[-1], end)
            if place == end:
                break
            places.append(place)
        return tuple(places)

    def _follow_strictly(self, taken: Sequence[int], begin: int, end: int) -> tuple[int, ...]:
        places = [begin]
        for step in range(1, self._count):
            place = begin + step
            if place >= end or not taken[place] & (1 << step):
                break
            places.append(place)
        return tuple(places)

    def _gather(self, of_steps: Sequence[Sequence[int]], begin: int, end: int) -> tuple[int, ...]:
        """Steps in any order: an event is taken for the first step in the list that it passes and that is open."""
        places: list[int] = []
        open_steps = list(range(self._count))
        before = begin - 1
        while open_steps:
            place, step = min((_find_next(of_steps[step], before, end), step) for step in open_steps)
            if place == end:
                break
            places.append(place)
            open_steps.remove(step)
            before = place
        return tuple(places)


def _find_next(places: Sequence[int], before: int, end: int) -> int:
    """The first of the places after `before`; `end` where there is none before it."""
    found = bisect_right(places, before)
    return min(places[found], end) if found < len(places) else end
