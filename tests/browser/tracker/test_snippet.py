"""The line that `analytics snippet` prints, in a page."""

import re

from click.testing import CliRunner
from playwright.sync_api import Page

from infra.cli.main import analytics
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website
from tests.pressure.parts import RunningPart


def print_snippet(ingest: RunningPart, *options: str) -> str:
    done = CliRunner().invoke(analytics, ["snippet", "blog", "--url", ingest.url, *options])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_page_with_the_printed_line_sends_a_page_view(
    page: Page, website: Website, queue: Queue, ingest: RunningPart
) -> None:
    website.add("/", "", print_snippet(ingest))
    page.goto(website.at("/"))
    assert queue.wait_for(page, "page_view")[0]["site_id"] == "blog"


def test_a_pinned_line_counts_a_page_and_no_other_script_is_run(
    page: Page, website: Website, queue: Queue, ingest: RunningPart
) -> None:
    line = print_snippet(ingest, "--pinned", "--all")
    assert re.search(r"/script\.all\.[0-9a-f]{16}\.js", line)
    website.add("/", "", line)
    website.add("/tampered", "", line.replace("sha384-", "sha384-AAAA"))
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    page.goto(website.at("/tampered"))
    assert page.evaluate("typeof analytics") == "undefined"
