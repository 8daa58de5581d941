"""A log's lines as page views."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache

from common.crawler import AI_PURPOSES, Crawler
from common.derivation.bots import is_bot
from common.derivation.crawlers import find_crawler
from infra.importer.account import Account, Place
from infra.importer.formats.combined import Request, Unparsable
from infra.importer.formats.kind import LineReader
from infra.importer.identity import Occurrences
from infra.importer.log_file import MAX_LINE_BYTES
from infra.importer.page_view import PageView, PageViews
from infra.importer.rule import Rule, Skip, find_skip


@dataclass(frozen=True)
class Sieve:
    """What of all logs of an import becomes a page view, and how."""

    views: PageViews
    rule: Rule
    keep_bots: bool
    zone: tzinfo
    """The zone of times that are logged without an offset."""

    def find_skip(self, request: Request) -> Skip | None:
        """Why the request is not sent; None if it is."""
        return find_skip(request, self.rule)

    def find_bot(self, request: Request) -> Skip | Crawler | None:
        """An AI's crawler, which is sent to be set aside under its name; any other bot is a reason to skip it."""
        agent = request.agent.decode(errors="replace")
        if self.keep_bots or not is_bot(agent):
            return None
        crawler = find_crawler(agent)
        return crawler if crawler and crawler.purpose in AI_PURPOSES else Skip.BOT


class LineIntake:
    """Makes the page views of one log, line by line, and notes what becomes of the other lines."""

    def __init__(self, name: str, read: LineReader, sieve: Sieve, account: Account) -> None:
        self._name, self._read, self._sieve, self._account = name, read, sieve, account
        self._occurrences = Occurrences()

    def take(self, number: int, line: bytes | None) -> PageView | None:
        """The page view of a line, if it is one; a line of None is one that is too long."""
        self._account.report.read += 1
        request = Unparsable(f"longer than {MAX_LINE_BYTES:,} bytes") if line is None else self._read(line)
        if request is None:
            return None
        if isinstance(request, Unparsable):
            self._account.note_unparsable(Place(self._name, number), request.reason)
            return None
        before = self._occurrences.count(request.line)  # of every line, so that no option changes an id
        if skip := self._sieve.find_skip(request):
            self._account.note_skipped(Place(self._name, number), skip)
            return None
        bot = self._sieve.find_bot(request)
        if isinstance(bot, Skip):
            self._account.note_skipped(Place(self._name, number), bot)
            return None
        if bot:
            self._account.report.crawlers[bot.name] += 1
        if request.host:
            self._account.note_host(request.host.decode())
        timestamp = _add_offset(request.timestamp, self._sieve.zone)
        return self._sieve.views.encode(request, timestamp, before, is_person=bot is None)

    def pass_over(self, line: bytes | None) -> None:
        """Take note of a line that was taken before, so that the next one like it gets an id of its own."""
        if line is not None and isinstance(request := self._read(line), Request):
            self._occurrences.count(request.line)


@lru_cache(maxsize=1024)
def _add_offset(timestamp: str, zone: tzinfo) -> str:
    if timestamp[-6] in "+-":
        return timestamp
    return datetime.fromisoformat(timestamp).replace(tzinfo=zone).isoformat()
