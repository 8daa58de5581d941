"""`analytics demo`."""

from datetime import UTC, datetime
from urllib.parse import quote

import click

from common.settings import Settings
from infra.terminal import say


@click.command()
@click.option("--site-id", default="demo", show_default=True, help="The site to fill.")
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 730), help="How many days, today the last."
)
@click.pass_obj
def demo(settings: Settings, site_id: str, days: int) -> None:
    """Fill a site with believable traffic, to see what the page looks like.

    The events go through the running ingest. They have the same ids each time: run again, it adds
    only what has happened since.
    """
    from infra.demo.run import fill

    accepted = fill(settings, site_id, datetime.now(UTC), days)
    say(f"{site_id}: {accepted:,} events of {days} days were sent; they are counted within seconds")
    say(f"See them: {settings.page_url}/?site={quote(site_id)}")
