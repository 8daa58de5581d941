"""The PyPI package matomopy, told line by line: `send` makes every call, `queue` and `flush` are a bulk."""

import os
from typing import Any

from lines import follow
from matomopy import MatomoHTTPError, MatomoTracker, generate_visitor_id

tracker = MatomoTracker(os.environ["INGEST_URL"], id_site=3)
tracker.set_user_id("ann").set_visitor_id(generate_visitor_id()).set_resolution(1920, 1080)
tracker.set_url("https://blog.example/page").set_url_referrer("https://news.ycombinator.com/")
tracker.set_custom_dimension(1, "red")
bulk = MatomoTracker(os.environ["INGEST_URL"], id_site=3, token_auth="0123").enable_bulk_tracking()
bulk.set_url("https://blog.example/bulk").set_user_id("bob").set_custom_timestamp(int(os.environ["NOW"]))


def send() -> Any:
    tracker.set_force_new_visit()
    answers = [
        tracker.track_page_view("A page"),
        tracker.track_event("Video", "play", "intro", 2.5),
        tracker.track_goal(2, 3.5),
        tracker.track_site_search("shoes", "all", 7),
        tracker.track_action("https://other.example/", "link"),
        tracker.track_action("https://blog.example/a.pdf", "download"),
        tracker.track_content_impression("ad", "a.png", "/x"),
        tracker.track_content_interaction("click", "ad"),
        tracker.track_ecommerce_order("o1", 20, 15, 3, 2, 0, [["sku", "a name", "a category", 15, 1]]),
        tracker.track_ecommerce_cart_update(20),
        tracker.track_ping(),
    ]
    return [answer.status_code for answer in answers]


def queue(views: int) -> None:
    for _ in range(views):
        bulk.track_page_view("A page")


def flush() -> Any:
    try:
        return bulk.flush()
    except MatomoHTTPError:
        return "failed"


follow({"send": send, "queue": queue, "flush": flush})
