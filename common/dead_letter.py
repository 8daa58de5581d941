"""An event that the processor failed on repeatedly, set aside on its own."""

import json
from dataclasses import dataclass
from typing import Any, Literal, Self

Reason = Literal[
    "not_a_batch_of_events",
    "crashed",
    "exited",
    "timed_out",
    "refused",
    "too_large",
    "interrupted",
    "unknown",
]
"""The closed list; docs/reliability.md says what each means."""


@dataclass(frozen=True)
class DeadLetter:
    """`message_id`: where it was, `payload`: the JSON array that held it alone, `site_id`: empty if it
    names none, `original`: the payload before its first edit, empty if there was none.
    """

    message_id: str
    payload: str
    reason: Reason
    attempts: int
    site_id: str = ""
    original: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self)

    def encode(self) -> bytes:
        """As it is kept under its message id."""
        return json.dumps({name: value for name, value in vars(self).items() if name != "message_id"}).encode()

    @classmethod
    def decode(cls, message_id: str, letter: bytes) -> Self:
        """As it was kept."""
        return cls(message_id, **json.loads(letter))
