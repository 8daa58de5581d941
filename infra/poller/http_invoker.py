"""Invokes the process function over HTTP and classifies its failures."""

import json
import logging
import threading
import time
from collections.abc import Sequence

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from common.dead_letter import Reason
from common.errors import AnalyticsError, FromTheFuture, InvalidInput
from common.wire import (
    Entry,
    Outcome,
    SitesAnswer,
    SitesTask,
    encode_batch,
    encode_sites_task,
    read_failures,
    read_sites_answer,
)
from infra.poller.invoker import Crash, Outage, is_quick

MOST_CONNECTIONS = 50
"""Size of the connection pool. Above it, urllib3 logs a warning for every connection that it discards."""
PROBE_TIMEOUT_SECONDS = 3
PROBE_EVERY_SECONDS = 0.2
RESTART_SECONDS = 10
"""How long a processor may take to be ready again after it exits."""

_AT_FAULT: dict[int, Reason] = {400: "refused", 413: "too_large", 422: "refused", 500: "crashed", 504: "timed_out"}
"""Statuses that blame the batch. Any other status but 200 is an outage of the processor."""
_NOT_OBEYED = {
    401: "the processor refuses the key: PROCESS_KEY should be the same for poller and processor",
    403: "the processor answers its own machine only: set PROCESS_KEY for poller and processor",
    421: "the processor does not know its name: PROCESS_URL should be the same for poller and processor",
}
"""What an operator has to change."""

log = logging.getLogger("poller")


class HttpInvoker:
    """POSTs batches to the process function; safe to share between threads."""

    def __init__(self, url: str, timeout_seconds: float, key: str = "") -> None:
        """`key`: what the processor obeys; empty where it is on this machine and has none."""
        self._url = url.rstrip("/")
        # Don't reuse connections: one that the server has just closed would look like a crash.
        self._headers = {"Content-Type": "application/json", "Connection": "close"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._lock = threading.Lock()
        self._not_obeyed = 0
        """The status with which the processor refuses us, 0 while it does not."""
        self._timeout_seconds = timeout_seconds
        self._timeout = urllib3.Timeout(connect=PROBE_TIMEOUT_SECONDS, read=timeout_seconds)
        self._pool = urllib3.PoolManager(retries=False, maxsize=MOST_CONNECTIONS)

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        """Process these entries; returns the ids of those not done, with reasons. Raises Outage or Crash."""
        body = encode_batch(entries, may_defer=True)
        try:
            # Don't follow redirects: they would send the key to another server.
            answer = self._pool.request(
                "POST", f"{self._url}/", body=body, headers=self._headers, timeout=self._timeout, redirect=False
            )
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise Outage("the processor can't be reached") from error
        except ReadTimeoutError as error:
            raise self._suspect("timed_out") from error
        except HTTPError as error:
            # Blame the batch only if the processor comes back. Otherwise the network or the processor is down.
            raise self._suspect("exited", RESTART_SECONDS) from error
        self._note_refusal(answer.status)
        if answer.status in _NOT_OBEYED:
            raise Outage("the processor refuses the poller")
        if answer.status == FromTheFuture.status and _is_from_the_future(answer.data):
            raise Outage("the queue's clock is ahead of the processor's: set both right")
        if answer.status in _AT_FAULT:
            raise self._suspect(_AT_FAULT[answer.status])
        if answer.status != 200:
            raise Outage(f"the processor answers {answer.status}")
        try:
            return read_failures(answer.data, entries)
        except InvalidInput as error:
            raise Outage(error.detail) from error

    def observe(self, payload: bytes) -> bytes:
        """Tell the processor of the queue; returns its answer. Raises Outage."""
        try:
            answer = self._pool.request(
                "POST", f"{self._url}/", body=payload, headers=self._headers, timeout=self._timeout, redirect=False
            )
        except HTTPError as error:
            raise Outage("the processor can't be reached") from error
        if answer.status != 200:
            raise Outage(f"the processor answers {answer.status}")
        return answer.data

    def is_ready(self) -> bool:
        """Whether the processor obeys us, and it and its store answer."""
        return not self._not_obeyed and self._answers_within(PROBE_TIMEOUT_SECONDS)

    def ask(self, task: SitesTask) -> SitesAnswer:
        """What the processor says or does about sites. Raises Outage."""
        try:
            answer = self._pool.request(
                "POST", f"{self._url}/", body=encode_sites_task(task), headers=self._headers, timeout=self._timeout,
                redirect=False,
            )  # fmt: skip
        except HTTPError as error:
            raise Outage("the processor can't be reached") from error
        if answer.status != 200:
            raise Outage(f"the processor answers {answer.status}")
        try:
            return read_sites_answer(answer.data)
        except InvalidInput as error:
            raise Outage(error.detail) from error

    def _note_refusal(self, status: int) -> None:
        """Say once that the processor does not obey us: it will not until somebody changes a setting.

        429 follows on many wrong keys, and says nothing new.
        """
        if status == 429:
            return
        refusal = status if status in _NOT_OBEYED else 0
        with self._lock:
            is_news, self._not_obeyed = refusal != self._not_obeyed, refusal
        if refusal and is_news:
            log.error(_NOT_OBEYED[refusal])

    def _answers_within(self, seconds: float) -> bool:
        timeout = urllib3.Timeout(total=seconds)
        try:
            return self._pool.request("GET", f"{self._url}/readyz", timeout=timeout).status == 200
        except HTTPError:
            return False

    def _suspect(self, reason: Reason, patience_seconds: float = 0) -> AnalyticsError:
        """A Crash, or an Outage if the processor is still slow or unavailable after `patience_seconds`."""
        deadline = time.monotonic() + patience_seconds
        while not is_quick(self._answers_within, self._timeout_seconds):
            if time.monotonic() >= deadline:
                return Outage(f"the processor {reason} and is slow or unavailable")
            time.sleep(PROBE_EVERY_SECONDS)
        return Crash(reason)


def _is_from_the_future(answer: bytes) -> bool:
    """Whether a problem document says that the ids are from the future, in which case no event is at fault."""
    try:
        return bool(json.loads(answer)["title"] == FromTheFuture.title)
    except (ValueError, TypeError, KeyError):
        return False
