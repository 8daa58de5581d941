"""The short form: the kinds of faults once each, under load, several together. `make chaos` is the long one.

tests/e2e/test_survival.py kills the supervisor; the long form does that under load, too.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.conftest import EVENTS_PER_SECOND, SEED
from tests.chaos.faults import Fault, all_faults, draw_groups, named
from tests.chaos.table import Table
from tests.chaos.test_poison_and_restarts import BESIDE_POISON
from tests.chaos.trial import Trial

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    # pg8000 leaves a socket to the garbage collector when the server refuses it
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
TOGETHER = 6
GROUPS = (("SIGSTOP poller-a", "SIGSTOP ingest"), ("SIGSTOP process", "SIGSTOP valkey", "SIGSTOP postgres"))
LONG_FORM_ONLY = ("PostgreSQL down",)  # a kill's restart and more refused connections


def test_whatever_dies_each_acknowledged_event_is_stored_once_and_every_figure_is_right(tmp_path: Path) -> None:
    known = {name for names in (*GROUPS, BESIDE_POISON, LONG_FORM_ONLY) for name in names}
    others = [fault for fault in all_faults() if fault.name not in known]
    groups = [named(*names) for names in GROUPS] + draw_groups(others, random.Random(SEED), TOGETHER, TOGETHER)
    folders = tmp_path / "one", tmp_path / "other"
    with ThreadPoolExecutor() as systems:  # most of a fault's time is waiting: two systems have half of them each
        zombies = [*systems.map(go_through, folders, (groups[::2], groups[1::2]))]
    assert sum(zombies) > 0


def go_through(folder: Path, groups: Sequence[Sequence[Fault]]) -> int:
    """These groups of faults, to a system of their own; how often a poller woke up late."""
    folder.mkdir()
    with Trial(folder, SEED, Table()) as trial:
        trial.load.events_per_second = EVENTS_PER_SECOND
        for group in groups:
            trial.window(group)
        assert trial.table.problems == []
        assert trial.verify.times > 0
        return trial.system.zombies
