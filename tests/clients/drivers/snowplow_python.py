"""The PyPI package snowplow-tracker, told line by line: `send N` makes N rounds of every kind of event."""

import os
import time
from typing import Any

from lines import follow
from snowplow_tracker import (
    Emitter,
    PagePing,
    PageView,
    ScreenView,
    SelfDescribing,
    SelfDescribingJson,
    StructuredEvent,
    Subject,
    Tracker,
)

emitter = Emitter(
    os.environ["INGEST_URL"].partition("://")[2],
    protocol="http",
    batch_size=5,
    max_retry_delay_seconds=1,
)
tracker = Tracker(
    "sp", emitter, subject=Subject().set_user_id("ann").set_screen_resolution(1920, 1080), app_id="shop-web"
)
author = SelfDescribingJson("iglu:com.acme/author/jsonschema/1-0-0", {"name": "ann"})


def send(rounds: int) -> None:
    for _ in range(rounds):
        page = "https://shop.example/page"
        signup = SelfDescribingJson("iglu:com.acme/signup/jsonschema/1-0-0", {"plan": "pro"})
        referrer = "https://news.ycombinator.com/"
        for event in (
            PageView(page_url=page, page_title="A page", referrer=referrer, context=[author]),
            PagePing(page_url=page, min_y=0, max_y=10),
            StructuredEvent(category="Video", action="play", value=2.5, context=[author]),
            SelfDescribing(event_json=signup, context=[author]),
            ScreenView(id_="home", name="Home", context=[author]),
        ):
            tracker.track(event)


def count_left() -> int:
    with emitter.lock:  # what its timer is sending is not in the store
        return emitter.event_store.size()


def end() -> Any:
    until = time.monotonic() + 60
    while count_left() and time.monotonic() < until:  # nothing is flushed while it waits to try again
        tracker.flush()
        time.sleep(0.1)
    return count_left()


follow({"send": send, "end": end})
