"""How long, how often and how much: the forms of the benchmark."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """`retries`: how often a measurement is repeated in which something else used the machine.

    `node_events`, `node_read_events`: how many events Node's processor gets, a transaction an event and a read;
    it takes 30 times as long over one as ours. `sets`: millions of stored events; `makes_sets`: also where they
    are not there yet.
    """

    name: str
    rounds: int
    seconds: float
    retries: int
    events: int
    node_events: int
    node_read_events: int
    scaling_events: int
    visible_seconds: float
    paths: int
    questions: int
    sets: tuple[float, ...]
    makes_sets: bool
    asks_umami: bool


FORMS = {
    form.name: form
    for form in (
        Form("smoke", 2, 0.3, 0, 3_000, 100, 300, 2_000, 1.0, 5_000, 3, (0.02,), makes_sets=True, asks_umami=True),
        Form("short", 5, 1.5, 1, 50_000, 1_500, 3_000, 15_000, 4, 200_000, 20, (1, 10), makes_sets=False, asks_umami=False),
        Form("long", 7, 8, 3, 50_000, 50_000, 50_000, 150_000, 30, 200_000, 50, (1, 10, 50), makes_sets=True, asks_umami=True),
    )
}
