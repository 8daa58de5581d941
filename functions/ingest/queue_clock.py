"""When events are received, by the queue's clock: an instance whose own clock is wrong stamps rightly."""

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from common.errors import Unavailable
from common.redis.clock import MOST_DIFFERENCE_SECONDS, describe_difference

MEASURE_EVERY_SECONDS = 10.0
AGREE_SECONDS = 1.0
"""Clocks that differ by less agree: a measurement is no more exact than a request to Redis is quick."""

log = logging.getLogger(__name__)


class QueueClock:
    """Our own clock, corrected by what it differs from the queue's. It is measured now and then."""

    def __init__(self, read_milliseconds: Callable[[], Awaitable[int]], own: Callable[[], float] = time.time) -> None:
        """`read_milliseconds`: the queue's clock; raises Unavailable. `own`: ours, in seconds since 1970."""
        self._read_milliseconds = read_milliseconds
        self._own = own
        self._next = 0.0
        self._base = 0.0
        self._is_told = False
        self.ahead_seconds = 0.0
        """How far our own clock is ahead of the queue's, as last measured; negative: behind."""

    def now(self) -> datetime:
        """The queue's time, in UTC."""
        own = datetime.fromtimestamp(self._own(), UTC)
        return own if abs(self.ahead_seconds) < AGREE_SECONDS else own - timedelta(seconds=self.ahead_seconds)

    @property
    def is_due(self) -> bool:
        """Whether to measure again: after a while, or where our own clock was set since."""
        passed = time.monotonic()
        return passed >= self._next or abs(self._own() - passed - self._base) > AGREE_SECONDS

    @property
    def is_right(self) -> bool:
        """Whether our own clock is near enough to the queue's."""
        return abs(self.ahead_seconds) <= MOST_DIFFERENCE_SECONDS

    @property
    def fault(self) -> str:
        """What is wrong, for people."""
        return describe_difference("this instance", self.ahead_seconds)

    async def measure(self) -> None:
        """Compare the clocks. Where the queue does not answer, what was known stays: no event is accepted anyway."""
        began, own = time.monotonic(), self._own()
        try:
            theirs = await self._read_milliseconds() / 1000
        except Unavailable:
            return
        ended = time.monotonic()
        self._base, self._next = own - began, ended + MEASURE_EVERY_SECONDS
        self.ahead_seconds = own + (ended - began) / 2 - theirs
        if not self.is_right and not self._is_told:
            log.error("%s Events get the queue's time.", self.fault)
        self._is_told = not self.is_right
