"""The short form: the kinds of faults once each, under load, several together. `make chaos` is the long one.

tests/e2e/test_survival.py kills the supervisor; the long form does that under load, too.
"""

import random
from collections.abc import Iterator

import pytest

from tests.chaos.faults import Fault, all_faults, draw_groups
from tests.chaos.injections import pending_of_first_poller
from tests.chaos.power_cut import compiler
from tests.chaos.processes import wait_until
from tests.chaos.table import Table
from tests.chaos.trial import Trial

pytestmark = [
    pytest.mark.e2e,
    # pg8000 leaves a socket to the garbage collector when the server refuses it
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
SEED = 1
TOGETHER = 6
GROUPS = (("SIGSTOP poller-a", "SIGSTOP ingest"), ("SIGSTOP process", "SIGSTOP valkey", "SIGSTOP postgres"))
LONG_FORM_ONLY = ("PostgreSQL down",)  # a kill's restart and more refused connections
BESIDE_POISON = ("network client-ingest slow", "network ingest-redis half")
"""What touches ingest alone: what is counted against a poisonous event is not to be taken for an outage."""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A running system and its load."""
    folder = tmp_path_factory.mktemp("chaos")
    with Trial(folder, SEED, Table()) as one:
        one.load.events_per_second = 500
        one.window([])
        yield one


def named(*names: str) -> list[Fault]:
    faults = {fault.name: fault for fault in all_faults()}
    return [faults[name] for name in names]


def test_whatever_dies_each_acknowledged_event_is_stored_once_and_every_figure_is_right(trial: Trial) -> None:
    known = {name for names in (*GROUPS, BESIDE_POISON, LONG_FORM_ONLY) for name in names}
    others = [fault for fault in all_faults() if fault.name not in known]
    groups = [named(*names) for names in GROUPS] + draw_groups(others, random.Random(SEED), TOGETHER, TOGETHER)
    for group in groups:
        trial.window(group)
    assert trial.table.problems == []
    assert trial.verify.times > 0
    assert trial.system.zombies > 0


def test_a_poisonous_event_ends_as_one_dead_letter_and_its_neighbours_are_stored(trial: Trial) -> None:
    trial.poison(named(*BESIDE_POISON))
    assert trial.table.problems == []


def test_a_rolling_restart_under_load_answers_or_refuses_every_request(trial: Trial) -> None:
    trial.rolling_restart()
    assert trial.table.problems == []


def test_what_a_poller_delivers_again_after_all_others_is_no_double_of_the_next_round(trial: Trial) -> None:
    late, other, process = (trial.system.process(name) for name in ("poller-a", "poller-b", "process"))
    late.freeze()
    other.freeze()
    trial.send_at_full_speed(events=5_000)
    process.freeze()
    late.thaw()
    wait_until(lambda: pending_of_first_poller(trial.system) > 0, 10, "entries in the hands of the first poller")
    late.freeze()  # with more than one batch of them, none delivered
    process.thaw()
    other.thaw()
    trial.drain()
    trial.start_round()
    late.thaw()
    trial.window([])
    assert trial.table.problems == []


@pytest.mark.skipif(not compiler(), reason="a power cut needs gcc for its shim")
def test_the_check_notices_what_a_power_cut_takes_under_everysec(trial: Trial) -> None:
    assert trial.power_cut_under_everysec() > 0
