"""Our own export, NDJSON or CSV: with everything that was stored of an event. Pure."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from infra.importer.formats.combined import Unparsable
from infra.importer.histories.history import Whole, make_history
from infra.importer.histories.records import Row, find_json

_NEEDS = ("site_id", "timestamp", "event_id", "event_type")
_JSON = ("is_alone", "engaged_ms", "scroll_depth", "scroll_depth_before", "interactive", "props", "crawler")
"""Columns of the CSV that hold JSON: an object, a number, true or false."""


def read(row: Row) -> Iterator[Whole | Unparsable]:
    """The event of a record."""
    event = _read_cells(row) if "currency" in row else row
    timestamp, event_id = str(event["timestamp"]), str(event["event_id"])
    try:
        UUID(event_id)
        datetime.fromisoformat(timestamp)
    except ValueError:
        yield Unparsable("its event_id is no UUID, or its timestamp no time")
        return
    yield Whole(event, (timestamp, event_id))


def _read_cells(row: Row) -> Row:
    """A row of the CSV as the object of the NDJSON."""
    event = {name: find_json(text) if name in _JSON else text for name, text in row.items() if text != ""}
    amount, currency = event.pop("revenue", None), event.pop("currency", None)
    return event if amount is None else {**event, "revenue": {"amount": amount, "currency": currency}}


OWN_EXPORT = make_history("own", "an export of this system", _NEEDS, lambda: read)
