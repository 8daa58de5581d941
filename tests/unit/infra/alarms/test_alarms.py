"""When an alarm fires."""

import pytest

from infra.alarms.alarm import DAYS, judge_hours

NOON = 24 * DAYS


def hours(usual: int, last: int, others: int = 0) -> list[int]:
    """`usual` at this hour of each day before."""
    return [usual if hour % 24 == 0 else others for hour in range(NOON)] + [last]


@pytest.mark.parametrize(
    ("usual", "last", "fires"), [(100, 299, False), (100, 300, True), (0, 49, False), (0, 50, True), (10, 31, False)]
)
def test_a_spike_is_several_times_what_is_usual_at_this_hour_and_not_few(usual: int, last: int, fires: bool) -> None:
    assert judge_hours("spike", 3, hours(usual, last)).fires is fires


def test_a_busy_hour_that_is_busy_each_day_is_no_spike() -> None:
    assert not judge_hours("spike", 3, hours(5_000, 6_000, others=10)).fires


@pytest.mark.parametrize(("usual", "last", "fires"), [(10, 0, True), (10, 1, False), (9, 0, False), (0, 0, False)])
def test_silence_is_an_hour_without_events_where_there_are_some(usual: int, last: int, fires: bool) -> None:
    assert judge_hours("silence", 10, hours(usual, last)).fires is fires


def test_a_night_without_events_on_a_site_of_the_day_is_no_silence() -> None:
    assert not judge_hours("silence", 10, hours(0, 0, others=1_000)).fires
