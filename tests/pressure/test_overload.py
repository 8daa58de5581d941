"""Under more load than it can take, every process stays within its memory and answers what it promises."""

import asyncio

import pytest
from redis import Redis

from common.redis.keys import ShardKeys
from common.settings import Settings
from tests.pressure.overload import run, start_all
from tests.pressure.parts import Parts

SECONDS = 20
MOST_GROWTH_BYTES = 200_000_000
"""Ingest holds up to 32 MiB of bodies here, which take about four times as much as parsed events."""


@pytest.mark.e2e
def test_overload_costs_answers_and_no_memory(parts: Parts, settings: Settings, redis: "Redis") -> None:
    keys = ShardKeys.of(settings.stream_name, 0)
    report = asyncio.run(run(start_all(settings, parts), redis, keys.backlog, SECONDS))
    growth = {name: report.most[name] - before for name, before in report.before.items()}
    assert all(size < MOST_GROWTH_BYTES for size in growth.values()), growth
    assert {"200", "202", "503"} <= report.answers.keys() <= {"200", "202", "408", "413", "503", "closed"}
