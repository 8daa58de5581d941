"""What must be true when the queue has drained, whatever happened before."""

import time
from array import array
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field

from redis import Redis

from common.groups.databases import Databases, list_settings
from common.redis.keys import ShardKeys
from common.settings import Settings
from infra.ledger.reader import LedgerReader
from infra.queue.dead_letters import DeadLetters
from infra.queue.status import read_status
from infra.verification.recount import verify_aggregates
from tests.chaos.load import Ledger, Load

NUMBERS = "select coalesce(string_agg(right(cast(event_id as text), 8), ''), '') from events"
PLACES = "select site_id from events union select site_id from visits union select site_id from outcomes"
FOREIGN = "select count(*) from events where cast(event_id as text) not like :prefix"
EMPTIED = (
    *("events", "filtered_events", "daily_stats", "daily_paths", "daily_users", "daily_values", "closed_days"),
    *("quarter_stats", "visits", "visitor_links", "crossings", "rollups"),
)
KEPT = (
    *("processed_entries", "outcomes", "rejected_events", "sites", "queue_sightings", "queue_losses"),
    *("site_settings", "site_aliases", "site_removals", "filtered_restores"),
    *("erasures", "erased_events"),
    *("goals", "funnels", "segments", "annotations", "imports", "imported_figures"),
    *("report_subscriptions", "alarms", "outbox"),
    *("slots", "absent_slots", "group_sightings", "group_ids"),
    *("access_keys", "access_users", "access_roles", "access_links", "access_sessions", "audit_log"),
)
"""What a later round still needs: which entries were processed, what became of events, what was seen of the queue, how
often a site changed; and what no event changes.
"""


@dataclass
class Finding:
    """What a check found: how many acknowledged events are lost, how many events doubled, and every fault in words."""

    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)


class Check:
    """Compares what the client knows with what is stored, each event of a run being counted once."""

    def __init__(self, settings: Settings, redis: "Redis", load: Load) -> None:
        self._settings = settings
        self._redis = redis
        self._patient = settings.model_copy(update={"database_connections": 1, "database_timeout_seconds": 60})
        self._ledger: Ledger = load.ledger
        self._plan = load.plan
        self._first = 0
        self._began = time.time()
        self._stored_before = bytearray(len(self._ledger.sent))
        self.known_lost: set[int] = set()
        self.poison: set[int] = set()
        """Events that are to end as dead letters."""

    def run(self) -> Finding:
        """Look at everything; the queue has to be drained and no request under way."""
        finding = Finding()
        self._compare_events(finding)
        self._compare_aggregates(finding)
        self._compare_queue(finding)
        finding.problems += check_ledger(self._patient, self._redis, self._began)
        return finding

    def stored(self) -> Counter[int]:
        """How often each event is in the tables of all groups together."""
        counts: Counter[int] = Counter()
        with closing(Databases.of(self._patient)) as databases:
            for database in databases.groups.values():
                [[numbers]] = database.run(NUMBERS)
                [[foreign]] = database.run(FOREIGN, prefix=f"{self._plan.id_prefix}%")
                assert foreign == 0, f"{foreign} stored events were never sent"
                found = array("I", bytes.fromhex(numbers))
                found.byteswap()
                counts.update(found)
        return counts

    def start_afresh(self) -> None:
        """Empty the tables, so that a check takes as long at the end of a run as at its beginning."""
        for number in self.stored():
            self._stored_before[number] = 1
        self._first = self._plan.next_number
        with closing(Databases.of(self._patient)) as databases:
            for database in databases.groups.values():
                # a batch of the round before may still be at work where the machine is busy
                database.run(f"set local lock_timeout = '50s'; truncate {', '.join(EMPTIED)}")

    def _compare_events(self, finding: Finding) -> None:
        ledger, stored = self._ledger, self.stored()
        events = range(self._first, self._plan.next_number)
        acknowledged = {number for number in events if ledger.acknowledged[number]}
        lost = acknowledged - stored.keys() - self.poison - self.known_lost
        self.known_lost |= lost
        doubled = sum(count - 1 for count in stored.values())
        doubled += sum(self._stored_before[number] for number in stored)
        unsent = [number for number in stored if not ledger.sent[number]]
        finding.lost, finding.doubled = len(lost), doubled
        _note(finding, "acknowledged and lost", sorted(lost)[:5])
        _note(finding, "stored more than once", doubled)
        _note(finding, "stored though never sent", unsent[:5])
        _note(finding, "poison that was stored", sorted(self.poison & stored.keys())[:5])

    def _compare_aggregates(self, finding: Finding) -> None:
        with closing(Databases.of(self._patient)) as databases:
            for name, database in databases.groups.items():
                url = list_settings(self._settings)[name].database_url
                _note(finding, f"aggregates that differ in {name}", verify_aggregates(url)[:3])
                rejected = database.run("select reason, detail, payload from rejected_events limit 3")
                _note(finding, f"rejected in {name}", rejected)
                sites = [site_id for [site_id] in database.run(PLACES)]
                strays = [site_id for site_id in sites if databases.find_group(site_id) != name]
                _note(finding, f"rows of sites of another group in {name}", strays[:5])

    def _compare_queue(self, finding: Finding) -> None:
        status = read_status(self._redis, self._settings)
        _note(finding, "still counted as backlog", (status.events, status.bytes) != (0, 0) and status)
        letters = {letter.payload: letter.reason for letter in DeadLetters(self._redis, self._settings).list()}
        expected = {self._plan.event_id(number) for number in self.poison}
        innocent = [payload for payload in letters if not any(one in payload for one in expected)]
        _note(finding, "dead letters of innocent events", innocent[:3])
        if len(letters) != len(expected) + len(innocent):
            finding.problems.append(f"{len(letters)} dead letters for {len(expected)} poison events")
        keys = [ShardKeys.of(self._settings.stream_name, n).failures for n in self._settings.all_shards]
        _note(finding, "failures counted of entries that are gone", [self._redis.hgetall(key) for key in keys])


def _note(finding: Finding, what: str, found: object) -> None:
    is_nothing = not found or (isinstance(found, Iterable) and not any(found))
    if not is_nothing:
        finding.problems.append(f"{what}: {found}")


class LedgerOfNow(LedgerReader):
    """The ledger with the minute that is not over yet: final, too, where nothing is under way."""

    def _read_clock(self) -> int:
        return super()._read_clock() + 60_000


def check_ledger(settings: Settings, redis: "Redis", since: float) -> list[str]:
    """Whether every accepted event has exactly one outcome: a line for each site and minute that does not close."""
    with closing(Databases.of(settings)) as databases:
        ledger = LedgerOfNow(redis, databases, settings).read(int(since // 60))
    total = ledger.total
    lines = [f"the ledger does not close: {line}" for line in ledger.lines if line.missing or line.in_flight]
    lines += [f"the queue is said to have lost: {loss}" for loss in ledger.losses]
    return lines or ([] if total.accepted else ["the ledger is empty"])
