"""An export's lines as events."""

from infra.importer.account import Account, Place
from infra.importer.formats.combined import Unparsable
from infra.importer.formats.own import read_event
from infra.importer.log_file import MAX_LINE_BYTES
from infra.importer.page_view import PageView


class HistoryIntake:
    """Makes the events of one export, line by line, and notes what becomes of the other lines."""

    def __init__(self, name: str, site_id: str, account: Account) -> None:
        self._name, self._site_id, self._account = name, site_id, account

    def take(self, number: int, line: bytes | None) -> PageView | None:
        """The event of a line, if it is one; a line of None is one that is too long."""
        self._account.report.read += 1
        too_long = Unparsable(f"longer than {MAX_LINE_BYTES:,} bytes")
        event = too_long if line is None else read_event(line, self._site_id)
        if isinstance(event, Unparsable):
            self._account.note_unparsable(Place(self._name, number), event.reason)
            return None
        return PageView(*event)
