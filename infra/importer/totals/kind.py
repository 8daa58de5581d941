"""What an export of totals is to the importer. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from infra.importer.formats.combined import Unparsable
from infra.importer.formats.kind import Format
from infra.importer.log_file import LogFile
from infra.importer.totals.figure import Figure


@dataclass(frozen=True)
class Member:
    """A file of an export: one of those that were named, or one within a zip file."""

    name: str
    head: bytes
    """How it begins, unpacked."""
    open: Callable[[], AbstractContextManager[LogFile]]
    """From its beginning, as often as wanted. Raises LogBroken."""


class Line(NamedTuple):
    """What a line of a file says; or why that can't be used. Number 0: the file as a whole."""

    member: str
    number: int
    outcome: Sequence[Figure] | Unparsable
    table: int = 0
    """Which of a file's tables, from 1; 0: the file is one."""


ReadTotals = Callable[[Sequence[Member], ZoneInfo], Iterator[Line]]
"""The lines of all files of an export, one file after the other; the zone is that of the site's days."""


@dataclass(frozen=True)
class Totals(Format):
    """A kind of export that holds totals of days."""

    read: ReadTotals


def list_own(known: Totals, members: Iterable[Member]) -> list[Member]:
    """The files of that kind."""
    return [member for member in members if known.is_own(member.head)]
