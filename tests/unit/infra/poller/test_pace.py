"""How long a batch waits for more."""

from infra.poller.pace import STEADY_EVENTS_A_SECOND, Pace

BOUND = 0.25


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def linger_at(rate: float, batches: int = 20) -> float:
    """How long a batch lingers once so many events a second have come for a while."""
    clock = Clock()
    pace = Pace(BOUND, clock)
    for _ in range(batches):
        seconds = max(pace.find_seconds(), 1 / rate)
        clock.now += seconds
        pace.note(round(rate * seconds))
    return pace.find_seconds()


def test_the_first_event_is_handed_on_at_once() -> None:
    clock = Clock()
    pace = Pace(BOUND, clock)
    assert pace.find_seconds() == 0
    clock.now += 3_600
    assert pace.find_seconds() == 0


def test_little_traffic_hardly_waits() -> None:
    assert 0 < linger_at(20) <= 0.05 * BOUND


def test_steady_traffic_gathers_up_to_the_bound_and_no_longer() -> None:
    assert linger_at(STEADY_EVENTS_A_SECOND) == BOUND
    assert linger_at(100 * STEADY_EVENTS_A_SECOND) == BOUND


def test_in_between_it_waits_in_proportion() -> None:
    assert 0.4 * BOUND < linger_at(STEADY_EVENTS_A_SECOND / 2) < 0.6 * BOUND


def test_a_burst_that_is_over_makes_nobody_wait() -> None:
    clock = Clock()
    pace = Pace(BOUND, clock)
    clock.now += 1
    pace.note(50_000)
    assert pace.find_seconds() == BOUND
    clock.now += 3_600
    assert pace.find_seconds() < 0.1 * BOUND


def test_no_bound_is_no_waiting() -> None:
    clock = Clock()
    pace = Pace(0, clock)
    clock.now += 1
    pace.note(50_000)
    assert pace.find_seconds() == 0
