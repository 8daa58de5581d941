"""Shared code of the list commands."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import click

from infra.terminal import printable, say


class Listed(Protocol):
    """An item of a list."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""


Item = TypeVar("Item", bound=Listed)


class ListByDefault(click.Group):
    """A group whose default command is `list`: `analytics sites` is `analytics sites list`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert `list` if no command is given, then parse as click does."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def show_list(items: Iterable[Item], as_json: bool, tell: Callable[[Item], str], empty: str) -> None:
    """Print a line for each item, or `empty`. As JSON, print one array with one item per line."""
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
