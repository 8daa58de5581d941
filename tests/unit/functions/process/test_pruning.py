"""How long a processor goes on closing days after a batch."""

import pytest

from functions.process import pruning

ENDLESS, OVER = 3_600.0, -1.0


class Steps:
    """Closes days: each step deletes so many rows."""

    def __init__(self, *rows: int) -> None:
        self.left = list(rows)
        self.is_round_over = False

    def step(self) -> int:
        deleted = self.left.pop(0)
        self.is_round_over = not self.left
        return deleted


@pytest.mark.parametrize(
    ("seconds", "rows", "left"),
    [
        (ENDLESS, (5, 0, 5), []),
        (OVER, (5, 5, 5, 5), [5]),
        (OVER, (5, 0, 5), [5]),
        (OVER, (0, 5), [5]),
    ],
    ids=[
        "all days once",
        "time is up and more rows went than came",
        "time is up and nothing went",
        "time is up before anything went",
    ],
)
def test_closing_ends_with_the_round_or_when_time_is_up_and_more_rows_went_than_came(
    seconds: float, rows: tuple[int, ...], left: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "SECONDS", seconds)
    closing = Steps(*rows)

    pruning._close(closing, least=12)  # type: ignore[arg-type]

    assert closing.left == left
