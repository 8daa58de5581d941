"""A history's records as events."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pydantic_core import to_json

from common.settings import Settings
from infra.importer.completion import Drafts
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import Draft, Nothing
from infra.importer.histories.history import History, Whole
from infra.importer.histories.records import MAX_RECORD_BYTES, Record, find_layout, read_array, read_lines, read_table
from infra.importer.log_file import LogFile
from infra.importer.page_view import PageView


class Item(NamedTuple):
    """What came of a record: its number, and an event, or why there is none."""

    number: int
    outcome: PageView | Unparsable | Nothing


def read_history(history: History, file: LogFile, site_id: str, settings: Settings) -> Iterator[Item]:
    """What comes of each record of a file, in their order. Raises LogBroken."""
    kept = frozenset(filter(None, map(str.strip, settings.query_parameters_kept.split(","))))
    drafts, read, owners = Drafts(site_id, history.name, kept), history.open(), _Owners(history.owner)
    for number, row in _read_records(file):
        if isinstance(row, Unparsable):
            yield Item(number, row)
        elif missing := history.needs - row.keys():
            yield Item(number, Unparsable(f"it has no {', '.join(sorted(missing))}"))
        elif other := owners.find_other(row):
            yield Item(number, Unparsable(other))
        else:
            for found in read(row):
                if isinstance(found, Draft):
                    yield Item(number, drafts.finish(found))
                elif isinstance(found, Whole):
                    yield Item(number, PageView(to_json({**found.fields, "site_id": site_id}), found.key))
                else:
                    yield Item(number, found)


def _read_records(file: LogFile) -> Iterator[Record]:
    layout = find_layout(file.head)
    if layout == "array":
        return read_array(file.blocks())
    lines = file.lines(MAX_RECORD_BYTES)
    return read_lines(lines) if layout == "lines" else read_table(lines, layout)


class _Owners:
    """Keeps a file's records to the site of its first one."""

    def __init__(self, field: str) -> None:
        self._field, self._first = field, ""

    def find_other(self, row: Mapping[str, object]) -> str:
        """Why the record is left out, if it is of another site."""
        owner = str(row.get(self._field) or "") if self._field else ""
        self._first = self._first or owner
        if owner == self._first or not owner:
            return ""
        return f"of another site ({self._field} {owner}) than the first: export each site into a file of its own"
