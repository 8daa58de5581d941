"""An event that was accepted and can't be stored: kept with its reason."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from common.wire import find_site

Reason = Literal["invalid_event", "store_refused"]
"""The closed list: the event breaks the model (somebody else wrote to the stream); PostgreSQL refuses it."""


@dataclass(frozen=True)
class Rejection:
    """`source` is its place in the stream (`<message id>/<index>`), `payload` its JSON text."""

    site_id: str
    source: str
    reason: Reason
    detail: str
    payload: str

    @classmethod
    def of(cls, source: str, item: Any, payload: str, reason: Reason, detail: str) -> "Rejection":
        """A rejection of the JSON value `item`, filed under its site if it names one."""
        return cls(find_site(item), source, reason, detail[:500].replace("\0", ""), payload)

    def as_dict(self) -> dict[str, Any]:
        """Its fields, for a JSON parameter."""
        return asdict(self)
