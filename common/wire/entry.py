"""The formats of what travels on the stream and to the processor, and their version. No other module knows them.

A stream entry is a batch of events: `v` (version), `n` (how many), `data` (a JSON array of them), `g` (the stripe of
their sites; older entries have none), and `t` if requests of its events are traced: their traceparents (W3C), with
spaces between. Who does not know a field leaves it alone.
A batch for the processor is `{"Records": [{"messageId": …, "body": <data>, "trace": <t>}]}`; the processor
answers `{"batchItemFailures": [{"itemIdentifier": <messageId>, "reason": …}]}`, the contract of
AWS Lambda's event sources plus a reason. With `"mayDefer": true` in the batch, the reason may be `deferred`: one of the
message's sites was locked, so it is to be sent again, and this is not a failure. A batch without records may carry
`Queue`, what the poller sees of the queue, or `sites`, what it asks about sites.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, FailFast, Field, StringConstraints, ValidationError, field_validator

from common.dead_letter import Reason
from common.errors import InvalidInput, TooLarge
from common.placement import STRIPES, find_stripe
from common.witness.sighting import Sighting

VERSION = b"1"
MAX_ENTRY_EVENTS = 1_000
MAX_ENTRY_BYTES = 1 << 20
MAX_BATCH_EVENTS = 20_000
"""Of a batch for the processor, and the most entries of one."""
MOST_TRACES = 8
"""Of one entry; further requests' traces end at ingest."""
_TRACEPARENT = rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01"
_TRACES = re.compile(rb"%s(?: %s){0,%d}" % (_TRACEPARENT, _TRACEPARENT, MOST_TRACES - 1))
DEFERRED = "deferred"
Outcome = Reason | Literal["deferred"]
"""Why a message is not done: it is at fault, or it waits for a site that somebody else is writing."""


@dataclass(frozen=True)
class Entry:
    """A batch of events on its way: `data` is a JSON array of `count` events.

    `message_id` is empty until the stream has given one: `<shard>:<stream id>`. `stripe`: that of its sites; None where
    they may be of several.
    """

    data: bytes
    count: int
    message_id: str = ""
    stripe: int | None = None
    traces: str = ""
    """The traceparents of those of its events' requests that are traced, with spaces between."""
    sites: frozenset[str] | None = None
    """Those of its events, where somebody has looked."""


def pack(events: Iterable[tuple[str, bytes]]) -> list[Entry]:
    """The fewest entries that hold these encoded events, each with its site, stripe by stripe and in order.

    None is over the limits.
    """
    stripes: dict[int, list[bytes]] = {}
    sites: dict[str, list[bytes]] = {}
    for site_id, event in events:
        if (stripe := sites.get(site_id)) is None:  # a site's stripe is found once, not for each of its events
            stripe = sites[site_id] = stripes.setdefault(find_stripe(site_id), [])
        stripe.append(event)
    return [entry for stripe, encoded in stripes.items() for entry in _pack(encoded, stripe)]


def _pack(events: Sequence[bytes], stripe: int) -> list[Entry]:
    if len(events) <= MAX_ENTRY_EVENTS and 2 + sum(map(len, events)) + len(events) <= MAX_ENTRY_BYTES:
        return [_join(events, stripe)]
    entries: list[Entry] = []
    chunk: list[bytes] = []
    size = 2
    for event in events:
        if chunk and (len(chunk) == MAX_ENTRY_EVENTS or size + len(event) + 1 > MAX_ENTRY_BYTES):
            entries.append(_join(chunk, stripe))
            chunk, size = [], 2
        chunk.append(event)
        size += len(event) + 1
    if chunk:
        entries.append(_join(chunk, stripe))
    return entries


def _join(events: Sequence[bytes], stripe: int) -> Entry:
    return Entry(b"[" + b",".join(events) + b"]", len(events), stripe=stripe)


def read_entry(message_id: str, fields: Mapping[bytes, bytes]) -> Entry:
    """A stream entry as it was read. One that we did not write has count 0, and all its fields as data.

    Somebody else may have written it: its count is within our limits or it is not ours.
    """
    data, count = fields.get(b"data"), fields.get(b"n", b"")
    is_count = re.fullmatch(rb"[0-9]{1,4}", count) is not None and int(count) <= MAX_ENTRY_EVENTS
    if fields.get(b"v") != VERSION or data is None or not is_count:
        raw = {_text(name): _text(value) for name, value in fields.items()}
        return Entry(json.dumps(raw).encode(), 0, message_id)
    return Entry(data, int(count), message_id, _read_stripe(fields.get(b"g", b"")), _read_traces(fields.get(b"t", b"")))


def _read_traces(traces: bytes) -> str:
    return traces.decode() if _TRACES.fullmatch(traces) else ""


def _read_stripe(stripe: bytes) -> int | None:
    return int(stripe) if re.fullmatch(rb"[0-9]", stripe) and int(stripe) < STRIPES else None


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")


