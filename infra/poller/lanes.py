"""Runs the lanes, one thread each, until stopped or for a given time."""

import logging
import math
import random
import threading
import time
from datetime import UTC, datetime

from common.errors import Unavailable
from common.log import fields
from common.redis.client import translated
from common.redis.clock import read_clock
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings
from infra.poller.crew import Crew
from infra.poller.delivery import Limits
from infra.poller.invoker import Invoker, Outage
from infra.poller.lane import Lane
from infra.poller.metrics import emit, format_metrics
from infra.poller.pace import Pace
from infra.poller.queue_watch import QueueWatch
from infra.poller.salt_removal import SaltRemoval
from infra.poller.sites.publisher import SitePublisher, publish_sites
from infra.poller.turn import LONGEST_SECONDS, Turn
from infra.queue.consumer import Note, RedisQueue
from infra.queue.lead import Lead
from infra.queue.status import read_status

LONGEST_PAUSE_SECONDS = 5.0
IDLE_BLOCK_MS = 1_000
REPORT_EVERY_SECONDS = 15.0

log = logging.getLogger("poller")


def poll(
    settings: Settings,
    redis: "Redis",
    invoker: Invoker,
    stop: threading.Event,
    seconds: float = math.inf,
    watch: QueueWatch | None = None,
    note: Note | None = None,
) -> None:
    """Run until `stop` is set or `seconds` have passed. Batches in flight are finished first.

    `watch`: who else asks it what it has seen; None: nobody does. `note`: see RedisQueue.
    """
    ends_at = time.monotonic() + seconds
    claim_every_seconds = settings.claim_idle_seconds / 3
    threads = [
        threading.Thread(target=run_lane, args=(lane, stop, claim_every_seconds), name=f"lane-{index}")
        for index, lane in enumerate(build_lanes(settings, redis, invoker, stop, note))
    ]
    watch = watch or QueueWatch(settings, redis, invoker)
    threads.append(threading.Thread(target=watch.run, args=(stop,), name="watch"))
    publisher = SitePublisher(redis, settings, invoker)
    threads.append(threading.Thread(target=publish_sites, args=(publisher, stop), name="sites"))
    for thread in threads:
        thread.start()
    log.info("polling", extra=fields(lanes=len(threads) - 2, stream=settings.stream_name))
    removal, clocks = SaltRemoval(redis, settings), False
    while not stop.is_set() and (left := ends_at - time.monotonic()) > 0:
        remove_salts(removal, settings, redis)
        clocks = warn_of_clocks(settings, redis, clocks)
        if settings.metrics == "emf":
            report_queue(settings, redis)
        stop.wait(min(left, REPORT_EVERY_SECONDS))
    stop.set()
    for thread in threads:
        thread.join()
    log.info("stopped")


def report_queue(settings: Settings, redis: "Redis") -> None:
    """Emit the queue's metrics, which the alarms use; emit nothing while Redis does not answer."""
    try:
        status = read_status(redis, settings)
    except Unavailable as error:
        log.warning("no metrics: the queue can't be read", extra=fields(reason=error.detail))
        return
    values = {
        "OldestPendingAgeSeconds": (status.oldest_age_seconds, "Seconds"),
        "BacklogEvents": (status.events, "Count"),
        "DeadLetters": (status.dead_letters, "Count"),
    }
    emit(format_metrics("poller", values, datetime.now(UTC)))


def remove_salts(removal: SaltRemoval, settings: Settings, redis: "Redis") -> None:
    """Remove expired salts, by the queue's clock; if that fails now, a later call tries again."""
    try:
        with translated():
            now = read_clock(redis, ShardKeys.of(settings.stream_name, 0).salts)
        removal.step(datetime.fromtimestamp(now / 1000, UTC))
    except Unavailable as error:
        log.warning("expired salts are not removed yet", extra=fields(reason=error.detail))


def warn_of_clocks(settings: Settings, redis: "Redis", is_told: bool) -> bool:
    """Log what is wrong with the clocks, unless it is told already; returns whether it is now."""
    try:
        faults = read_status(redis, settings).faults_of_clocks
    except Unavailable:
        return is_told
    if not is_told:
        for sentence in faults:
            log.error("THE CLOCKS DIFFER: %s", sentence)
    return bool(faults)


def pause_seconds(failures: int) -> float:
    """How long to wait after `failures` failures in a row: exponential backoff with jitter, bounded."""
    return random.uniform(0.05, min(LONGEST_PAUSE_SECONDS, 0.1 * 2 ** min(failures, 10)))  # noqa: S311 - no secret


def run_lane(lane: Lane, stop: threading.Event, claim_every_seconds: float) -> None:
    """Step until `stop` is set. A batch in flight is finished first."""
    failures, next_claim = 0, 0.0
    while not stop.is_set():
        is_claim_due = time.monotonic() >= next_claim
        try:
            lane.step(claim=is_claim_due)
        except (Outage, Unavailable) as error:
            failures += 1
            log.warning("waiting", extra=fields(reason=str(error), failures=failures))
            stop.wait(pause_seconds(failures))
        except Exception:  # a lane must survive its own bugs; nothing is acknowledged here
            failures += 1
            log.exception("lane failed")
            stop.wait(pause_seconds(failures))
        else:
            failures = 0
            if is_claim_due:
                next_claim = time.monotonic() + claim_every_seconds


def build_lanes(
    settings: Settings, redis: "Redis", invoker: Invoker, stop: threading.Event, note: Note | None = None
) -> list[Lane]:
    """`poller_lanes` lanes for each shard, and one for its overflow, so that loud sites take a bounded share."""

    def pause(failures: int) -> None:
        if stop.wait(pause_seconds(failures)):
            raise Outage("stopping")

    limits = Limits(
        max_events=settings.batch_max_events,
        max_bytes=settings.batch_max_bytes,
        # Stay well within the time-out: a read that blocks longer would look like a dead server.
        idle_block_ms=min(IDLE_BLOCK_MS, int(settings.redis_timeout_seconds * 500)),
        max_attempts=settings.event_max_attempts,
    )
    lanes = []
    for shard in settings.all_shards:
        count = settings.poller_lanes if shard < settings.stream_shards else 1
        lead = Lead(redis, settings, shard, LONGEST_SECONDS)
        turn = Turn(Crew(invoker, count), Pace(settings.batch_linger_ms / 1000, time.monotonic), lead=lead)
        queues = [RedisQueue(redis, settings, shard, number, note) for number in range(count)]
        lanes += [Lane(queue, turn, limits, pause, stop.wait) for queue in queues]
    return lanes
