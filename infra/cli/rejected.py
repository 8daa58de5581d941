"""`analytics rejected list|show|edit|replay`."""

import asyncio
import json
from collections.abc import Sequence

import click

from common.event import check_events
from common.postgres.database import Database
from common.redis.entry_buffer import SiteEvent
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry, find_shard, name_site
from infra.cli.event_file import read_event
from infra.cli.listing import ListByDefault, show_list
from infra.set_aside.rejected_events import RejectedEvent, RejectedEvents
from infra.terminal import say


@click.group(cls=ListByDefault)
@click.pass_context
def rejected(context: click.Context) -> None:
    """Events that were accepted and could not be stored, each set aside with its reason.

    \b
    invalid_event  it breaks the rules for events: somebody else wrote to the stream
    store_refused  PostgreSQL refuses its values

    \b
    Mend the cause, or edit the event, then replay:
      analytics rejected list
      analytics rejected edit 0:1763000000000-0/3 mended.json
      analytics rejected replay 0:1763000000000-0/3
    """
    settings: Settings = context.obj
    database = Database.of(settings)
    context.call_on_close(database.close)
    context.obj = Desk(settings, database)


class Desk:
    """Where rejected events are looked at and queued again."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.events = RejectedEvents(database)

    def find(self, source: str) -> RejectedEvent:
        """The event from this place; a message and exit code 1 if there is none."""
        event = self.events.find(source)
        if event is None:
            raise click.ClickException(f"there is no rejected event {source} (see: analytics rejected list)")
        return event

    def replay(self, events: Sequence[RejectedEvent]) -> int:
        """Queue these again, as newly accepted; returns how many are events now."""
        valid = [event for event in events if not check_events(f"[{event.payload}]")]
        asyncio.run(self._append([(_site(event.payload), event.payload.encode()) for event in valid]))
        for event in valid:
            self.events.mark_replayed(event)
        return len(valid)

    async def _append(self, events: Sequence[SiteEvent]) -> None:
        stream = RedisStream(self.settings)
        try:
            for site_id, payload in events:
                await stream.append(find_shard(site_id, self.settings.stream_shards), [(site_id, payload)])
        finally:
            await stream.close()


@rejected.command("list")
@click.option("--replayed", is_flag=True, help="Also those that were replayed.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_events(desk: Desk, replayed: bool, as_json: bool) -> None:
    """Every rejected event: its place, site, reason and what was wrong."""

    def tell(event: RejectedEvent) -> str:
        return f"{event.source}  {event.site_id or '(no site)'}  {event.reason}  {event.detail}"

    show_list(desk.events.list(replayed), as_json, tell, "No rejected events.")


@rejected.command()
@click.argument("source")
@click.pass_obj
def show(desk: Desk, source: str) -> None:
    """One rejected event with its payload, as JSON."""
    say(json.dumps(desk.find(source).as_dict(), indent=2, ensure_ascii=False))


@rejected.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.pass_obj
def edit(desk: Desk, source: str, file: str) -> None:
    """Put the event in FILE (a JSON object, or - for standard input) in its place.

    The event is checked first; the original is kept beside it.
    """
    event = desk.find(source)
    desk.events.save(event, read_event(file))
    say(f"saved; the original is kept. Next: analytics rejected replay {source}")


@rejected.command()
@click.argument("sources", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Replay every event that was not replayed.")
@click.pass_obj
def replay(desk: Desk, sources: tuple[str, ...], every: bool) -> None:
    """Queue rejected events again. They keep their ids: replayed twice, they count once.

    An event that is still not valid stays where it is: edit it first.
    """
    if every == bool(sources):
        raise click.UsageError("name rejected events, or give --all")
    chosen = list(desk.events.list()) if every else [desk.find(source) for source in sources]
    done = desk.replay(chosen)
    say(f"replayed {done}" + (f", {len(chosen) - done} are not valid yet" if done < len(chosen) else ""))


def _site(payload: str) -> str:
    return name_site(Entry(f"[{payload}]".encode(), 1))
