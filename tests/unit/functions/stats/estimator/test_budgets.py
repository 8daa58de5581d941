"""What a query may read: rows times the bytes of its patterns are bounded."""

import pytest

from common.filters.conditions import MAX_PATTERN_BYTES
from functions.stats.estimator.budgets import DEFAULT, FREE_PATTERN_BYTES, Size
from functions.stats.estimator.planner import make_plan
from tests.unit.functions.stats.estimator.asking import OWN, ask, hold


@pytest.mark.parametrize("pattern_bytes", [FREE_PATTERN_BYTES, 250, MAX_PATTERN_BYTES])
def test_rows_times_the_bytes_of_patterns_are_bounded(pattern_bytes: int) -> None:
    shared = DEFAULT.share(pattern_bytes)
    for budget, free in ((shared.own_zone, DEFAULT.own_zone), (shared.other, DEFAULT.other)):
        for rows, of_short_ones in ((budget.most, free.most), (budget.sampled, free.sampled)):
            assert 0 < rows * pattern_bytes <= of_short_ones * FREE_PATTERN_BYTES


def test_short_patterns_cost_no_rows() -> None:
    assert DEFAULT.share(0) == DEFAULT.share(FREE_PATTERN_BYTES) == DEFAULT


def test_what_is_read_whole_with_a_short_pattern_is_a_sample_with_a_long_one() -> None:
    size = Size(DEFAULT.other.most // 2, DEFAULT.other.most // 2)
    query = ask(filters=hold("path", "x", operator="contains"))
    samples = [make_plan(query, OWN, size, DEFAULT.share(given)).is_sample for given in (1, MAX_PATTERN_BYTES)]
    assert samples == [False, True]
