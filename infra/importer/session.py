"""What all logs of one import share: its options made ready, the connection to ingest, the account."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console

from common.event import MAX_NAME_BYTES
from common.settings import Settings
from infra.importer.account import Account, open_account
from infra.importer.delivery import Delivery
from infra.importer.detection import detect, find_format
from infra.importer.errors import ImportStopped, LogBroken
from infra.importer.formats.combined import Request
from infra.importer.formats.kind import LogFormat, list_lines
from infra.importer.formats.table import COMBINED
from infra.importer.histories.history import History
from infra.importer.intake import LineIntake, Sieve
from infra.importer.options import ImportOptions
from infra.importer.overlap import Overlap
from infra.importer.page_view import PageViews, read_hostname
from infra.importer.report import ImportReport
from infra.importer.rule import Rule
from infra.importer.send import IngestClient, Patience
from infra.importer.stored_before import Stored
from infra.importer.unfit import find_unfitness
from infra.importer.visitor import load_key
from infra.terminal import printable


@dataclass(frozen=True)
class Clocks:
    """Time, for whoever waits."""

    clock: Callable[[], float]
    pause: Callable[[float], None]


@dataclass(frozen=True)
class Session:
    """One import."""

    options: ImportOptions
    sieve: Sieve
    account: Account
    delivery: Delivery
    console: Console
    settings: Settings

    def open_intake(self, name: str, head: bytes, may_have_several_hosts: bool = False) -> LineIntake:
        """Tell the format of the log that begins with `head`. Raises ImportStopped for a log of several hosts."""
        log_format = self._find_format(name, head)
        if not (may_have_several_hosts or self.options.all_hosts or self.sieve.rule.hostname):
            _check_hosts(name, log_format, head)
        return LineIntake(name, log_format.open(), self.sieve, self.account)

    def find_history(self, name: str, head: bytes) -> History | None:
        """Which tracker's history the file is that begins with `head`; None if it is none.

        Raises LogBroken for a file of totals, or of a kind that is not read.
        """
        found = find_format(self.options.format) if self.options.format else detect(head)
        if found is None and (why := find_unfitness(head)):
            raise LogBroken(f"{name} is not imported: {why}.")
        if not isinstance(found, History):
            return None
        self.account.report.formats[name] = found.title
        if self.console.is_terminal:
            say(self.console, f"{name}: {found.title}")
        return found

    def _find_format(self, name: str, head: bytes) -> LogFormat:
        found = find_format(self.options.format) if self.options.format else detect(head)
        self.account.report.formats[name] = found.title if found else "unknown format"
        if found is None:  # its faults are told as the most common format's
            return COMBINED
        if not isinstance(found, LogFormat):
            raise ImportStopped(f"{name} is no log: {found.title}.")
        if self.console.is_terminal:
            say(self.console, f"{name}: {found.title}")
        return found


@contextmanager
def open_session(
    options: ImportOptions,
    settings: Settings,
    report: ImportReport,
    clocks: Clocks,
    stored: Stored | None,
    has_several_logs: bool,
) -> Iterator[Session]:
    """Make an import ready. Raises ImportStopped for what can't be used."""
    _check_site(options.site_id)
    rule = Rule(options.all_requests, options.keep_query, read_hostname(options.hostname))
    views = PageViews(options.site_id, rule, load_key(settings), settings)
    console = Console(stderr=True)
    with ExitStack() as stack:
        account = stack.enter_context(open_account(report, options.report_path, has_several_logs))
        client = None
        if not options.dry_run:
            patience = Patience(options.patience_seconds, clocks.clock, clocks.pause, lambda text: say(console, text))
            client = stack.enter_context(closing(IngestClient(settings.ingest_url, patience, settings.ingest_key)))
        overlap = Overlap(stored, options.site_id, report, lambda text: say(console, text))
        overlap.begin(clocks.clock, clocks.pause)
        sieve = Sieve(views, rule, options.keep_bots, _find_zone(options.timezone))
        delivery = Delivery(client, overlap, account)
        stack.callback(delivery.end)
        yield Session(options, sieve, account, delivery, console, settings)


def say(console: Console, text: str) -> None:
    """One line on standard error, above a bar."""
    console.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def _check_site(site_id: str) -> None:
    if not 1 <= len(site_id.encode(errors="replace")) <= MAX_NAME_BYTES or not site_id.isprintable():
        raise ImportStopped(f"The site id should have 1 to {MAX_NAME_BYTES} bytes of printable text.")


def _find_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ImportStopped(f"There is no time zone {name}; one is Europe/Berlin (--timezone).") from None


def _check_hosts(name: str, log_format: LogFormat, head: bytes) -> None:
    """Sites that share a log are not mixed up: who wants that has to say so."""
    read = log_format.open()
    requests = (read(line) for line in list_lines(head))
    hosts = Counter(one.host.decode().lower().removeprefix("www.") for one in requests if isinstance(one, Request))
    del hosts[""]
    if len(hosts) > 1:
        shown = ", ".join(f"{host} ({lines:,} lines)" for host, lines in hosts.most_common(5))
        raise ImportStopped(
            f"{name} is of several hosts, from its beginning on: {shown}. Give the site's with --hostname, or count"
            " all as one site with --all-hosts."
        )
