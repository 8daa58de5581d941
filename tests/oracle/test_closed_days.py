"""No answer changes when days close, nor when they open again."""

from random import Random

import pytest

from functions.stats.estimator.budgets import Budgets
from tests.oracle.conftest import SEED, Open
from tests.oracle.histories import make_history
from tests.oracle.queries import make_query

HISTORIES = range(3)
QUERIES = 40


@pytest.mark.parametrize(
    "numbers", [HISTORIES[:1], pytest.param(HISTORIES[1:], marks=pytest.mark.long)], ids=["the first", "all others"]
)
def test_every_answer_is_the_same_when_the_days_have_closed(numbers: range, open_stand: Open) -> None:
    stand = open_stand(Budgets())
    for number in numbers:
        random = Random(f"{SEED} closed {number}")
        history = make_history(random)
        history.closings = frozenset()
        site_id = stand.store(history)
        queries = [make_query(random, history) for _ in range(QUERIES)]
        days = sorted({event["timestamp"][:10] for event in history.delivered})

        def ask_all() -> list[object]:
            answers = [stand.ask(site_id, endpoint, query) for endpoint, query in queries]  # noqa: B023
            return [*answers, *(stand.ask_day(site_id, day) for day in days)]  # noqa: B023

        before = ask_all()
        assert stand.close_days(site_id) > 0
        assert ask_all() == before
        assert stand.verify(site_id) == []
