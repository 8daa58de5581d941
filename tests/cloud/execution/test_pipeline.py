"""From a request behind the API to the figures, every bundle executed, the poller's invocations included."""

import signal
import subprocess
import sys
import time
import uuid
from typing import Any

import pytest

from infra.local.address import free_port
from tests.cloud.execution.cloud import Cloud, post, read_metrics
from tests.cloud.execution.function import Function
from tests.cloud.execution.test_functions import EVENT, ask_stats
from tests.cloud.template import REGION, ROOT


@pytest.fixture(scope="module")
def process(cloud: Cloud, aws_lambda: Any, schema: None) -> str:
    """The process function at the Lambda API: its name."""
    return cloud.create(aws_lambda, "process")


def test_an_event_goes_all_the_way(
    cloud: Cloud, process: str, ingest: Function, stats: Function, empty_queue: None
) -> None:
    site = f"site-{uuid.uuid4().hex}"
    poller = cloud.deploy("poller", PROCESS_FUNCTION=process, POLLER_DRAIN_SECONDS="3")

    assert ingest.invoke(post("/event", {**EVENT, "site_id": site})).content["statusCode"] == 202
    batch = [{**EVENT, "site_id": site, "user_id": f"user-{n}", "path": f"/{n % 7}"} for n in range(500)]
    assert ingest.invoke(post("/events", batch)).content["statusCode"] == 202

    drained = poller.invoke({"source": "aws.scheduler"})

    assert drained.content == {"drained_seconds": 3.0}
    assert drained.seconds < 6
    status, figures = ask_stats(stats, site)
    assert status == 200
    assert (figures["total_views"], figures["unique_users"]) == (501, 501)
    with cloud.administer_queue() as redis:
        assert redis.xlen("{events:0}") == 0
    metrics = read_metrics(drained.log)
    assert metrics.keys() == {"OldestPendingAgeSeconds", "BacklogEvents", "DeadLetters"}
    assert metrics["BacklogEvents"][0] in (0, 501)
    assert metrics["DeadLetters"] == [0]


def test_the_metrics_behind_the_alarms_tell_of_a_backlog_its_age_and_dead_letters(
    cloud: Cloud, aws_lambda: Any, ingest: Function, empty_queue: None
) -> None:
    with cloud.administer_queue() as redis:
        redis.hset("{events:0}:dead-letters", "0:1-0/0", "{}")
        ingest.invoke(post("/events", [EVENT] * 3))
    poller = cloud.deploy("poller", PROCESS_FUNCTION="a-function-that-is-not-there", POLLER_DRAIN_SECONDS="2")
    drained = poller.invoke({})
    metrics = read_metrics(drained.log)
    assert metrics["BacklogEvents"] == [3]
    assert metrics["DeadLetters"] == [1]
    [age] = metrics["OldestPendingAgeSeconds"]
    assert age > 0
    assert '"level": "WARNING"' in drained.log
    with cloud.administer_queue() as redis:
        assert redis.xlen("{events:0}") == 1


def test_an_outage_of_the_processor_loses_nothing_and_the_next_run_goes_on(
    cloud: Cloud, process: str, ingest: Function, stats: Function, empty_queue: None
) -> None:
    site = f"site-{uuid.uuid4().hex}"
    assert ingest.invoke(post("/event", {**EVENT, "site_id": site})).content["statusCode"] == 202
    cloud.deploy("poller", PROCESS_FUNCTION="not-there", POLLER_DRAIN_SECONDS="1").invoke({})
    assert ask_stats(stats, site)[1]["total_views"] == 0
    cloud.deploy("poller", PROCESS_FUNCTION=process, POLLER_DRAIN_SECONDS="3").invoke({})
    assert ask_stats(stats, site)[1]["total_views"] == 1


def test_the_always_on_poller_is_the_same_code_and_ends_on_sigterm(
    cloud: Cloud, process: str, ingest: Function, stats: Function, empty_queue: None
) -> None:
    site = f"site-{uuid.uuid4().hex}"
    variables = cloud.environment("poller") | {
        "PROCESS_FUNCTION": process,
        "POLLER_PORT": str(free_port()),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PYTHONPATH": str(ROOT),
    }
    poller = subprocess.Popen(
        [sys.executable, "-m", "infra.poller.main"], cwd=cloud.folder, env=variables, text=True, stdout=subprocess.PIPE
    )
    try:
        assert ingest.invoke(post("/event", {**EVENT, "site_id": site})).content["statusCode"] == 202
        deadline = time.monotonic() + 20
        while ask_stats(stats, site)[1]["total_views"] == 0:
            assert poller.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        poller.send_signal(signal.SIGTERM)
        output, _ = poller.communicate(timeout=10)
    finally:
        poller.kill()
        poller.wait()
    assert poller.returncode == 0
    assert read_metrics(output)["DeadLetters"] == [0]
