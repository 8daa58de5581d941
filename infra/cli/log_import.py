"""`analytics import`."""

import json
import sys
from pathlib import Path

import click

from common.settings import Settings
from infra.terminal import say


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--site-id", required=True, help="The site that the page views belong to, 1 to 64 bytes.")
@click.option("--keep-bots", is_flag=True, help="Import known bots too.")
@click.option("--all-requests", is_flag=True, help="Import every request, not only successful GETs of pages.")
@click.option("--keep-query", is_flag=True, help="Count /search?q=a and /search?q=b as two pages.")
@click.option("--hostname", default="", help="The site's host: separates its own pages from other sites, reads utm_*.")
@click.option("--patience", default=300.0, show_default=True, help="Seconds to wait while ingest is unavailable.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: the report as one JSON object.")
@click.pass_obj
def import_log(
    settings: Settings,
    file: str,
    site_id: str,
    keep_bots: bool,
    all_requests: bool,
    keep_query: bool,
    hostname: str,
    patience: float,
    as_json: bool,
) -> None:
    """Import an Apache or nginx access log (combined format; plain, .gz, or - for standard input).

    Posts page views to the running ingest, which stores neither addresses nor user agents: visitors are
    identified by a keyed hash of both. Importing the same file twice, or again after an interruption, is safe:
    nothing counts twice.

    If the database can be reached, the report says how many events were already there, and warns of days that
    another source, such as a beacon, counted too.
    """
    from infra.importer.run import ImportOptions, run
    from infra.importer.stored import open_stored

    options = ImportOptions(site_id, keep_bots, all_requests, keep_query, hostname, patience)
    with open_stored(settings) as stored:
        report = run(sys.stdin.buffer if file == "-" else Path(file), options, settings, stored=stored)
    say(json.dumps(report.as_dict()) if as_json else report.as_text())
    sys.exit(report.exit_code)
