"""`analytics filtered list|crawlers|restore`."""

import asyncio
import json
from datetime import datetime
from typing import get_args

import click

from common.event import FilterReason
from common.groups.databases import Databases
from common.placement import find_shard
from common.redis.stream import RedisStream
from common.settings import Settings
from infra.cli.listing import ListByDefault, show_list
from infra.every_group import in_order, read_groups
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
    databases = Databases.of(settings)
    context.call_on_close(databases.close)
    context.obj = (settings, databases)


@filtered.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_counts(desk: tuple[Settings, Databases], as_json: bool) -> None:
    """Count the filtered events by site, reason and UTC day."""

    def tell(one: FilteredCount) -> str:
        restored = f", {one.restored:,} restored" if one.restored else ""
        return f"{one.site_id}  {one.reason}  {one.day}  {one.events:,}{restored}"

    visited = read_groups(desk[1], lambda one: FilteredEvents(one).count(), lambda one: one.site_id)
    show_list(in_order(visited, lambda one: (one.site_id, one.reason, one.day)), as_json, tell, "No filtered events.")
    visited.end()


@filtered.command("crawlers")
@click.option("--site", help="Only this site's.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_crawlers(desk: tuple[Settings, Databases], site: str | None, as_json: bool) -> None:
    """Name the crawlers among them: which bot, whose it is, and what it reads pages for."""

    def tell(one: CrawlerCount) -> str:
        return f"{one.site_id}  {one.name}  {one.operator}  {one.purpose}  {one.events:,}"

    visited = read_groups(desk[1], lambda one: FilteredEvents(one).count_crawlers(site), lambda one: one.site_id)
    found = in_order(visited, lambda one: (one.site_id, -one.events, one.name))
    show_list(found, as_json, tell, "No crawlers that are known by name.")
    visited.end()


@filtered.command()
@click.option("--site", required=True, help="The site whose events to restore.")
@click.option("--reason", type=click.Choice(get_args(FilterReason)), help="Only events filtered for this reason.")
@click.option("--since", help="Only events from this time on: 2026-01-31 or 2026-01-31T12:00:00Z.")
@click.pass_obj
def restore(desk: tuple[Settings, Databases], site: str, reason: str | None, since: str | None) -> None:
    """Queue filtered events again, to be counted. They keep their ids, so restoring one twice counts it once."""
    settings, databases = desk
    events = FilteredEvents(databases.find(site))
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
