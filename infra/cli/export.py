"""`analytics export`."""

from pathlib import Path
from typing import get_args

import click

from common.export.lines import LineFormat
from common.settings import Settings
from infra.terminal import printable, say


@click.command("export")
@click.option("--site-id", required=True, help="The site whose events are exported.")
@click.option("--user-id", help="Only the events of this user: what is known of a person.")
@click.option("--format", "line_format", type=click.Choice(get_args(LineFormat)), default="ndjson", show_default=True)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    help="The file, which is replaced when all is written; default: standard output.",
)
@click.pass_obj
def export(settings: Settings, site_id: str, user_id: str | None, line_format: LineFormat, output: Path) -> None:
    """Write all events of a site, as NDJSON or CSV, packed with gzip.

    Those that were set aside follow those that count. Events may come meanwhile: they are left out. `analytics import`
    reads the NDJSON again.
    """
    from common.export.reader import Asked
    from infra.every_group import open_site
    from infra.export.file import write_export

    with open_site(settings, site_id, changes=False) as database:
        events = write_export(database, Asked(site_id, line_format, user_id), output)
    say(printable(f"{events:,} events of {site_id}"), err=True)
