"""A batch for the processor: `{"Records": [{"messageId": …, "body": <data>, "trace": <t>}]}`.

The processor answers `{"batchItemFailures": [{"itemIdentifier": <messageId>, "reason": …}]}`, the contract of
AWS Lambda's event sources plus a reason. With `"mayDefer": true` in the batch, the reason may be `deferred`: one of the
message's sites was locked, so it is to be sent again, and this is not a failure. A batch without records may carry
`Queue`, what the poller sees of the queue, or `sites`, what it asks about sites.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, FailFast, Field, StringConstraints, ValidationError, field_validator

from common.dead_letter import Reason
from common.errors import InvalidInput, TooLarge
from common.wire.entry import Entry, read_traces
from common.wire.sites_task import SitesTask
from common.witness.sighting import Sighting

MAX_BATCH_EVENTS = 20_000
"""Of a batch for the processor, and the most entries of one."""
DEFERRED = "deferred"
Outcome = Reason | Literal["deferred"]
"""Why a message is not done: it is at fault, or it waits for a site that somebody else is writing."""


class Record(BaseModel):
    """One stream entry in a batch for the processor."""

    message_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")] = Field(alias="messageId")
    body: str
    trace: str = ""
    """The entry's traces; empty: none."""

    @field_validator("trace", mode="before")
    @classmethod
    def _leave_out(cls, trace: Any) -> str:
        """What is no trace: it is used once the events are stored, and must not fail their batch."""
        return read_traces(trace.encode(errors="replace")) if isinstance(trace, str) else ""


class Batch(BaseModel):
    """What the processor is invoked with."""

    records: Annotated[list[Record], FailFast()] = Field(alias="Records", max_length=MAX_BATCH_EVENTS)
    sightings: list[Sighting] = Field(alias="Queue", default=[], max_length=1_000)
    """What the poller sees of the queue; with no records."""
    sites: SitesTask | None = None
    """What the poller asks about sites; with no records."""
    may_defer: bool = Field(False, alias="mayDefer")
    """Whether the sender understands `deferred`; without it the processor waits for every site's lock."""


def encode_sightings(sightings: Sequence[Sighting]) -> bytes:
    """The processor's payload that tells of the queue, without any events."""
    return json.dumps({"Records": [], "Queue": [one.model_dump() for one in sightings]}).encode()


def encode_sites_task(task: SitesTask) -> bytes:
    """The processor's payload for a task."""
    return Batch(Records=[], sites=task).model_dump_json(by_alias=True, exclude_defaults=True).encode()


def encode_batch(entries: Sequence[Entry], *, may_defer: bool = False) -> bytes:
    """The processor's payload for these entries. `may_defer`: see Batch."""
    records = [
        {"messageId": entry.message_id, "body": entry.data.decode(errors="backslashreplace")}
        | ({"trace": entry.traces} if entry.traces else {})
        for entry in entries
    ]
    batch = {"Records": records} | ({"mayDefer": True} if may_defer else {})
    return json.dumps(batch, ensure_ascii=False, separators=(",", ":")).encode()


def read_batch(payload: bytes | Mapping[str, Any]) -> Batch:
    """The batch in a payload. Raises InvalidInput if the payload is not a batch, TooLarge if it is too many."""
    try:
        batch = Batch.model_validate_json(payload) if isinstance(payload, bytes) else Batch.model_validate(payload)
    except ValidationError as error:
        if error.errors(include_input=False, include_url=False)[0]["type"] == "too_long":
            raise TooLarge(f"A batch has at most {MAX_BATCH_EVENTS} records.") from None
        raise InvalidInput('Expected {"Records": [{"messageId": …, "body": …}]}.') from None
    if len({record.message_id for record in batch.records}) < len(batch.records):
        raise InvalidInput("Each messageId should occur once.")
    return batch


def report_failures(failures: Mapping[str, str]) -> dict[str, Any]:
    """The processor's answer: the message ids that are themselves at fault or deferred, each with its reason."""
    return {
        "batchItemFailures": [
            {"itemIdentifier": message_id, "reason": reason} for message_id, reason in failures.items()
        ]
    }


class Failure(BaseModel):
    """One item of the processor's answer."""

    item_identifier: str = Field(alias="itemIdentifier")
    reason: str = "unknown"


class Answer(BaseModel):
    """The processor's answer."""

    failures: list[Failure] = Field(alias="batchItemFailures")


def read_failures(answer: bytes, sent: Sequence[Entry]) -> dict[str, Outcome]:
    """The message ids of an answer and their reasons; a reason that is not in our list counts as `unknown`.

    Raises InvalidInput for an answer without batchItemFailures or one that names an id that was
    not sent: then nothing is known of the batch.
    """
    try:
        failures = Answer.model_validate_json(answer).failures
    except ValidationError:
        raise InvalidInput("The processor's answer has no batchItemFailures.") from None
    known = {entry.message_id for entry in sent}
    if any(failure.item_identifier not in known for failure in failures):
        raise InvalidInput("The processor's answer names a message that was not sent.")
    return {failure.item_identifier: _read_reason(failure.reason) for failure in failures}


def _read_reason(word: str) -> Outcome:
    return cast(Outcome, word) if word == DEFERRED or word in get_args(Reason) else "unknown"
