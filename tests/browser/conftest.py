"""A real browser: Debian's chromium, or Chrome, driven by Playwright."""

import asyncio
import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = ["--host-resolver-rules=MAP *.test 127.0.0.1", "--disable-background-networking"]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    ARGUMENTS.append("--no-sandbox")
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
"""A user agent that does not say HeadlessChrome, which ingest sets aside as a bot's."""

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, for the whole run. Every name that ends in .test is this machine."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=ARGUMENTS,
            ignore_default_args=["--disable-back-forward-cache"],  # people's browsers have one
        )
        yield opened
        opened.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a past, of a person."""
    opened = browser.new_context(user_agent=PERSON, locale="en-GB")
    opened.set_default_timeout(15_000)
    yield opened
    for page in opened.pages:  # what a test answers in the service's place may be at work still
        page.unroute_all(behavior="ignoreErrors")
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page in it."""
    return context.new_page()
