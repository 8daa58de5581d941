"""What is said of all visitors from a sample, over many samples of a population that is known."""

from collections.abc import Iterator
from math import inf, log
from operator import mul
from random import Random

import pytest

from functions.stats.estimator.estimates import (
    Estimate,
    Moments,
    divide,
    estimate_count,
    estimate_sum,
    estimate_visitors,
    estimate_visitors_of_days,
    mix,
    narrow,
)

SAMPLES = 1_000


def draw(population: list[tuple[int, ...]], rate: float, seed: int) -> Iterator[list[tuple[int, ...]]]:
    """Samples in which each visitor is with the chance `rate`, drawn by the gaps between those who are."""
    chance = Random(seed).random
    none_passed, end = log(1 - rate), len(population)
    for _ in range(SAMPLES):
        drawn, place = [], -1
        while (place := place + 1 + int(log(1 - chance()) / none_passed)) < end:
            drawn.append(population[place])
        yield drawn


def sum_up(pairs: list[tuple[int, ...]]) -> Moments:
    """Of each visitor what counts, and what is known of all."""
    y, x = zip(*pairs, strict=True) if pairs else ((), ())
    return Moments(sum(y), sum(x), sum(map(mul, y, y)), sum(map(mul, x, x)), sum(map(mul, y, x)))


def sum_visitors(drawn: list[tuple[int, ...]]) -> Moments:
    """Of visitors, and what each has of their control variate."""
    return sum_up([(1, x) for (x,) in drawn])


def make_heavy(kind: str) -> list[tuple[int, ...]]:
    """Visitors' page views that count, and all of them, where a few have very many."""
    random = Random(1)
    ordinary = [int(random.paretovariate(1.5)) for _ in range(1_000)]
    pairs = [(views if random.random() < 0.3 else 0, views) for views in ordinary]
    match kind:
        case "one that counts":
            return [*pairs, (50_000, 50_000)]
        case "one that does not":
            return [*pairs, (0, 50_000)]
        case "one as big as the noise":
            return [*pairs, (700, 700)]
        case "of each":
            return [*pairs, (9_000, 9_000), (0, 9_000), (5_000, 10_000)]
        case "a few that alone count":
            return [*((0, views) for views in ordinary), (300, 300), (200, 200), (900, 900)]
        case "Zipf":
            heavy = [20_000 // n for n in range(1, 300)]
            return [*pairs, *((views if random.random() < 0.5 else 0, views) for views in heavy)]
    return pairs


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3])
@pytest.mark.parametrize(
    "kind",
    [
        "nobody",
        "one that counts",
        "one that does not",
        "one as big as the noise",
        "of each",
        "a few that alone count",
        "Zipf",
    ],
)
def test_a_part_of_a_known_sum_lies_within_its_bounds_whoever_is_drawn(kind: str, rate: float) -> None:
    population = make_heavy(kind)
    truth, known = (sum(one[n] for one in population) for n in (0, 1))
    outside = 0
    for drawn in draw(population, rate, 2):
        estimate = estimate_sum(sum_up(drawn), known, rate)
        assert estimate.low <= estimate.value <= estimate.high
        outside += not estimate.low - 1e-6 <= truth <= estimate.high + 1e-6
    assert outside <= SAMPLES * 0.001


def test_of_a_sum_that_is_not_known_nobody_says_how_big_it_may_be() -> None:
    estimate = estimate_sum(Moments(10, 0, 20, 0, 0), inf, 0.1)
    assert (estimate.value, estimate.low, estimate.error) == (100, 10, inf)


def test_where_all_counts_that_is_known_nothing_is_left_to_err() -> None:
    estimate = estimate_sum(Moments(10, 10, 20, 20, 20), 300, 0.1)
    assert (estimate.value, estimate.high) == (300, 300)


@pytest.mark.parametrize(("visitors", "rate"), [(1, 0.05), (50, 0.02), (1_000, 0.05), (20_000, 0.01)])
def test_a_count_of_visitors_lies_within_its_bound(visitors: int, rate: float) -> None:
    outside = 0
    for drawn in draw([(1,)] * visitors, rate, 3):
        estimate = estimate_count(len(drawn), rate)
        outside += abs(estimate.value - visitors) > estimate.error
    assert outside == 0


def test_visitors_lie_within_their_bound_where_a_few_begin_very_many_visits() -> None:
    population = [(1,)] * 2_000 + [(49,)] * 4
    known = sum(visits for (visits,) in population)
    outside = 0
    for drawn in draw(population, 0.07, 8):
        estimate = estimate_visitors(sum_visitors(drawn), known, 49, 0.07)
        outside += abs(estimate.value - len(population)) > estimate.error
    assert outside <= SAMPLES * 0.001


