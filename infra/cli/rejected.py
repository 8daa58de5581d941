"""`analytics rejected list|show|edit|replay`."""

import asyncio
import json
from collections.abc import Iterator, Sequence

import click

from common.event import check_events
from common.groups.databases import Databases
from common.placement import find_shard
from common.redis.entry_buffer import SiteEvent
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry, name_site
from infra.cli.event_file import read_event
from infra.cli.listing import ListByDefault, show_list
from infra.every_group import in_order, read_groups
from infra.set_aside.rejected_events import RejectedEvent, RejectedEvents
from infra.terminal import say


@click.group(cls=ListByDefault)
@click.pass_context
def rejected(context: click.Context) -> None:
    """Events that were accepted but could not be stored, each kept with the reason.

    \b
    invalid_event  the event is not valid: something other than ingest wrote it to the stream
    store_refused  PostgreSQL refused its values

    \b
    Fix the cause or edit the event, then replay:
      analytics rejected list
      analytics rejected edit 0:1763000000000-0/3 fixed.json
      analytics rejected replay 0:1763000000000-0/3
    """
    settings: Settings = context.obj
    databases = Databases.of(settings)
    context.call_on_close(databases.close)
    context.obj = Desk(settings, databases)


class Desk:
    """Finds rejected events and queues them again."""

    def __init__(self, settings: Settings, databases: Databases) -> None:
        self.settings = settings
        self.databases = databases

    def find(self, source: str) -> RejectedEvent:
        """The event from this place in the stream. Ends with a message and exit code 1 if there is none."""
        visited = read_groups(
            self.databases,
            lambda one: [event] if (event := RejectedEvents(one).find(source)) is not None else [],
            lambda event: event.site_id,
        )
        for event in in_order(visited, lambda event: event.site_id):
            return event
        visited.end()
        raise click.ClickException(f"there is no rejected event {source} (see: analytics rejected list)")

    def list(self, with_replayed: bool = False) -> Iterator[RejectedEvent]:
        """All of one group after those of another. Raises AnalyticsError at the end where a group did not answer."""
        if len(self.databases.groups) == 1:
            yield from RejectedEvents(self.databases.home).list(with_replayed)
            return
        visited = read_groups(
            self.databases, lambda one: list(RejectedEvents(one).list(with_replayed)), lambda event: event.site_id
        )
        yield from in_order(visited, lambda event: (event.site_id, event.source))
        visited.end()

    def save(self, event: RejectedEvent, payload: str) -> None:
        """Replace the payload with an edited one."""
        self._of(event).save(event, payload)

    def replay(self, events: Sequence[RejectedEvent]) -> int:
        """Queue the valid ones again as newly accepted; returns how many that were. Of erased ones nothing is left."""
        valid = [event for event in events if event.payload and not check_events(f"[{event.payload}]")]
        asyncio.run(self._append([(_site(event.payload), event.payload.encode()) for event in valid]))
        for event in valid:
            self._of(event).mark_replayed(event)
        return len(valid)

    def _of(self, event: RejectedEvent) -> RejectedEvents:
        return RejectedEvents(self.databases.find(event.site_id))

    async def _append(self, events: Sequence[SiteEvent]) -> None:
        stream = RedisStream(self.settings)
        try:
            for site_id, payload in events:
                await stream.append(find_shard(site_id, self.settings.stream_shards), [(site_id, payload)])
        finally:
            await stream.close()


@rejected.command("list")
@click.option("--replayed", is_flag=True, help="Include replayed events.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_events(desk: Desk, replayed: bool, as_json: bool) -> None:
    """List the rejected events: place in the stream, site, reason and details."""

    def tell(event: RejectedEvent) -> str:
        return f"{event.source}  {event.site_id or '(no site)'}  {event.reason}  {event.detail}"

    show_list(desk.list(replayed), as_json, tell, "No rejected events.")


@rejected.command()
@click.argument("source")
@click.pass_obj
def show(desk: Desk, source: str) -> None:
    """Show one rejected event with its payload, as JSON."""
    say(json.dumps(desk.find(source).as_dict(), indent=2, ensure_ascii=False))


@rejected.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.pass_obj
def edit(desk: Desk, source: str, file: str) -> None:
    """Replace the event with the one in FILE (a JSON object, or - for standard input).

    The new event is validated first. The original is kept.
    """
    event = desk.find(source)
    desk.save(event, read_event(file))
    say(f"saved; the original is kept. Next: analytics rejected replay {source}")


@rejected.command()
@click.argument("sources", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Replay every event that was not replayed.")
@click.pass_obj
def replay(desk: Desk, sources: tuple[str, ...], every: bool) -> None:
    """Queue rejected events again. They keep their ids, so replaying one twice counts it once.

    An event that is still not valid is not queued: edit it first.
    """
    if every == bool(sources):
        raise click.UsageError("give the sources of rejected events, or --all")
    chosen = list(desk.list()) if every else [desk.find(source) for source in sources]
    done = desk.replay(chosen)
    say(f"replayed {done}" + (f", {len(chosen) - done} are not valid yet" if done < len(chosen) else ""))


def _site(payload: str) -> str:
    return name_site(Entry(f"[{payload}]".encode(), 1))
