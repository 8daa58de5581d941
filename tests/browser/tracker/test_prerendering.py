"""A page that the browser renders in advance. Playwright would hold it, so here Chromium is on its own."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import ARGUMENTS, CHROMIUM, PERSON
from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website
from tests.browser.waiting import SECONDS

RULES = json.dumps({"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]})
GOES_ON = """<script>
  const wait = async () => (await fetch("/go")).ok ? location.href = "/next" : setTimeout(wait, 50);
  wait();
</script>"""
CALLS_EARLY = """<script>
  window.analytics = (...all) => { (analytics.q ||= []).push(all) };
  analytics("early");
  addEventListener("DOMContentLoaded", () => fetch(document.prerendering ? "/ran-unseen" : "/ran-seen"));
</script>"""
"""An event before the tracker is there; and it tells the web site when the tracker has run."""


def eventually(is_true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine (apt-get install chromium)")
def test_a_prerendered_page_is_a_view_when_it_is_seen(website: Website, tag: Tag, queue: Queue, tmp_path: Path) -> None:
    website.add("/", f'<script type="speculationrules">{RULES}</script>{GOES_ON}', tag("data-local"))
    website.add("/next", CALLS_EARLY, tag("data-local"))
    own = [f"--user-data-dir={tmp_path / 'profile'}", f"--user-agent={PERSON}", "--remote-debugging-port=0"]
    url = website.at("/", "localhost")
    with (tmp_path / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [CHROMIUM, "--headless", "--no-first-run", *ARGUMENTS, *own, url], stdout=log, stderr=log,
            env={**os.environ, "HOME": str(tmp_path)},
        )  # fmt: skip
    try:
        eventually(lambda: "/ran-unseen" in website.asked, f"prerendered; asked were {website.asked}")
        eventually(lambda: queue.read(), "the first page is a view")
        website.add("/go", "")
        eventually(lambda: len(queue.read()) == 3, "the next page is a view")
    finally:
        process.terminate()
        process.wait(10)
    assert "/ran-seen" not in website.asked, "it was loaded again"
    events = {(event["event_type"], event["path"]) for event in queue.read()}
    assert events == {("page_view", "/"), ("page_view", "/next"), ("early", "/next")}
