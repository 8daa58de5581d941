"""What a test of the browser waits for."""

import time
from collections.abc import Callable

from playwright.sync_api import Page

SECONDS = 60


def wait_until(page: Page, is_true: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Wait while the browser's requests, and what the test does with them, go on.

    Playwright's wait_for_function compiles its text in the page at each look, which a page's policy forbids from the
    second on. So `is_true` asks such a page by `evaluate`.
    """
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(20)
