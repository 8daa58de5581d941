"""The poller as a scheduled function: it drains the stream for most of its period, then ends before the next run."""

import logging
import threading
from typing import Any, Protocol

from common.log import configure, fields
from common.redis.client import connect
from common.settings import Settings
from infra.poller.lambda_invoker import LambdaInvoker
from infra.poller.lanes import poll

log = logging.getLogger("poller")

settings = Settings.load_or_exit()
configure(settings.log_level)
redis = connect(settings)
invoker = LambdaInvoker(settings.process_function, settings.process_timeout_seconds)


class Context(Protocol):
    """The part of Lambda's context object that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> dict[str, float]:  # noqa: ARG001
    """Poll for `poller_drain_seconds`, or less if the function's own time-out leaves less.

    The time-out should be longer by `process_timeout_seconds`, so that a batch in flight can finish.
    """
    left = context.get_remaining_time_in_millis() / 1000 - settings.process_timeout_seconds
    seconds = min(settings.poller_drain_seconds, left)
    if seconds < settings.poller_drain_seconds:
        log.warning("the function's time-out is too short", extra=fields(drain_seconds=round(seconds, 1)))
    poll(settings, redis, invoker, threading.Event(), seconds)
    return {"drained_seconds": round(max(seconds, 0), 1)}
