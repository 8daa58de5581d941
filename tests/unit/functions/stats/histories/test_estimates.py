"""Shares and medians of a sample, and how far they may be off."""

from math import comb
from random import Random

from functions.stats.histories.estimates import describe_count, describe_median, describe_share

RATE = 1 / 16
ROUNDS = 300


def test_what_is_read_whole_has_no_bound() -> None:
    assert describe_count("visitors", 3, 1) == {"visitors": 3}
    assert describe_share("rate", 1, 3, 1) == {"rate": 33.33}
    assert describe_median("seconds", [2_000_000, 1_000_000, 6_000_000, 4_000_000], 1) == {"seconds": 3.0}


def test_a_share_or_a_median_of_nothing_is_null() -> None:
    assert describe_share("rate", 0, 0, 1) == {"rate": None}
    assert describe_share("rate", 0, 0, RATE) == {"rate": None, "rate_error": None}
    assert describe_median("seconds", [], 1) == {"seconds": None}
    assert describe_median("seconds", [], RATE) == {"seconds": None, "seconds_error": None}


def test_a_median_of_few_who_were_drawn_has_no_bound() -> None:
    assert describe_median("seconds", [1_000_000] * 9, RATE) == {"seconds": 1.0, "seconds_error": None}
    assert describe_median("seconds", [1_000_000] * 99, RATE) == {"seconds": 1.0, "seconds_error": 0.01}


def test_a_bound_on_the_share_of_few_who_were_drawn_holds_as_often() -> None:
    for whole in (1, 2, 3, 7, 20):
        said = [describe_share("rate", part, whole, RATE) for part in range(whole + 1)]
        for percent in range(101):
            share = percent / 100
            outside = [n for n, one in enumerate(said) if abs(one["rate"] - percent) > one["rate_error"]]
            assert sum(comb(whole, n) * share**n * (1 - share) ** (whole - n) for n in outside) < 0.001, (whole, share)


def test_a_bound_on_the_share_of_many_is_four_standard_errors() -> None:
    said = describe_share("rate", 5_000, 10_000, RATE)
    assert said == {"rate": 50.0, "rate_error": 2.01}


def test_the_truth_lies_within_the_bounds() -> None:
    random = Random(1)
    times = [round(random.expovariate(1 / 50) * 1e6) for _ in range(4_000)]
    reached = 3_000
    whole = {
        **describe_count("visitors", len(times), 1),
        **describe_share("rate", reached, len(times), 1),
        **describe_median("seconds", times, 1),
    }
    for _ in range(ROUNDS):
        drawn = [place for place in range(len(times)) if random.random() < RATE]
        part = sum(place < reached for place in drawn)
        said = {
            **describe_count("visitors", len(drawn), RATE),
            **describe_share("rate", part, len(drawn), RATE),
            **describe_median("seconds", [times[place] for place in drawn], RATE),
        }
        for name, truth in whole.items():
            assert abs(said[name] - truth) <= said[f"{name}_error"], name
