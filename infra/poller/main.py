"""The poller's process: one thread a lane, a health server, and a clean end on SIGTERM."""

import logging
import random
import signal
import sys
import threading
import time
from typing import Any

from redis import Redis

from common.adapters.queue_status import read_status
from common.adapters.redis_client import connect
from common.adapters.redis_queue import RedisQueue
from common.errors import Unavailable
from common.log import configure, fields
from common.settings import Settings
from infra.poller.health import serve_health
from infra.poller.invoker import HttpInvoker, Invoker, Outage
from infra.poller.lane import Lane, Limits

LONGEST_PAUSE_SECONDS = 5.0
IDLE_BLOCK_MS = 1_000

log = logging.getLogger("poller")


def pause_seconds(failures: int) -> float:
    """How long to wait after so many failures in a row: doubling from 0.1 s, bounded, with full jitter."""
    return random.uniform(0.05, min(LONGEST_PAUSE_SECONDS, 0.1 * 2 ** min(failures, 10)))  # noqa: S311 - no secret


def run_lane(lane: Lane, stop: threading.Event, claim_every_seconds: float) -> None:
    """Step until told to stop; what is in flight then is finished first."""
    failures, next_claim = 0, 0.0
    while not stop.is_set():
        is_claim_due = time.monotonic() >= next_claim
        try:
            lane.step(claim=is_claim_due)
        except (Outage, Unavailable) as error:
            failures += 1
            log.warning("waiting", extra=fields(reason=str(error), failures=failures))
            stop.wait(pause_seconds(failures))
        except Exception:  # a lane must outlive any fault of its own; nothing is acknowledged by it
            failures += 1
            log.exception("lane failed")
            stop.wait(pause_seconds(failures))
        else:
            failures = 0
            if is_claim_due:
                next_claim = time.monotonic() + claim_every_seconds


def build_lanes(settings: Settings, redis: "Redis", invoker: Invoker, stop: threading.Event) -> list[Lane]:
    """`poller_lanes` lanes for each shard."""

    def pause(failures: int) -> None:
        if stop.wait(pause_seconds(failures)):
            raise Outage("stopping")

    limits = Limits(
        max_events=settings.batch_max_events,
        max_bytes=settings.batch_max_bytes,
        linger_ms=settings.batch_linger_ms,
        idle_block_ms=IDLE_BLOCK_MS,
        max_attempts=settings.event_max_attempts,
    )
    return [
        Lane(RedisQueue(redis, settings, shard, number), invoker, limits, pause)
        for shard in range(settings.stream_shards)
        for number in range(settings.poller_lanes)
    ]


def read_readiness(settings: Settings, redis: "Redis", invoker: Invoker) -> tuple[bool, dict[str, Any]]:
    """Ready: the queue and the processor answer, and nothing has waited for too long."""
    processor = invoker.is_ready()
    try:
        queue = read_status(redis, settings)
    except Unavailable as error:
        return False, {"processor": processor, "queue": error.detail}
    is_moving = queue.oldest_age_seconds <= settings.oldest_pending_max_seconds
    return processor and is_moving, {"processor": processor, "queue": queue.as_dict()}


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.load()
    configure(settings.log_level)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())

    redis = connect(settings)
    invoker = HttpInvoker(settings.process_url, settings.process_timeout_seconds)
    health = serve_health(settings.listen_host, settings.poller_port, lambda: read_readiness(settings, redis, invoker))
    claim_every_seconds = settings.claim_idle_seconds / 3
    threads = [
        threading.Thread(target=run_lane, args=(lane, stop, claim_every_seconds), name=f"lane-{index}")
        for index, lane in enumerate(build_lanes(settings, redis, invoker, stop))
    ]
    for thread in threads:
        thread.start()
    log.info("polling", extra=fields(lanes=len(threads), stream=settings.stream_name))
    stop.wait()
    for thread in threads:
        thread.join()
    health.shutdown()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
