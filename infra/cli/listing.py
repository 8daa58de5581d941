"""What the commands that list things share."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import click

from infra.terminal import printable, say


class Listed(Protocol):
    """One of a list."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""


Item = TypeVar("Item", bound=Listed)


class ListByDefault(click.Group):
    """A group that lists where no command of it is named: `analytics sites` is `analytics sites list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with the command in its place."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def show_list(items: Iterable[Item], as_json: bool, tell: Callable[[Item], str], empty: str) -> None:
    """Print a line for each item, or `empty`; as JSON one array, an item a line."""
    if not as_json:
        is_empty = True
        for item in items:
            say(printable(tell(item)))
            is_empty = False
        if is_empty:
            say(empty)
        return
    before = "["
    for item in items:
        say(before + json.dumps(item.as_dict()), nl=False)
        before = ",\n"
    say("[]" if before == "[" else "]")
