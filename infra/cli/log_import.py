"""`analytics import`."""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from common.settings import Settings
from infra.cli.access import ACTOR
from infra.importer.detection import NAMES
from infra.importer.totals.table import TOTALS_NAMES
from infra.terminal import say

if TYPE_CHECKING:
    from infra.importer.options import ImportOptions
    from infra.importer.report import ImportReport
    from infra.importer.totals.kind import Member, Totals
    from infra.importer.totals.report import TotalsReport


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--site-id", required=True, help="The site that the events belong to, 1 to 64 bytes.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice((*NAMES, *TOTALS_NAMES)),
    help="The files' format, if it is not to be told.",
)
@click.option("--dry-run", is_flag=True, help="Send nothing: say what would be sent, what not, and why.")
@click.option(
    "--report",
    "report_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write every line that was not used to this file, with its number and why.",
)
@click.option("--follow", is_flag=True, help="Go on with what is added to the files, until Ctrl-C or SIGTERM.")
@click.option("--keep-bots", is_flag=True, help="Import known bots too.")
@click.option("--all-requests", is_flag=True, help="Import every request, not only successful GETs of pages.")
@click.option("--keep-query", is_flag=True, help="Count /search?q=a and /search?q=b as two pages.")
@click.option("--hostname", default="", help="The site's host: separates its own pages from other sites, reads utm_*.")
@click.option("--all-hosts", is_flag=True, help="Count a log that names several hosts as one site.")
@click.option("--timezone", default="UTC", show_default=True, help="Of times that are logged without an offset.")
@click.option("--patience", default=300.0, show_default=True, help="Seconds to wait while ingest is unavailable.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: the report as one JSON object.")
@click.pass_obj
def import_log(
    settings: Settings,
    files: tuple[str, ...],
    site_id: str,
    format_name: str | None,
    dry_run: bool,
    report_path: Path | None,
    follow: bool,
    keep_bots: bool,
    all_requests: bool,
    keep_query: bool,
    hostname: str,
    all_hosts: bool,
    timezone: str,
    patience: float,
    as_json: bool,
) -> None:
    """Import access logs of web servers, proxies and load balancers, other trackers' exports of events (GoatCounter,
    Umami, Matomo, Plausible, PostHog, Google Analytics 4), or an export of this system (- for standard input).

    Exports of totals (Plausible's and GoatCounter's zip files, reports of Google Analytics) become no events: they go
    into the database as they are, for days before the site's own first event. `analytics imports` lists and removes
    them.

    What a file is, is told by how it begins; it may be packed (.gz, .bz2, .xz, .zst). Exports of events need
    INGEST_KEY, a key with the scope import.

    Posts page views to the running ingest, which stores neither addresses nor user agents: visitors are
    identified by a keyed hash of both. Importing the same file twice, or again after an interruption, is safe:
    nothing counts twice.

    If the database can be reached, the report says how many events were already there, and warns of days that
    another source, such as a beacon, counted too.
    """
    from infra.importer.errors import ImportStopped
    from infra.importer.follow import follow_logs
    from infra.importer.options import ImportOptions
    from infra.importer.run import run
    from infra.importer.stored_before import open_stored
    from infra.importer.totals.run import find_totals

    options = ImportOptions(
        site_id, keep_bots, all_requests, keep_query, hostname, patience, format_name or "", timezone, all_hosts,
        dry_run, report_path,
    )  # fmt: skip
    missing = [file for file in files if file != "-" and not Path(file).is_file()]
    if missing and not follow:
        raise click.BadParameter(f"there is no file {missing[0]}", param_hint="FILE")
    try:
        totals = find_totals([Path(file) for file in files if file != "-"], format_name or "") if not follow else None
    except ImportStopped as error:
        raise click.ClickException(str(error)) from None
    report: ImportReport | TotalsReport
    if totals is not None:
        report = _import_totals(totals, options, settings)
    elif follow:
        if "-" in files or dry_run:
            raise click.UsageError("--follow needs files, and goes with no --dry-run.")
        report = follow_logs([Path(file) for file in files], options, settings)
    else:
        with open_stored(settings) as stored:
            sources = [sys.stdin.buffer if file == "-" else Path(file) for file in files]
            report = run(sources, options, settings, stored=stored)
    say(json.dumps(report.as_dict()) if as_json else report.as_text())
    sys.exit(report.exit_code)


def _import_totals(
    totals: "tuple[Totals, list[Member]]", options: "ImportOptions", settings: Settings
) -> "TotalsReport":
    from common.groups.databases import Databases
    from infra.importer.totals.run import import_totals
    from infra.importer.totals.store import TotalsStore

    kind, members = totals
    try:
        databases = Databases.of(settings)
    except ValueError:
        return import_totals(kind, members, options, None, ACTOR)
    with closing(databases):
        return import_totals(kind, members, options, TotalsStore(databases.find(options.site_id)), ACTOR)
