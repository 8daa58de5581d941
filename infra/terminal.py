"""Texts that others sent, on their way to somebody's terminal."""

import unicodedata

import click

_KEPT = "\t\u200c\u200d"
"""Tabs, and joiners, which spelling needs: in Persian, and in emoji."""


def printable(text: str) -> str:
    """The text with what a terminal would obey, or not show, spelled as in JSON: one line, in its order."""
    if text.isprintable():
        return text
    return "".join(character if _is_shown(character) else _spell(character) for character in text)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print lines, none of which commands the terminal. What of others is in one has been made `printable` before."""
    click.echo("\n".join(map(printable, text.split("\n"))), err=err, nl=nl)


def _is_shown(character: str) -> bool:
    return character in _KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _spell(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))
