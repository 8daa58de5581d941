"""Recounts all aggregates while the load runs, and closes days."""

import threading
import time
from contextlib import closing, suppress

from common.days.closing import Closing, close_all
from common.errors import Unavailable
from common.groups.databases import list_settings
from common.postgres.database import Database
from common.settings import Settings
from infra.verification.recount import verify_aggregates

VERIFY_EVERY_SECONDS = 1.0
RESTS_A_RECOUNT = 4
"""After a recount, so many times what it took: it is to watch the load, not to be it."""
STEPS = 10


class VerifyAlways:
    """Recounts the aggregates again and again while the load runs: they are right at any moment.

    After each recount every day closes, so that what comes next opens some, and whatever dies does so in the middle.
    """

    def __init__(self, settings: Settings) -> None:
        self.problems: list[str] = []
        self.times = 0
        self.resting = threading.Lock()
        """Who holds it keeps recounts from beginning: they lock tables, and nobody can empty these meanwhile."""
        self._urls = [one.database_url for one in list_settings(settings).values()]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="verify", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; returns when the last recount has."""
        self._is_over.set()
        self._thread.join(60)

    def _run(self) -> None:
        pause = VERIFY_EVERY_SECONDS
        while not self._is_over.wait(pause):
            with self.resting, suppress(Unavailable):
                began = time.monotonic()
                self._recount()
                pause = max(VERIFY_EVERY_SECONDS, RESTS_A_RECOUNT * (time.monotonic() - began))

    def _recount(self) -> None:
        differences = [one for url in self._urls for one in verify_aggregates(url)]
        self.times += 1
        if differences:
            self.problems.append(f"aggregates that differ under load: {differences[:3]}")
        for url in self._urls:
            with suppress(Unavailable):
                self._close_days(url)

    def _close_days(self, url: str) -> None:
        """All of them at once, or some of them in steps of few rows, and part of the last."""
        with closing(Database(url, connections=1, timeout_seconds=5)) as database:
            if self.times % 2:
                close_all(database)
            else:
                steps = Closing(database, after_hours=0, step_rows=20)
                for _ in range(STEPS):
                    steps.step()
