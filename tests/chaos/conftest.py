"""A running system for the short form."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.chaos.erasable import Eraser, WholeSystem
from tests.chaos.load import EventLoop
from tests.chaos.table import Table
from tests.chaos.trial import Trial

SEED = 1
EVENTS_PER_SECOND = 250.0


@pytest.fixture
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A running system and its load, of the test's own: what one finds wrong is not found again by the next."""
    with Trial(tmp_path_factory.mktemp("chaos"), SEED, Table()) as one:
        one.load.events_per_second = EVENTS_PER_SECOND
        yield one


@pytest.fixture
def eraser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Eraser]:
    """A running system in which somebody erases."""
    folder = tmp_path_factory.mktemp("erasing")
    folder.chmod(0o755)  # PostgreSQL may run as another user
    with closing(EventLoop()) as loop, closing(WholeSystem(folder, loop, SEED)) as system:
        system.start()
        with closing(Eraser(system, SEED)) as one:
            yield one
