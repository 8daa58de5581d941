"""Watches the queue: tells the processor what it holds, and says what it has lost."""

import json
import logging
import threading
import time

from pydantic import BaseModel, TypeAdapter, ValidationError

from common.errors import AnalyticsError
from common.log import fields
from common.redis.driver import Redis
from common.settings import Settings
from common.wire import encode_sightings
from common.witness.sighting import Loss, Sighting
from infra.poller.invoker import Invoker
from infra.queue.sightings import look

LOOK_EVERY_SECONDS = 1.0
TELL_EVERY_SECONDS = 15.0
"""How often the processor is told of a queue that does not change; its answer says whether a loss was accepted."""

log = logging.getLogger("poller")


class Told(BaseModel):
    """The processor's answer: each shard's next mark, and the losses that no operator has accepted."""

    next: dict[int, int]
    losses: list[Loss]


class QueueWatch:
    """One thread runs it; `losses` may be read by any."""

    def __init__(self, settings: Settings, redis: "Redis", invoker: Invoker) -> None:
        self._settings = settings
        self._redis = redis
        self._invoker = invoker
        self._next_marks: dict[int, int] = {}
        self._told: list[tuple[str, int, int, int]] = []
        self._remembered: list[Sighting] = []
        self._next_tell = 0.0
        self.losses: tuple[Loss, ...] = ()
        """Those that no operator has accepted, as far as the processor has told."""

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set. What fails is tried again: the lanes say already what is down."""
        while not stop.is_set():
            try:
                self.step()
            except AnalyticsError as error:
                log.debug("the queue is not watched just now", extra=fields(reason=str(error)))
            except Exception:  # as a lane, it must survive its own bugs
                log.exception("watching the queue failed")
            stop.wait(LOOK_EVERY_SECONDS)

    def step(self) -> None:
        """Look once, and tell the processor if there is news. Raises AnalyticsError."""
        sightings = look(self._redis, self._settings, self._next_marks, self._remembered)
        news = [(one.generation, one.mark, one.accepted, one.queued) for one in sightings]
        if news == self._told and time.monotonic() < self._next_tell:
            return
        self._take(self._invoker.observe(encode_sightings(sightings)), sightings)
        self._told, self._next_tell = news, time.monotonic() + TELL_EVERY_SECONDS

    def _take(self, answer: bytes, sightings: list[Sighting]) -> None:
        try:
            told = _TOLD.validate_python(json.loads(answer).get("queue"))
        except (ValidationError, ValueError, AttributeError):
            return  # a processor of an older version
        self._remembered = sightings
        self._next_marks = {one.shard: told.next.get(one.shard, 0) for one in sightings}
        known = {loss.id for loss in self.losses}
        for loss in told.losses:
            if loss.id not in known:
                log.error("%s: %s", loss.heading, loss.describe(), extra=fields(loss=loss.id))
        self.losses = tuple(told.losses)


_TOLD: TypeAdapter[Told] = TypeAdapter(Told)
