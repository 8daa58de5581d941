"""A site with the tracker, before a real ingest and its queue."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from common.settings import Settings
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website
from tests.pressure.parts import Parts, RunningPart

Tag = Callable[..., str]


@pytest.fixture
def website() -> Iterator[Website]:
    """A site to add pages to."""
    one = Website()
    yield one
    one.close()


@pytest.fixture
def parts(stream_settings: Settings, tmp_path: Path) -> Iterator[Parts]:
    """Parts that need no database."""
    started = Parts(stream_settings, tmp_path)
    yield started
    started.stop()


@pytest.fixture
def ingest(parts: Parts) -> RunningPart:
    """A real ingest."""
    return parts.start("ingest")


@pytest.fixture
def queue(redis: Redis, stream_settings: Settings) -> Queue:
    """What ingest has accepted."""
    return Queue(redis, stream_settings)


@pytest.fixture
def tag(ingest: RunningPart) -> Tag:
    """Makes the script's element, with its options: `tag("data-hash", name="script.all.js")`."""
    return lambda *options, name="script.js": (
        f'<script defer src="{ingest.url}/{name}" data-site="blog" {" ".join(options)}></script>'
    )
