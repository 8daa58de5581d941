"""What is done of reports and alarms each minute: locally beside the changes of time zones, in a cloud by a timer."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from common.errors import AnalyticsError, Unavailable
from common.groups.databases import Databases
from common.log import fields
from common.postgres.database import Database
from common.redis.client import connect
from common.redis.driver import Redis
from common.reports.subscriptions import Subscription, Subscriptions
from common.settings import Settings
from common.sites.directory import SiteDirectory
from infra.alarms.judging import AlarmJudge
from infra.every_group import as_databases, read_groups
from infra.figures.figures import StatsClient
from infra.outbox.delivery import Delivery
from infra.outbox.outbox import Message, Outbox
from infra.reports.periods import find_due
from infra.reports.report import write_report

STEP_EVERY_SECONDS = 60.0

log = logging.getLogger("reports")


class Reporting:
    """Makes the reports that are due, judges the alarms, and sends what is in the outbox."""

    def __init__(
        self,
        settings: Settings,
        databases: Databases | Database,
        redis: "Redis",
        stats: StatsClient | None = None,
        note: Callable[[str, int | None], None] = lambda _work, _count: None,
    ) -> None:
        """`databases`: one alone is all that there is.

        `note`: gets what was done ("alarms", "reports", "sent") and how often, or None where it failed.
        """
        self._settings = settings
        self._databases = as_databases(databases)
        database = self._databases.home
        self._stats = stats or StatsClient(settings)
        self._subscriptions = Subscriptions(database)
        self._judge = AlarmJudge(settings, self._databases, redis, self._stats)
        self._outbox = Outbox(database)
        self._delivery = Delivery(settings)
        self._note = note

    def step(self, now: datetime, deadline: float = float("inf")) -> dict[str, int]:
        """Do all that is due; what fails leaves the rest unharmed. Returns how many were made and sent.

        `deadline`: by time.monotonic(), after which no further message is sent.
        """
        done = {"reports": 0, "alarms": 0, "sent": 0}
        steps: list[tuple[str, Callable[[], int]]] = [
            ("alarms", lambda: self._judge.step(now)),
            ("reports", lambda: self._make_reports(now)),
            ("sent", lambda: self._send(deadline)),
        ]
        for name, step in steps:
            try:
                done[name] = step()
                self._note(name, done[name])
            except AnalyticsError as error:
                self._note(name, None)
                log.warning("%s: not now", name, extra=fields(reason=str(error)))
        return done

    def write(self, subscription: Subscription, now: datetime) -> dict[str, str]:
        """The content of the latest report that is due. Raises NotFound for the site, Unavailable."""
        site = SiteDirectory(self._databases.find(subscription.site_id)).find(subscription.site_id)
        due = find_due(subscription.period, ZoneInfo(site.time_zone), now)
        figures = self._stats.read(site.site_id, due.first, due.last)
        return write_report(subscription, site.name or site.site_id, due, figures, self._settings.page_url)

    def _make_reports(self, now: datetime) -> int:
        made = 0
        read = read_groups(self._databases, lambda one: SiteDirectory(one).list(), lambda site: site.site_id, _warn)
        sites = {site.site_id: site for found in read.results.values() for site in found}
        for one in self._subscriptions.list():
            site = sites.get(one.site_id)
            if site is None or site.is_removed:
                continue
            due = find_due(one.period, ZoneInfo(site.time_zone), now)
            message_id = f"report:{one.subscription_id}:{due.first.isoformat()}"
            if due.at < one.created_at or self._outbox.has(message_id):
                continue
            try:
                content = self.write(one, now)
                message = Message(message_id, one.site_id, one.address, dict(content), repeats=False)
                made += self._outbox.put(message, self._databases.find_elsewhere(one.site_id))
            except AnalyticsError as error:  # the others' are made all the same
                self._note("reports", None)
                log.warning("a report is not made yet", extra=fields(site=one.site_id, reason=str(error)))
        return made

    def _send(self, deadline: float) -> int:
        sent = 0
        while time.monotonic() < deadline and (message := self._outbox.claim()) is not None:
            result = self._delivery.send(message)
            self._outbox.settle(message, result.state, result.fault)
            sent += result.state == "sent"
            if result.fault:
                self._note("sent", None)
                log.warning("a message was not sent", extra=fields(outbox_id=message.message_id, reason=result.fault))
        self._outbox.prune()
        return sent


def _warn(group: str, error: Unavailable) -> None:
    log.warning("a database does not answer", extra=fields(group=group, reason=error.detail))


def keep_reporting(
    settings: Settings, stop: threading.Event, note: Callable[[str, int | None], None] = lambda _work, _count: None
) -> None:
    """Step each minute until `stop` is set."""
    with closing(Databases.of(settings)) as databases, closing(connect(settings)) as redis:
        reporting = Reporting(settings, databases, redis, note=note)
        while not stop.is_set():
            try:
                if any((done := reporting.step(datetime.now(UTC))).values()):
                    log.info("reports and alarms", extra=fields(**done))
            except Exception:  # it must survive its own bugs
                log.exception("reports and alarms failed")
            stop.wait(STEP_EVERY_SECONDS)
