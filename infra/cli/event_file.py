"""Reads the corrected event that `edit` takes."""

import json

import click

from common.event import check_events


def read_event(file: str) -> str:
    """The single event in a file (`-`: standard input), as a JSON object; the file may have it in an array.

    Ends with a message and exit code 1 unless there is exactly one valid event, so that a replay loses none.
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
