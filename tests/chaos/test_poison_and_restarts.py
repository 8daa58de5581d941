"""The short form, continued: what is no single fault, and whether the check would notice."""

import pytest

from tests.chaos.faults import named
from tests.chaos.injections import pending_of_first_poller
from tests.chaos.power_cut import compiler
from tests.chaos.processes import wait_until
from tests.chaos.trial import Trial

pytestmark = [pytest.mark.e2e, pytest.mark.long]
FAILED_ALONE = "event failed alone"
STARVED = ("process starved of CPU",)
BESIDE_POISON = ("network client-ingest slow", "network ingest-redis half")
"""What touches ingest alone: what is counted against a poisonous event is not to be taken for an outage."""


def test_a_poisonous_event_ends_as_one_dead_letter_and_its_neighbours_are_stored(trial: Trial) -> None:
    trial.poison(named(*BESIDE_POISON))
    assert trial.table.problems == []


def test_a_slow_processor_counts_against_no_event(trial: Trial) -> None:
    pollers = [trial.system.process(name) for name in ("poller-a", "poller-b")]
    trial.window(named(*STARVED))
    assert trial.table.problems == []
    assert sum(poller.log.count(FAILED_ALONE) for poller in pollers) == 0


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
    wait_until(lambda: pending_of_first_poller(trial.system) > 0, 60, "entries in the hands of the first poller")
    late.freeze()  # with more than a batch of them, so that some are not delivered yet
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
