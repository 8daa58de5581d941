"""The spans of time in which joined visitors' events are looked for."""

from functions.process.visitor_joins import MOST_SPANS, unite

SECOND = 1_000_000
DAY = 86_400 * SECOND


def test_spans_that_touch_are_read_together_and_others_apart() -> None:
    assert unite([(9 * SECOND, 9 * SECOND), (0, 2 * SECOND), (1 * SECOND, 3 * SECOND)]) == [
        (0, 3 * SECOND),
        (9 * SECOND, 9 * SECOND),
    ]


def test_of_very_many_spans_those_with_the_widest_gaps_stay_apart() -> None:
    spans = [(n * 60 * SECOND, n * 60 * SECOND + SECOND) for n in range(1_000)]
    spans += [(number * DAY, number * DAY) for number in range(2, 40)]
    united = unite(spans)
    assert len(united) <= MOST_SPANS
    assert united == [(0, 999 * 60 * SECOND + SECOND), *spans[1_000:]]
    assert len(unite([(n * n * DAY, n * n * DAY) for n in range(1_000)])) == MOST_SPANS
