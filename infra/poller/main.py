"""The poller's process: runs the lanes and a health server, and shuts down cleanly on SIGTERM."""

import logging
import sys
from typing import Any

from common.errors import Unavailable
from common.log import configure, fields
from common.redis.client import connect
from common.redis.driver import Redis
from common.settings import Settings
from infra.health import Shown, serve_health
from infra.poller.http_invoker import HttpInvoker
from infra.poller.invoker import Invoker
from infra.poller.lanes import poll
from infra.poller.queue_watch import QueueWatch
from infra.queue.safety import find_unsafe
from infra.queue.status import read_status
from infra.stop import catch_stop

log = logging.getLogger("poller")


def read_readiness(
    settings: Settings, redis: "Redis", invoker: Invoker, watch: QueueWatch | None = None
) -> tuple[bool, dict[str, Any]]:
    """Ready if the queue and the processor answer, no entry has waited too long, and nothing was lost unnoticed."""
    processor = invoker.is_ready()
    try:
        queue = read_status(redis, settings)
    except Unavailable as error:
        return False, {"processor": processor, "queue": error.detail}
    is_moving = queue.oldest_age_seconds <= settings.oldest_pending_max_seconds
    details: dict[str, Any] = {"processor": processor, "queue": queue.as_dict()}
    if faults := queue.faults_of_clocks:
        details["clocks"] = faults
    losses = watch.losses if watch else ()
    if losses:
        details["losses"] = [loss.describe() for loss in losses]
    return processor and is_moving and not losses and not faults, details


def warn_of_unsafe(settings: Settings, redis: "Redis") -> None:
    """Log the settings of the queue's server that could lose events."""
    try:
        for sentence in find_unsafe(redis, settings):
            log.error("THE QUEUE IS UNSAFE: %s", sentence)
    except Unavailable as error:
        log.warning("could not check whether the queue is safe", extra=fields(reason=error.detail))


def build_invoker(settings: Settings) -> Invoker:
    """Invoke over HTTP, or through AWS Lambda if PROCESS_FUNCTION is set."""
    if settings.process_function:
        from infra.poller.lambda_invoker import LambdaInvoker  # needs botocore, which is only installed in a cloud

        return LambdaInvoker(settings.process_function, settings.process_timeout_seconds)
    return HttpInvoker(settings.process_url, settings.process_timeout_seconds, settings.process_key)


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.load_or_exit()
    configure(settings.log_level)
    stop = catch_stop()

    redis = connect(settings)
    invoker = build_invoker(settings)
    shown, note = None, None
    if settings.metrics_key:  # it needs prometheus-client, which not every host has
        from infra.poller.measured import Measuring

        measuring = Measuring()
        invoker, note = measuring.measure(invoker), measuring.note
        shown = Shown(settings.metrics_key, measuring.render)
        measuring.watch(lambda: read_status(redis, settings), lambda: len(watch.losses))
    watch = QueueWatch(settings, redis, invoker)
    health = serve_health(
        settings.listen_host, settings.poller_port, lambda: read_readiness(settings, redis, invoker, watch), shown
    )
    warn_of_unsafe(settings, redis)
    poll(settings, redis, invoker, stop, watch=watch, note=note)
    health.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
