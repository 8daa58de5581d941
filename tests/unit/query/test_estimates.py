"""What is said of all visitors from a sample, over many samples of a population that is known."""

from collections.abc import Iterator
from random import Random

import pytest

from common.query.estimates import estimate_distinct, estimate_ratio, estimate_sum

SAMPLES = 1_000


def draw(population: list[tuple[int, ...]], share: float, seed: int) -> Iterator[list[tuple[int, ...]]]:
    random = Random(seed)
    for _ in range(SAMPLES):
        yield [one for one in population if random.random() < share]


@pytest.mark.parametrize(("visitors", "share"), [(5, 0.05), (60, 0.05), (3_000, 0.05), (3_000, 0.3)])
def test_a_sum_lies_within_its_bound(visitors: int, share: float) -> None:
    random = Random(1)
    population = [(int(random.paretovariate(1.5)),) for _ in range(visitors)]
    truth = sum(views for (views,) in population)
    outside = 0
    for drawn in draw(population, share, 2):
        views = [views for (views,) in drawn]
        estimate = estimate_sum(sum(views), sum(one * one for one in views), len(drawn), share)
        outside += abs(estimate.value - truth) > estimate.error
    assert outside <= SAMPLES * 0.01  # heavy tails: a few visitors make much of the sum


@pytest.mark.parametrize(("visitors", "share"), [(1, 0.05), (50, 0.02), (1_000, 0.05), (20_000, 0.01)])
def test_a_count_of_visitors_lies_within_its_bound(visitors: int, share: float) -> None:
    random = Random(3)
    outside = 0
    for _ in range(SAMPLES if visitors < 20_000 else 100):
        drawn = sum(random.random() < share for _ in range(visitors))
        estimate = estimate_sum(drawn, drawn, drawn, share)
        outside += abs(estimate.value - visitors) > estimate.error
    assert outside == 0


@pytest.mark.parametrize(("visitors", "days", "share"), [(20, 30, 0.05), (400, 30, 0.05), (3_000, 365, 0.05)])
def test_visitors_of_several_days_lie_within_their_bound(visitors: int, days: int, share: float) -> None:
    random = Random(4)
    population = [(min(days, int(random.paretovariate(1))),) for _ in range(visitors)]
    daily = sum(seen for (seen,) in population)
    outside = 0
    for drawn in draw(population, share, 5):
        products = (sum(seen for (seen,) in drawn), sum(seen * seen for (seen,) in drawn))
        estimate = estimate_distinct(daily, days, len(drawn), products, share)
        outside += abs(estimate.value - visitors) > estimate.error + 1e-9
    assert outside <= SAMPLES * 0.01


def test_where_everybody_comes_once_the_daily_sums_say_it_all_but_exactly() -> None:
    estimate = estimate_distinct(1_000_000, 30, 10_000, (10_000, 10_000), 0.01)
    assert estimate.value == pytest.approx(1_000_000, rel=1e-6)
    assert estimate.error < 2_000


def test_visitors_are_never_more_than_the_sum_of_the_days_nor_fewer_than_its_average() -> None:
    assert estimate_distinct(10, 5, 0, (0, 0), 0.01).value == 10
    estimate = estimate_distinct(10, 5, 1, (5, 25), 0.01)
    assert (estimate.value, estimate.error) == (10, 8)


@pytest.mark.parametrize(("visitors", "share"), [(60, 0.05), (2_000, 0.05), (20_000, 0.02)])
def test_a_rate_lies_within_its_bound(visitors: int, share: float) -> None:
    random = Random(6)
    population = []
    for _ in range(visitors):
        visits = min(50, int(random.paretovariate(1.5)))
        population.append((sum(random.random() < 0.4 for _ in range(visits)), visits))
    truth = sum(one[0] for one in population) / sum(one[1] for one in population)
    outside = 0
    for drawn in draw(population, share, 7):
        if not drawn:
            continue
        parts = (sum(b for b, _ in drawn), sum(v for _, v in drawn))
        products = (sum(b * b for b, _ in drawn), sum(b * v for b, v in drawn), sum(v * v for _, v in drawn))
        estimate = estimate_ratio(parts, products, len(drawn), 1)
        outside += abs(estimate.value - truth) > estimate.error
    assert outside <= SAMPLES * 0.001
