"""Hypothesis draws histories, definitions and queries, and makes smaller what fails."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.oracle.conftest import SEED, tally
from tests.oracle.histories import History, make_history
from tests.oracle.test_oracle_agrees import describe

LATE = timedelta(minutes=30)
MOST_EVENTS = 30
"""What hypothesis draws may be 8 kB; larger cases are thrown away once they are half checked."""
KINDS = ("late", "repeated", "simultaneous")


def check_histories(subject: str, count: int, check: Callable[[Random, History], None]) -> None:
    """Check so many histories, each with what more the check draws. A tenth of them at least are of each of KINDS.

    `subject` tells the drawings of one test from those of another. A failure is shrunk, and shown at its smallest.
    """
    seen: dict[str, int] = dict.fromkeys(KINDS, 0)
    checked = 0

    @seed(f"{SEED} {subject}")
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def run(random: Random) -> None:
        nonlocal checked
        history = make_history(random, MOST_EVENTS)
        try:
            check(random, history)
        except AssertionError as error:
            error.add_note(describe(history))
            raise
        checked += 1  # not where hypothesis threw the drawing away
        for kind in find_kinds(history):
            seen[kind] += 1

    run()
    assert checked >= count
    for kind, times in seen.items():
        tally[f"histories of {subject} with {kind} events"] += times
    assert min(seen.values()) * 10 >= count, seen


def find_kinds(history: History) -> list[str]:
    """Which of KINDS its events are: after a later one by more than a visit's gap; with another's key; at its time."""
    times = [datetime.fromisoformat(event["timestamp"]) for event in history.delivered]
    keys = [(event["timestamp"], event["event_id"]) for event in history.delivered]
    latest = [max(times[: place + 1]) for place in range(len(times))]
    found = {
        "late": any(before - at > LATE for before, at in zip(latest, times, strict=True)),
        "repeated": len(set(keys)) < len(keys),
        "simultaneous": len({at for at, _ in keys}) < len(set(keys)),
    }
    return [kind for kind in KINDS if found[kind]]