def test_visits_that_a_visitor_may_begin_without_end_do_not_correct_visitors() -> None:
    estimate = estimate_visitors(Moments(100, 100, 100, 100, 100), 1_000_000, 20_000, 0.1)
    assert estimate == estimate_count(100, 0.1)


@pytest.mark.parametrize(("visitors", "days", "rate"), [(20, 30, 0.05), (400, 30, 0.05), (3_000, 365, 0.05)])
def test_visitors_of_several_days_lie_within_their_bound(visitors: int, days: int, rate: float) -> None:
    random = Random(4)
    population = [(min(days, int(random.paretovariate(1))),) for _ in range(visitors)]
    daily = sum(seen for (seen,) in population)
    outside = 0
    for drawn in draw(population, rate, 5):
        estimate = estimate_visitors_of_days(sum_visitors(drawn), daily, days, rate)
        outside += abs(estimate.value - visitors) > estimate.error + 1e-9
    assert outside <= SAMPLES * 0.01


def test_where_everybody_comes_once_the_daily_sums_say_it_all_but_exactly() -> None:
    estimate = estimate_visitors_of_days(Moments(*[10_000] * 5), 1_000_000, 30, 0.01)
    assert estimate.value == pytest.approx(1_000_000, rel=1e-6)
    assert estimate.error < 2_000


def test_visitors_are_never_more_than_the_sum_of_the_days_nor_fewer_than_its_average() -> None:
    assert estimate_visitors_of_days(Moments(0, 0, 0, 0, 0), 10, 5, 0.01).value == 10
    estimate = estimate_visitors_of_days(Moments(1, 5, 1, 25, 5), 10, 5, 0.01)
    assert (estimate.value, estimate.error) == (10, 8)


@pytest.mark.parametrize(
    ("visitors", "whale", "rate"),
    [(60, 0, 0.05), (2_000, 0, 0.05), (20_000, 0, 0.02), (1_000, 2_000, 0.05), (1_000, 200, 0.05), (1_000, 2_000, 0.5)],
)
def test_a_rate_lies_within_its_bounds(visitors: int, whale: int, rate: float) -> None:
    random = Random(6)
    population: list[tuple[int, ...]] = [(0, whale)] if whale else []
    for _ in range(visitors):
        visits = min(50, int(random.paretovariate(1.5)))
        population.append((sum(random.random() < 0.4 for _ in range(visits)), visits))
    bounces, visits = (sum(one[n] for one in population) for n in (0, 1))
    outside = 0
    for drawn in draw(population, rate, 7):
        part = sum_up(drawn)
        if not drawn or not part.x:
            continue
        begun = Moments(part.x, part.x, part.xx, part.xx, part.xx)
        known = estimate_sum(begun, visits, rate)
        counted = estimate_sum(part, visits, rate)
        estimate = narrow(divide(counted, known, part.y / part.x), counted, known, part, len(drawn), 1, rate)
        outside += not estimate.low - 1e-9 <= bounces / visits <= estimate.high + 1e-9
    assert outside <= SAMPLES * 0.001


def test_where_nobody_is_heavy_a_rate_is_known_better_than_its_parts() -> None:
    part = Moments(400, 1_000, 800, 3_000, 1_400)
    counted, begun = (
        estimate_sum(part, 11_000, 0.1),
        estimate_sum(Moments(1_000, 1_000, 3_000, 3_000, 3_000), 10_000, 0.1),
    )
    apart = divide(counted, begun, 0.4)
    assert narrow(apart, counted, begun, part, 500, 1, 0.1).error < 0.8 * apart.error


def test_a_ratio_with_a_known_part_lies_between_that_of_the_part_and_that_of_the_rest() -> None:
    rest = Estimate(0.5, 0.4, 0.6)
    mixed = mix(rest, Estimate(100, 50, 200), known_y=30, known_x=100)
    assert mixed.value == (30 + 50) / 200
    # the rest's ratio is above the part's: it is most where the rest is most; and least where that is least
    assert (mixed.low, mixed.high) == ((30 + 0.4 * 50) / 150, (30 + 0.6 * 200) / 300)


def test_a_known_part_alone_is_a_ratio_that_is_known() -> None:
    assert mix(Estimate(0.5, 0, 1), Estimate(0, 0, 0), known_y=30, known_x=100) == Estimate(0.3, 0.3, 0.3)
