"""The poller as a scheduled function: it drains the stream for most of its period, then makes room for the next."""

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
    """What Lambda tells an invocation."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> dict[str, float]:  # noqa: ARG001
    """Poll for `poller_drain_seconds`, less where the function's own time-out leaves less.

    The time-out should exceed it by `process_timeout_seconds`, so that a batch in flight is finished.
    """
    left = context.get_remaining_time_in_millis() / 1000 - settings.process_timeout_seconds
    seconds = min(settings.poller_drain_seconds, left)
    if seconds < settings.poller_drain_seconds:
        log.warning("the function's time-out is too short", extra=fields(drain_seconds=round(seconds, 1)))
    poll(settings, redis, invoker, threading.Event(), seconds)
    return {"drained_seconds": round(max(seconds, 0), 1)}
