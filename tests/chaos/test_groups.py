"""The short form, continued: two groups, between which slots are moved in the middle of the load."""

from pathlib import Path

import pytest

from tests.chaos.conftest import EVENTS_PER_SECOND, SEED
from tests.chaos.faults import MOVES, named
from tests.chaos.table import Table
from tests.chaos.trial import Trial

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.long,
    # pg8000 leaves a socket to the garbage collector when the server refuses it
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_whoever_dies_while_slots_are_moved_each_acknowledged_event_is_stored_once_in_its_group(tmp_path: Path) -> None:
    with Trial(tmp_path, SEED, Table(), has_groups=True) as trial:
        trial.load.events_per_second = EVENTS_PER_SECOND
        for names in MOVES:
            trial.window(named(*names))
        assert trial.table.problems == []
        assert trial.verify.times > 0
