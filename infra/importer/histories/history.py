"""What a history is to the importer. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from infra.importer.formats.combined import Unparsable
from infra.importer.formats.kind import Format
from infra.importer.histories.draft import Draft, Nothing
from infra.importer.histories.records import Row, find_names


class Whole(NamedTuple):
    """An event that has all that is stored of it, apart from its site; and what it is stored under."""

    fields: Row
    key: tuple[str, str]


ReadRow = Callable[[Row], Iterable[Draft | Whole | Unparsable | Nothing]]
"""The events of a record; or why there is none."""


@dataclass(frozen=True)
class History(Format):
    """A kind of file whose records are events, each with all that is known of it."""

    needs: frozenset[str]
    """The fields without which a record is no event."""
    open: Callable[[], ReadRow]
    """A reader for one file; it may remember what earlier records said."""
    owner: str = ""
    """The field that names the site at the other tracker: a file of several of them is not mixed up."""


def make_history(
    name: str, title: str, needs: Iterable[str], open_reader: Callable[[], ReadRow], owner: str = ""
) -> History:
    """A history whose files are told by the names of their first record's fields."""
    needed = frozenset(needs)
    return History(name, title, lambda head: needed <= find_names(head), needed, open_reader, owner)
