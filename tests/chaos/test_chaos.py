"""The short form: every kind of fault once, under load, several together. `make chaos` is the long one."""

import random
from collections.abc import Iterator

import pytest

from tests.chaos.faults import Fault, all_faults, draw_groups
from tests.chaos.power_cut import compiler
from tests.chaos.trial import Trial

pytestmark = [
    pytest.mark.e2e,
    # pg8000 leaves a socket to the garbage collector when the server refuses it
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
SEED = 1
TOGETHER = 6
INGEST_SIDE = ("SIGSTOP ingest", "network client-ingest slow", "network ingest-redis half")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A running system and its load."""
    folder = tmp_path_factory.mktemp("chaos")
    with Trial(folder, SEED) as one:
        one.window([])
        yield one


def split(faults: list[Fault]) -> tuple[list[Fault], list[Fault]]:
    """Those on ingest's side, which go with poison, and the others."""
    beside = [fault for fault in faults if fault.name in INGEST_SIDE]
    return beside, [fault for fault in faults if fault not in beside]


def test_whatever_dies_each_acknowledged_event_is_stored_once_and_every_figure_is_right(trial: Trial) -> None:
    _, faults = split(all_faults())
    for group in draw_groups(faults, random.Random(SEED), TOGETHER, TOGETHER):
        trial.window(group)
    assert trial.problems == []
    assert trial.verify.times > 0
    assert {fault.name for fault in faults} <= trial.rows.keys()


def test_a_poisonous_event_ends_as_one_dead_letter_and_its_neighbours_are_stored(trial: Trial) -> None:
    beside, _ = split(all_faults())
    trial.poison(beside)
    assert trial.problems == []


def test_a_rolling_restart_under_load_answers_or_refuses_every_request(trial: Trial) -> None:
    trial.rolling_restart()
    assert trial.problems == []


@pytest.mark.skipif(not compiler(), reason="a power cut needs gcc for its shim")
def test_the_check_notices_what_a_power_cut_takes_under_everysec(trial: Trial) -> None:
    assert trial.power_cut_under_everysec() > 0
