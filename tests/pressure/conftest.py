"""The real parts, over the test's own stream and database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.settings import Settings
from tests.pressure.parts import Parts


@pytest.fixture
def parts(settings: Settings, tmp_path: Path) -> Iterator[Parts]:
    """Any of the parts."""
    started = Parts(settings, tmp_path)
    yield started
    started.stop()


@pytest.fixture
def queue_parts(stream_settings: Settings, tmp_path: Path) -> Iterator[Parts]:
    """Parts that need no database."""
    started = Parts(stream_settings, tmp_path)
    yield started
    started.stop()
