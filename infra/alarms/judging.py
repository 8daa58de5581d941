"""Judges the alarms that are set, and puts a message into the outbox where one begins or ends."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from common.errors import AnalyticsError, NotFound, Unavailable
from common.groups.databases import Databases
from common.log import fields
from common.postgres.sql import load_query
from common.redis.driver import Redis
from common.settings import Settings
from common.sites.directory import SiteDirectory
from infra.alarms.alarm import DAYS, OF_A_SITE, Alarm, Verdict, judge_hours, write_alarm
from infra.alarms.alarms import Alarms
from infra.figures.figures import StatsClient
from infra.ledger.reader import LedgerReader
from infra.outbox import outbox
from infra.outbox.delivery import is_webhook
from infra.outbox.outbox import Message
from infra.queue.status import read_status

LEDGER_MINUTES = 60
LATE_SECONDS = 60
"""While the oldest event waits for longer, nobody can tell what an hour had."""


log = logging.getLogger("reports")


class AlarmJudge:
    """Judges with these settings."""

    def __init__(self, settings: Settings, databases: Databases, redis: "Redis", stats: StatsClient) -> None:
        self._settings = settings
        self._databases = databases
        self._database = databases.home
        self._redis = redis
        self._stats = stats

    def step(self, now: datetime) -> int:
        """Judge each alarm once; returns how many messages were made. Raises Unavailable."""
        alarms = Alarms(self._database).list()
        if not alarms:
            return 0
        age = read_status(self._redis, self._settings).oldest_age_seconds
        judged: dict[tuple[str, str, float], Verdict | None] = {}
        judges: Mapping[str, Callable[[Alarm], Verdict | None]] = {
            "ledger": lambda _: self._judge_ledger(now),
            "backlog": lambda alarm: _judge_backlog(alarm.threshold, age),
        }
        made = 0
        for alarm in alarms:
            case = (alarm.site_id, alarm.kind, alarm.threshold)
            if case not in judged:
                of_a_site = alarm.kind in OF_A_SITE
                late = of_a_site and age > LATE_SECONDS
                judge = self._judge_site(now) if of_a_site else judges[alarm.kind]
                try:
                    judged[case] = None if late else judge(alarm)
                except AnalyticsError as error:  # the others are judged all the same
                    log.warning("an alarm is not judged", extra=fields(alarm=alarm.alarm_id, reason=str(error)))
                    judged[case] = None
            if (verdict := judged[case]) is not None:
                made += self._tell(alarm.alarm_id, verdict, now)
        return made

    def _judge_site(self, now: datetime) -> Callable[[Alarm], Verdict]:
        after = now.replace(minute=0, second=0, microsecond=0)
        first = after - timedelta(hours=DAYS * 24 + 1)
        return lambda alarm: judge_hours(
            alarm.kind, alarm.threshold, self._stats.count_hours(alarm.site_id, first, after)
        )

    def _judge_ledger(self, now: datetime) -> Verdict:
        minute = int(now.timestamp() // 60) - LEDGER_MINUTES
        drawn_up = LedgerReader(self._redis, self._databases, self._settings).read(minute)
        lines = [line for line in drawn_up.lines if line.place not in drawn_up.not_judged]
        facts = {"Events missing": f"{sum(abs(line.missing) for line in lines):,}"}
        if drawn_up.losses:
            facts["Losses"] = " ".join(loss.describe() for loss in drawn_up.losses)
        return Verdict(not drawn_up.closes, facts)

    def _tell(self, alarm_id: str, verdict: Verdict, now: datetime) -> int:
        """In one transaction with the change of its state, so that each change is told once, whoever else judges."""
        with self._database.transaction() as connection:
            rows = connection.run(load_query(__name__, "lock_alarm"), alarm_id=alarm_id)
            if not rows or verdict.fires == (rows[0][6] is not None):
                return 0
            alarm = Alarm(*rows[0])
            since = now if verdict.fires else None
            connection.run(load_query(__name__, "note_firing"), alarm_id=alarm_id, firing_since=since)
            message_id = f"alarm:{alarm_id}:{'firing' if verdict.fires else 'resolved'}:{now.isoformat()}"
            content = write_alarm(
                alarm, verdict, message_id, now, self._name_site(alarm.site_id), self._settings.page_url
            )
            if is_webhook(alarm.target):
                content = {name: content[name] for name in ("type", "timestamp", "data")}
            message = Message(message_id, alarm.site_id, alarm.target, content, repeats=True, secret=alarm.secret)
            return int(outbox.put(connection, message))

    def _name_site(self, site_id: str) -> str:
        if not site_id:
            return ""
        try:
            return SiteDirectory(self._databases.find(site_id)).find(site_id).name or site_id
        except (NotFound, Unavailable):
            return site_id


def _judge_backlog(threshold: float, age: float) -> Verdict:
    return Verdict(age > threshold, {"The oldest event waits for": f"{age:,.0f} s"})
