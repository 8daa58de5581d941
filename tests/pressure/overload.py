"""More of everything than the system can take, and the memory of each process before, at most and after.

python -m tests.pressure.overload --seconds 600
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from redis import Redis

from common.settings import Settings
from infra.local import embedded
from infra.local.address import free_port
from infra.migrations.runner import migrate
from tests.pressure.parts import Parts, RunningPart

DRAIN_WITHIN_SECONDS = 120
BACKLOG_MAX_BYTES = 16 << 20
SINGLES, BATCHES, TOO_LARGE, READERS, TRICKLES = 200, 60, 20, 60, 200
"""Connections of each kind: together more than HTTP_MAX_REQUESTS and HTTP_MAX_BYTES below."""
BOUNDS = {"http_max_requests": 200, "http_max_bytes": 32 << 20, "http_timeout_seconds": 2}

Memory = dict[str, int]


@dataclass
class Report:
    """What was answered, and the bytes of memory of each process. `after`: when the queue has drained."""

    before: Memory
    most: Memory
    after: Memory = field(default_factory=dict)
    answers: "Counter[str]" = field(default_factory=Counter)

    def describe(self) -> str:
        """As a table in Markdown."""
        lines = ["| process | before | at most | after |", "| --- | --- | --- | --- |"]
        for name, before in self.before.items():
            megabytes = [f"{size / 1e6:.0f} MB" for size in (before, self.most[name], self.after[name])]
            lines.append(f"| {name} | {' | '.join(megabytes)} |")
        return "\n".join([*lines, "", f"answers: {dict(sorted(self.answers.items()))}", ""])


def encode_events(count: int) -> bytes:
    """Always the same events, so that the tables do not grow."""
    event = {"site_id": "blog", "path": "/home", "user_id": "ann", "timestamp": "2025-11-12T10:00:00Z"}
    return json.dumps([{**event, "event_id": str(UUID(int=n))} for n in range(count)]).encode()


def post(path: str, body: bytes) -> bytes:
    """A whole request."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def exchange(port: int, request: bytes, answers: "Counter[str]") -> None:
    """Send a request again and again over one connection, as fast as it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2])
            await reader.readexactly(int(fields[b"content-length"]))
            answers[head[9:12].decode()] += 1
            await writer.drain()
            if head[9:12] == b"503":
                await asyncio.sleep(0.05)
    finally:
        writer.close()


async def trickle(port: int, request: bytes, answers: "Counter[str]") -> None:
    """Send a request a byte at a time."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for byte in request:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.5)
    finally:
        writer.close()


async def repeat(send: Callable[..., object], port: int, request: bytes, answers: "Counter[str]") -> None:
    """Connect anew whenever the other side has had enough."""
    while True:
        try:
            await send(port, request, answers)  # type: ignore[misc]
        except (OSError, EOFError):
            answers["closed"] += 1
            await asyncio.sleep(0.1)


async def overload(ports: dict[str, int], seconds: float, answers: "Counter[str]") -> AsyncIterator[None]:
    """Yields now and then while the load goes on."""
    one = encode_events(1)[1:-1]
    kinds = [
        (SINGLES, exchange, "ingest", post("/event", one)),
        (BATCHES, exchange, "ingest", post("/events", encode_events(1000))),
        (TOO_LARGE, exchange, "ingest", post("/events", b"x" * (2 << 20))),
        (TRICKLES, trickle, "ingest", post("/event", one)),
        (READERS, exchange, "stats", b"GET /stats?site_id=blog&date=2025-11-12 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(repeat(send, ports[part], request, answers))
            for count, send, part, request in kinds
            for _ in range(count)
        ]
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            await asyncio.sleep(0.5)
            yield
        for task in tasks:
            task.cancel()


def measure(parts: list[RunningPart], redis: "Redis") -> Memory:
    """Bytes of memory now."""
    return {part.name: part.read_rss() for part in parts} | {"valkey": redis.info("memory")["used_memory_rss"]}


async def run(parts: list[RunningPart], redis: "Redis", backlog_key: str, seconds: float) -> Report:
    """Overload the parts for so long, and wait until the queue has drained."""
    ports = {part.name: part.port for part in parts}
    before = measure(parts, redis)
    report = Report(before, dict(before))
    async with contextlib.aclosing(overload(ports, seconds, report.answers)) as load:
        async for _ in load:
            for name, size in measure(parts, redis).items():
                report.most[name] = max(report.most[name], size)
    ends_at = time.monotonic() + DRAIN_WITHIN_SECONDS
    while int(redis.hget(backlog_key, "events") or 0) > 0:
        assert time.monotonic() < ends_at, "the queue does not drain"
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    report.after = measure(parts, redis)
    return report


def start_all(settings: Settings, parts: Parts) -> list[RunningPart]:
    """Every part, with bounds that are soon reached."""
    process = parts.start("process", **BOUNDS)
    stats = parts.start("stats", **BOUNDS)
    ingest = parts.start("ingest", host="uvicorn", backlog_max_bytes=BACKLOG_MAX_BYTES, site_share_bytes=0, **BOUNDS)
    poller = parts.start("poller", process_url=process.url)
    return [ingest, process, stats, poller]


def main() -> None:
    """The figures of docs/reliability.md."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=600)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with embedded.valkey(folder / "valkey") as redis_url, embedded.postgres(folder / "postgres") as database_url:
            migrate(database_url)
            settings = Settings(redis_url=redis_url, database_url=database_url, poller_port=free_port())
            parts = Parts(settings, folder)
            try:
                with Redis.from_url(redis_url, protocol=2) as redis:
                    report = asyncio.run(run(start_all(settings, parts), redis, "{events:0}:backlog", seconds))
                sys.stdout.write(report.describe())
            finally:
                parts.stop()


if __name__ == "__main__":
    main()
