"""The mended event that `edit` takes."""

import json

import click

from common.event import check_events


def read_event(file: str) -> str:
    """The one event in a file (`-`: standard input), as its JSON object: bare, or alone in an array.

    A message and exit code 1 where it is not exactly one valid event: at its replay none would be lost.
    """
    with click.open_file(file, "rb") as source:
        content = source.read()
    try:
        event = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise click.ClickException("not saved: this is not JSON in UTF-8") from error
    if isinstance(event, list) and len(event) == 1:
        [event] = event
    if not isinstance(event, dict):
        raise click.ClickException("not saved: one event is expected, as a JSON object")
    payload = json.dumps(event)
    if fault := check_events(f"[{payload}]"):
        raise click.ClickException(f"not saved: {fault.removeprefix('0/')}")
    return payload
