"""Sends batches of events to ingest, and retries until they are answered."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import urllib3
from pydantic import BaseModel, ValidationError
from urllib3 import exceptions

from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from infra.importer.errors import ImportStopped
from infra.importer.page_view import PageView

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 10.0
_TIMEOUT = urllib3.Timeout(connect=5, read=30)
_NO_RETRIES = urllib3.Retry(False)
Line = TypeVar("Line")
"""How a batch's owner names the line that an event is of."""


@dataclass
class Batch(Generic[Line]):
    """Events on their way into one request, each with its key and its line."""

    events: list[bytes] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    size_bytes: int = 2  # the brackets

    def has_room(self, view: PageView) -> bool:
        """Whether the request stays within ingest's bounds with this event in it."""
        return len(self.events) < MAX_EVENTS and self.size_bytes + len(view.body) + 1 <= MAX_BODY_BYTES

    def add(self, view: PageView, line: Line) -> None:
        """Appends the page view of that line."""
        self.events.append(view.body)
        self.keys.append(view.key)
        self.lines.append(line)
        self.size_bytes += len(view.body) + 1


@dataclass(frozen=True)
class Answer:
    """Ingest's answer to a batch: how many events it accepted, and which it rejected, as (index, reason)."""

    accepted: int
    rejected: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class Patience:
    """How to wait while ingest is unavailable or busy; `seconds` limits the wait for one batch."""

    seconds: float
    clock: Callable[[], float]
    pause: Callable[[float], None]
    say: Callable[[str], None]


class IngestClient:
    """POSTs batches to /events, or to /import. A retry sends the same ids, so it never counts twice.

    Raises ImportStopped if the URL does not begin with http:// or https://.
    """

    def __init__(self, ingest_url: str, patience: Patience, key: str = "") -> None:
        """`key`: with which the events may speak for visitors."""
        if not ingest_url.startswith(("http://", "https://")):
            raise ImportStopped("INGEST_URL should begin with http:// or https://.")
        self._root = ingest_url.rstrip("/")
        self._name_target("/events")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._patience = patience
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=_NO_RETRIES)

    def send(self, events: Sequence[bytes]) -> Answer:
        """Send a batch; returns ingest's answer. Raises ImportStopped when a retry would not help."""
        self._name_target("/events")
        return self._send(b"[%s]" % b",".join(events), "application/json", len(events))

    def send_stored(self, events: Sequence[bytes]) -> Answer:
        """Send a batch of events that are complete: of an export, or of a history. Raises as `send` does."""
        self._name_target("/import")
        return self._send(b"\n".join(events), "application/x-ndjson", len(events))

    def _name_target(self, path: str) -> None:
        self._url = self._root + path
        self._shown = re.sub("//[^/]*@", "//", self._url)  # without a password

    def _send(self, body: bytes, media_type: str, count: int) -> Answer:
        give_up_at = self._patience.clock() + self._patience.seconds
        attempt = 0
        while isinstance(answer := self._post(body, media_type, count), _Busy):
            backoff = min(_FIRST_PAUSE_SECONDS * 2**attempt, _LONGEST_PAUSE_SECONDS)
            self._wait(answer.retry_after_seconds or backoff, answer.reason, give_up_at)
            attempt = min(attempt + 1, 10)
        return answer

    def close(self) -> None:
        """Drops the connection."""
        self._pool.clear()

    def _wait(self, seconds: float, reason: str, give_up_at: float) -> None:
        if self._patience.clock() + seconds > give_up_at:
            raise ImportStopped(
                f"{self._shown}: {reason}; given up, as the next try in {seconds:g} s would be past the"
                f" {self._patience.seconds:g} s to wait. Import again later: nothing counts twice."
            )
        self._patience.say(f"{self._shown}: {reason}; next try in {seconds:g} s")
        self._patience.pause(seconds)

    def _post(self, body: bytes, media_type: str, count: int) -> "Answer | _Busy":
        try:
            headers = {"Content-Type": media_type, **self._headers}
            response = self._pool.request("POST", self._url, body=body, headers=headers)
        except exceptions.NewConnectionError:
            return _Busy("no connection")
        except exceptions.TimeoutError:
            return _Busy("no answer in time")
        except exceptions.ProtocolError:
            return _Busy("the connection broke")
        except exceptions.HTTPError as error:
            raise ImportStopped(f"{self._shown} can't be reached: {error} (setting: INGEST_URL).") from error
        if response.status in (429, 503):
            return _Busy(f"answers {response.status}", _read_retry_after(response))
        if response.status in (202, 422):
            return self._read_answer(response, count)
        raise ImportStopped(f"{self._shown} answers {response.status}: {_read_detail(response)}")

    def _read_answer(self, response: urllib3.BaseHTTPResponse, count: int) -> Answer:
        try:
            body = _AnswerBody.model_validate_json(response.data)
        except ValidationError:
            body = None
        if body and response.status == 422 and not body.rejected:
            return Answer(0, [(index, _read_detail(response)) for index in range(count)])
        if body is None or not body.adds_up_to(count):
            raise ImportStopped(f"{self._shown} does not answer as ingest does (setting: INGEST_URL).")
        return Answer(body.accepted, [(item.index, _word_errors(item.errors)) for item in body.rejected])


@dataclass(frozen=True)
class _Busy:
    reason: str
    retry_after_seconds: float | None = None


class _Rejected(BaseModel):
    index: int
    errors: list[Any]


class _AnswerBody(BaseModel):
    """A 202 of POST /events, or the problem document of a 422, in which no event was accepted."""

    accepted: int = 0
    rejected: list[_Rejected] = []
    title: str = ""
    detail: str = ""

    def adds_up_to(self, count: int) -> bool:
        indexes = {item.index for item in self.rejected}
        return self.accepted + len(indexes) == count and indexes <= set(range(count))


def _read_retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    try:
        return urllib3.Retry().get_retry_after(response)
    except exceptions.InvalidHeader:
        return None


def _read_detail(response: urllib3.BaseHTTPResponse) -> str:
    try:
        body = _AnswerBody.model_validate_json(response.data)
    except ValidationError:
        body = _AnswerBody()
    return body.detail or body.title or response.reason or "no reason given"


def _word_errors(errors: Sequence[Any]) -> str:
    return "; ".join(
        ": ".join(str(error[name]) for name in ("pointer", "detail") if error.get(name))
        if isinstance(error, dict)
        else str(error)
        for error in errors
    )
