"""`analytics filtered list|crawlers|restore`."""

import asyncio
import json
from datetime import datetime
from typing import get_args

import click

from common.event import FilterReason
from common.postgres.database import Database
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import find_shard
from infra.cli.listing import ListByDefault, show_list
from infra.set_aside.filtered_events import CrawlerCount, FilteredCount, FilteredEvent, FilteredEvents
from infra.terminal import say


@click.group(cls=ListByDefault)
@click.pass_context
def filtered(context: click.Context) -> None:
    """Events that were filtered as bot traffic or referrer spam. No figure counts them.

    \b
    They are kept for FILTERED_DAYS days. If the filter was wrong, restore them:
      analytics filtered list
      analytics filtered crawlers
      analytics filtered restore --site blog --reason bot
    """
    settings: Settings = context.obj
    database = Database.of(settings)
    context.call_on_close(database.close)
    context.obj = (settings, FilteredEvents(database))


@filtered.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_counts(desk: tuple[Settings, FilteredEvents], as_json: bool) -> None:
    """Count the filtered events by site, reason and UTC day."""

    def tell(one: FilteredCount) -> str:
        restored = f", {one.restored:,} restored" if one.restored else ""
        return f"{one.site_id}  {one.reason}  {one.day}  {one.events:,}{restored}"

    show_list(desk[1].count(), as_json, tell, "No filtered events.")


@filtered.command("crawlers")
@click.option("--site", help="Only this site's.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_crawlers(desk: tuple[Settings, FilteredEvents], site: str | None, as_json: bool) -> None:
    """Name the crawlers among them: which bot, whose it is, and what it reads pages for."""

    def tell(one: CrawlerCount) -> str:
        return f"{one.site_id}  {one.name}  {one.operator}  {one.purpose}  {one.events:,}"

    show_list(desk[1].count_crawlers(site), as_json, tell, "No crawlers that are known by name.")


@filtered.command()
@click.option("--site", required=True, help="The site whose events to restore.")
@click.option("--reason", type=click.Choice(get_args(FilterReason)), help="Only events filtered for this reason.")
@click.option("--since", help="Only events from this time on: 2026-01-31 or 2026-01-31T12:00:00Z.")
@click.pass_obj
def restore(desk: tuple[Settings, FilteredEvents], site: str, reason: str | None, since: str | None) -> None:
    """Queue filtered events again, to be counted. They keep their ids, so restoring one twice counts it once."""
    settings, events = desk
    if not events.knows(site):
        raise click.ClickException(f"there is no site {site} yet (see: analytics sites, analytics filtered)")
    done = asyncio.run(_restore(settings, events, site, reason, _read_time(since)))
    say(f"restored {done:,}")


async def _restore(settings: Settings, events: FilteredEvents, site: str, reason: str | None, since: str | None) -> int:
    stream = RedisStream(settings)
    done = 0
    try:
        for page in events.list(site, reason, since):
            payloads = [(site, _unmark(event)) for event in page]
            await stream.append(find_shard(site, settings.stream_shards), payloads)
            for event in page:
                events.mark_restored(site, event)
            done += len(page)
    finally:
        await stream.close()
    return done


def _unmark(event: FilteredEvent) -> bytes:
    content = json.loads(event.payload)
    del content["filtered"]
    content.pop("crawler", None)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _read_time(since: str | None) -> str | None:
    try:
        return since and datetime.fromisoformat(since).astimezone().isoformat()
    except ValueError:
        raise click.BadParameter("like 2026-01-31 or 2026-01-31T12:00:00Z", param_hint="--since") from None