def split(entry: Entry) -> list[Entry]:
    """Each event of an entry as an entry of its own, `<message id>/<index>`; what is not a batch is left as it is."""
    try:
        events = json.loads(entry.data)
        if not isinstance(events, list):
            return [entry]
        parts = [json.dumps([event], separators=(",", ":")).encode() for event in events]
    except (ValueError, RecursionError):
        return [entry]
    return [
        Entry(part, 1, name_event(entry.message_id, index), traces=entry.traces) for index, part in enumerate(parts)
    ]


def pick(entry: Entry, is_kept: Callable[[Any], bool]) -> list[Entry]:
    """The entry if all its events are kept, else those that are, as split() gives them: each keeps its place."""
    kept = [is_kept(event) for event in json.loads(entry.data)]
    return [entry] if all(kept) else [part for part, stays in zip(split(entry), kept, strict=True) if stays]


def name_event(message_id: str, index: int) -> str:
    """The place of an event: its message's id if that is of one event alone, else with its index."""
    return message_id if is_part(message_id) else f"{message_id}/{index}"


def is_part(message_id: str) -> bool:
    """Whether a message is one event of an entry, delivered alone."""
    return "/" in message_id


def name_entry(message_id: str) -> str:
    """The entry that a message is, or is a part of."""
    return message_id.partition("/")[0]


def read_milliseconds(message_id: str) -> int | None:
    """When (since 1970) an entry was accepted, by the queue's clock; None for an id that is not of our stream."""
    match = re.fullmatch(r"\d+:(\d{1,15})-\d+(/\d+)?", message_id)
    return int(match[1]) if match else None


def read_minute(message_id: str) -> int | None:
    """The minute (since 1970) in which an entry was accepted; None for an id that is not of our stream."""
    milliseconds = read_milliseconds(message_id)
    return None if milliseconds is None else milliseconds // 60_000


def name_site(part: Entry) -> str:
    """The site of an entry of one event; empty if it names none."""
    try:
        [event] = json.loads(part.data)
    except (ValueError, TypeError, RecursionError):
        return ""
    return find_site(event)


def find_site(item: Any) -> str:
    """The site that a JSON value names, fit for any store: at most 64 characters; empty if it names none."""
    site_id = item.get("site_id") if isinstance(item, dict) else None
    if not isinstance(site_id, str) or "\0" in site_id:
        return ""
    try:
        site_id.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return ""
    return site_id[:64]


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
        return _read_traces(trace.encode(errors="replace")) if isinstance(trace, str) else ""


class SitesTask(BaseModel):
    """What the poller asks of the processor about sites, in an empty batch: an older processor ignores it.

    With none of the others: what is published of sites, unless its version is `version`. `remove`: a step of deleting
    a site.
    """

    version: str = ""
    remove: str | None = None
    is_last: bool = False
    """Nothing of the site, or of what is erased, is queued any more: do the last step."""
    erase: int | None = None
    """One step of the erasure with this id."""
    dead: list[str] = []
    """Ids of events, of dead letters that this erasure is about to delete: in place of a step, remember them."""
    expire: bool = False
    """Delete the next of what sites keep no longer."""
    restores: bool = False
    """Count the next of the filtered events that are wished back."""


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


class ErasureTask(BaseModel):
    """Events of a site that are being erased."""

    id: int
    site_id: str
    asked: dict[str, str]
    """See common.erasure.criteria."""


class SitesAnswer(BaseModel):
    """The processor's answer to a SitesTask."""

    version: str | None = None
    """None: it does not know such tasks."""
    document: str | None = None
    """See common.sites.document; None: as before."""
    removals: dict[str, float] = {}
    """The sites that are being deleted, with the seconds since that was asked."""
    restores: int = 0
    """Wishes to count filtered events after all that are left."""
    erasures: list[ErasureTask] = []
    """Those that are not done."""
    erased_rows: int = 0
    """Not 0: there may be more to erase in the database."""
    is_erased: bool = False
    removed_rows: int = 0
    is_removed: bool = False


def encode_sites_task(task: SitesTask) -> bytes:
    """The processor's payload for a task."""
    return Batch(Records=[], sites=task).model_dump_json(by_alias=True, exclude_defaults=True).encode()


def report_sites(answer: SitesAnswer) -> dict[str, Any]:
    """The processor's answer."""
    return {"batchItemFailures": [], "sites": answer.model_dump(exclude_defaults=True)}


def read_sites_answer(answer: bytes) -> SitesAnswer:
    """Raises InvalidInput for an answer that is none."""
    try:
        return _SitesReport.model_validate_json(answer).sites
    except ValidationError:
        raise InvalidInput("The processor's answer about sites can't be read.") from None


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


class _SitesReport(BaseModel):
    sites: SitesAnswer = SitesAnswer()


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
