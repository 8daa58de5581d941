"""The PyPI package posthog, told line by line: `send N` makes N rounds of every call, `end` waits until all is sent."""

import os
from datetime import UTC, datetime
from typing import Any

from lines import follow
from posthog import Posthog

errors: list[str] = []
client = Posthog(
    os.environ["TOKEN"],
    host=os.environ["INGEST_URL"],
    gzip=True,
    flush_at=10,
    flush_interval=0.05,
    max_retries=10,
    capture_mode=os.environ["MODE"],
    on_error=lambda error, _: errors.append(str(error)),
)


def send(rounds: int) -> None:
    for one in range(rounds):
        at = {"$current_url": f"https://blog.example/page-{one % 3}", "$referrer": "https://news.ycombinator.com/"}
        client.capture("$pageview", distinct_id="ann", properties=at)
        client.capture("signup", distinct_id="ann", properties={"plan": "pro"}, groups={"company": "acme"})
        earned = {"revenue": 1.5, "currency": "EUR"}
        client.capture("paid", distinct_id="bob", properties=earned, timestamp=datetime.now(UTC))
        client.set(distinct_id="ann", properties={"name": "Ann"})
        client.set_once(distinct_id="ann", properties={"name": "Ann"})
        client.alias("anna", "ann")
        client.group_identify("company", "acme", {"seats": 3})
        client.capture_exception(ValueError("wrong"), distinct_id="ann")


def flags() -> Any:
    return client.get_all_flags("ann")


def end() -> Any:
    client.shutdown()
    return errors


follow({"send": send, "flags": flags, "end": end})
