"""How long, how often and how much: the forms of the benchmark."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """The sizes of a run. `seconds`: of each load; `visible_seconds`: of each round at a steady rate.

    `retries`: how often a measurement is repeated in which something else used the machine;
    `patience_seconds`: how long, in all, is waited for the machine to be quiet.
    `fair_seconds`, `fair_events`: how long one site does its worst, and how many events it sends then. For as long
    batches are looked at before a slot moves.
    `rich_events`: with every field. `node_events`, `node_read_events`: what Node's processor gets, a transaction an
    event and a read: it takes 30 times as long over one as ours.
    `year_questions`: how often each is asked, a round, about the totals, the days and so many dimensions; in the
    site's zone twice as often.
    `log_lines`: of the log that is imported. `rate_events`: what each set grows by, a round.
    `move_events`: of the slot that is moved, `moves` times and once more.
    `plain_sets`, `year_set`: millions of stored events; `makes_sets`:
    also where they are not there yet.
    """

    name: str
    rounds: int
    seconds: float
    retries: int
    patience_seconds: float
    events: int
    rich_events: int
    node_events: int
    node_read_events: int
    scaling_events: int
    scaling_workers: tuple[int, ...]
    visible_seconds: float
    fair_seconds: float
    fair_events: int
    paths: int
    questions: int
    year_questions: int
    year_dimensions: int
    rate_events: int
    move_events: int
    moves: int
    log_lines: int
    plain_sets: tuple[float, ...]
    year_set: float
    makes_sets: bool
    asks_umami: bool


SMOKE = Form(
    name="smoke",
    rounds=2,
    seconds=1,
    retries=0,
    patience_seconds=0,
    events=3_000,
    rich_events=3_000,
    node_events=100,
    node_read_events=300,
    scaling_events=2_000,
    scaling_workers=(1, 2),
    visible_seconds=1,
    fair_seconds=2,
    fair_events=5_000,
    paths=5_000,
    questions=3,
    year_questions=1,
    year_dimensions=22,
    rate_events=600,
    move_events=2_000,
    moves=1,
    log_lines=2_000,
    plain_sets=(0.01, 0.02, 0.03),
    year_set=0.02,
    makes_sets=True,
    asks_umami=True,
)
"""Shows that everything runs; its figures mean nothing."""
SHORT = Form(
    name="short",
    rounds=5,
    seconds=1,
    retries=1,
    patience_seconds=30,
    events=20_000,
    rich_events=10_000,
    node_events=1_000,
    node_read_events=2_000,
    scaling_events=10_000,
    scaling_workers=(1, 2),
    visible_seconds=2,
    fair_seconds=10,
    fair_events=120_000,
    paths=200_000,
    questions=5,
    year_questions=1,
    year_dimensions=6,
    rate_events=10_000,
    move_events=100_000,
    moves=2,
    log_lines=50_000,
    plain_sets=(1, 10, 50),
    year_set=10,
    makes_sets=False,
    asks_umami=False,
)
"""Within minutes; of the data sets it takes what is there."""
LONG = Form(
    name="long",
    rounds=5,
    seconds=6,
    retries=3,
    patience_seconds=600,
    events=50_000,
    rich_events=50_000,
    node_events=50_000,
    node_read_events=50_000,
    scaling_events=100_000,
    scaling_workers=(1, 2, 4),
    visible_seconds=20,
    fair_seconds=40,
    fair_events=400_000,
    paths=200_000,
    questions=50,
    year_questions=10,
    year_dimensions=22,
    rate_events=20_000,
    move_events=1_000_000,
    moves=4,
    log_lines=1_000_000,
    plain_sets=(1, 10, 50),
    year_set=10,
    makes_sets=True,
    asks_umami=True,
)
"""Within three quarters of an hour once the data sets are there."""
FORMS = {form.name: form for form in (SMOKE, SHORT, LONG)}
