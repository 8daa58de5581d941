"""How far a visitor got: the same as trying every attempt event by event."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.filters.conditions import Condition
from common.funnels.definition import MODES, Definition, Mode
from functions.stats.funnels.matching import Attempt, History, Matcher

ANY = Condition("path", "is", ("/",))
"""What a step asks is decided before: a history has a bit for each."""


def define(steps: int, mode: Mode = "ordered", window: int | None = None) -> Definition:
    return Definition((ANY,) * steps, mode, None if window is None else timedelta(microseconds=window))


@st.composite
def histories(draw: st.DrawFn, steps: int) -> History:
    """Times and visits that often are the same; every event passes any of the steps and perhaps the exclusion."""
    size = draw(st.integers(0, 12))
    some = st.lists(st.integers(0, 2), min_size=size, max_size=size)
    gaps, visits = draw(some), draw(some)
    passed = draw(st.lists(st.integers(0, (1 << (steps + 1)) - 1), min_size=size, max_size=size))
    return History([sum(gaps[: n + 1]) for n in range(size)], [sum(visits[: n + 1]) // 2 for n in range(size)], passed)


def try_all(history: History, steps: int, mode: Mode, window: int | None) -> tuple[int, ...]:
    attempts = (try_one(history, begin, steps, mode, window) for begin in range(len(history.times)))
    return max(attempts, key=len, default=())


def try_one(history: History, begin: int, steps: int, mode: Mode, window: int | None) -> tuple[int, ...]:
    taken: list[int] = []
    open_steps = list(range(steps))
    for place in range(begin, len(history.times)):
        is_within = (
            history.visits[place] == history.visits[begin]
            if window is None
            else history.times[place] - history.times[begin] <= window
        )
        if not is_within or history.steps[place] & (1 << steps) or not open_steps:
            break
        tried: Sequence[int] = open_steps if mode == "any" else open_steps[:1]
        step = next((step for step in tried if history.steps[place] & (1 << step)), None)
        if step is not None:
            taken.append(place)
            open_steps.remove(step)
        elif place == begin or mode == "strict":
            break
    return tuple(taken)


@pytest.mark.parametrize("mode", MODES)
@given(data=st.data(), steps=st.integers(2, 4), window=st.none() | st.integers(0, 4))
def test_the_first_attempt_that_gets_farthest_is_found(
    mode: Mode, data: st.DataObject, steps: int, window: int | None
) -> None:
    history = data.draw(histories(steps))
    found = Matcher(define(steps, mode, window)).find(history)
    assert (found.places if found else ()) == try_all(history, steps, mode, window)


@pytest.mark.parametrize("mode", MODES)
def test_a_history_of_a_hundred_thousand_events_that_never_get_there_is_read_without_trying_all_pairs(
    mode: Mode,
) -> None:
    count = 100_000
    history = History(range(count), [0] * count, [1] * count)
    assert Matcher(define(2, mode)).find(history) == Attempt((0,))
