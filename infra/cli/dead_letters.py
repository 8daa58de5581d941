"""`analytics dead-letters list|show|edit|replay`."""

import json
from dataclasses import replace

import click

from common.dead_letter import DeadLetter
from common.redis.client import connect
from common.settings import Settings
from common.wire import Entry, name_site
from infra.cli.event_file import read_event
from infra.cli.listing import ListByDefault, show_list
from infra.queue.dead_letters import DeadLetters
from infra.terminal import say


@click.group("dead-letters", cls=ListByDefault)
@click.pass_context
def dead_letters(context: click.Context) -> None:
    """Events that the processor failed on repeatedly, each kept with the reason.

    \b
    Fix the cause or edit the event, then replay:
      analytics dead-letters list
      analytics dead-letters show 0:1763000000000-0/3
      analytics dead-letters edit 0:1763000000000-0/3 fixed.json
      analytics dead-letters replay 0:1763000000000-0/3
    """
    settings: Settings = context.obj
    redis = connect(settings)
    context.call_on_close(redis.close)
    context.obj = DeadLetters(redis, settings)


@dead_letters.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_letters(letters: DeadLetters, as_json: bool) -> None:
    """List the dead letters: id, reason and number of attempts."""

    def tell(letter: DeadLetter) -> str:
        return f"{letter.message_id}  {letter.reason}  after {letter.attempts} attempts"

    show_list(letters.list(), as_json, tell, "No dead letters.")


@dead_letters.command()
@click.argument("message_id")
@click.pass_obj
def show(letters: DeadLetters, message_id: str) -> None:
    """Show one dead letter with its payload, as JSON."""
    say(json.dumps(_find(letters, message_id).as_dict(), indent=2, ensure_ascii=False))


@dead_letters.command()
@click.argument("message_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.pass_obj
def edit(letters: DeadLetters, message_id: str, file: str) -> None:
    """Replace the letter's event with the one in FILE (a JSON object, or - for standard input).

    The new event is validated first. The original is kept.
    """
    letter = _find(letters, message_id)
    payload = f"[{read_event(file)}]"
    site_id = name_site(Entry(payload.encode(), 1))
    letters.save(replace(letter, payload=payload, site_id=site_id, original=letter.original or letter.payload))
    say(f"saved; the original is kept. Next: analytics dead-letters replay {message_id}")


@dead_letters.command()
@click.argument("message_ids", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Replay every dead letter.")
@click.pass_obj
def replay(letters: DeadLetters, message_ids: tuple[str, ...], every: bool) -> None:
    """Queue dead letters again. Events keep their ids, so replaying one twice counts it once."""
    if every == bool(message_ids):
        raise click.UsageError("give the ids of dead letters, or --all")
    chosen = list(letters.list()) if every else [_find(letters, message_id) for message_id in message_ids]
    say(f"replayed {sum(letters.replay(letter) for letter in chosen)}")


def _find(letters: DeadLetters, message_id: str) -> DeadLetter:
    letter = letters.find(message_id)
    if letter is None:
        raise click.ClickException(f"there is no dead letter {message_id} (see: analytics dead-letters list)")
    return letter
