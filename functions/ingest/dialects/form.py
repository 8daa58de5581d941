"""What every dialect is: a request becomes events and named drops; what became of them becomes an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from starlette.responses import Response

from common.access.key import looks_like_key
from common.errors import Fault, InvalidInput
from common.http import messages


class Message(NamedTuple):
    """A request. Its body is decompressed, and at most a few megabytes long."""

    method: str
    path: str
    query: str
    """As it was sent, without the question mark."""
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes
    parse_json: Callable[[bytes], Any]
    """Raises NotJson."""

    @property
    def shows_key(self) -> bool:
        """Whether it shows a key of ours: then it comes from a server, which speaks for its visitors."""
        scheme, _, bearer = self.headers.get("authorization", "").partition(" ")
        presented = bearer.strip() if scheme.lower() == "bearer" else ""
        presented = presented or self.headers.get("x-api-key", "")
        return bool(presented) and looks_like_key(presented)


@dataclass(slots=True)
class Given:
    """An event of a request, as POST /events takes it, but for its site."""

    external_id: str
    """What the other tracker calls its site."""
    event: dict[str, Any]
    unused: Sequence[str] = ()
    """Names of what the client sent and an event has no place for."""
    losses: list[Fault] = field(default_factory=list)
    """What of the client's values could not be kept: by field of the event, and why."""
    wrong: InvalidInput | None = None
    """Where it is no event at all."""
    reference: str = ""
    """By what its client asks what became of it."""


class Drop(NamedTuple):
    """Something that becomes no event. It is counted under its dialect and this name."""

    name: str
    why: str
    external_id: str = ""
    reference: str = ""


Item = Given | Drop


class Divided(NamedTuple):
    """A request's parts, and how each is read. One takes little time; a thousand take turns."""

    parts: list[Any]
    read: Callable[[Any], Sequence[Item]]


NO_PARTS = Divided([], lambda _: ())


class Outcome(NamedTuple):
    """What became of one item."""

    kind: Literal["stored", "filtered", "rejected", "dropped"]
    error: InvalidInput | None = None
    reference: str = ""
    faults: bytes = b"[]"
    """Of many, what is wrong with this one, in JSON: encoded with the others in one step it would take long."""


class Dialect(Protocol):
    """A module that reads one tracker's requests."""

    EVENTS_NAME: str
    """Of the member that has a request's events, where its body is an object; empty: there is none."""

    def find_json(self, message: Message) -> bytes | None:
        """The JSON of a request, maybe compressed; None where there is none to be read. Raises InvalidInput."""

    def divide(self, message: Message, content: Any) -> Divided:
        """What a request holds; `content`: the value of its JSON. Raises InvalidInput where it can't be told."""

    def answer(self, message: Message, outcomes: Sequence[Outcome]) -> Response:
        """What its clients expect; `outcomes` in the order of the items. Of JSON the message has the beginning."""


def find_body(message: Message) -> bytes:
    """For a dialect whose bodies are all JSON."""
    return message.body


GIF = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
"""A transparent pixel."""


def refuse(outcomes: Sequence[Outcome]) -> Response | None:
    """The answer where nothing of a request is valid: a problem document; None where something is."""
    if outcomes and outcomes[0].error is None:
        return None
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if not errors or len(errors) < len(outcomes):
        return None
    if len(errors) == 1:
        [error] = errors
        return messages.problem(error.status, error.title, error.detail, {"errors": messages.describe_error(error)})
    rejected = [b'{"index":%d,"errors":%s}' % (index, outcome.faults) for index, outcome in enumerate(outcomes)]
    return messages.problem(422, "Invalid input", "No event is valid.", arrays={"rejected": rejected})
