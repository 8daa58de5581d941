"""Invokes the process function through AWS Lambda and classifies its failures.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
from collections.abc import Sequence
from typing import Any

from common.aws.driver import BotoCoreError, ClientError, Config, ReadTimeoutError, Session
from common.dead_letter import Reason
from common.errors import AnalyticsError, InvalidInput
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

CONNECT_TIMEOUT_SECONDS = 3
MOST_CONNECTIONS = 50
_REFUSED_PAYLOADS: dict[str, Reason] = {
    "RequestTooLargeException": "too_large",
    "InvalidRequestContentException": "refused",
}
"""Service errors that blame the payload. Any other error is about the service or our permissions."""
_REASONS: dict[str, Reason] = {
    "InvalidInput": "refused",
    "TooLarge": "too_large",
    "TookTooLong": "timed_out",
    "Sandbox.Timedout": "timed_out",
    "Runtime.ExitError": "exited",
    "Runtime.OutOfMemory": "exited",
}
"""Error types of the function and its runtime. Any other type is an exception in the function."""


class LambdaInvoker:
    """Invokes a Lambda function, given by name or ARN; safe to share between threads."""

    def __init__(self, function: str, timeout_seconds: float) -> None:
        self.function = function
        self._timeout_seconds = timeout_seconds
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=timeout_seconds,
            max_pool_connections=MOST_CONNECTIONS,
            retries={"total_max_attempts": 1},  # the lanes retry: they know what is safe to retry
        )
        self._client: Any = Session().create_client("lambda", config=config)

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Outcome]:
        """Process these entries; returns the ids of those not done, with reasons. Raises Outage or Crash."""
        try:
            answer = self._call(encode_batch(entries, may_defer=True))
        except Crash as crash:
            # The batch is not to blame if the processor is slow or unavailable.
            if is_quick(lambda _: self.is_ready(), self._timeout_seconds):
                raise
            raise Outage(f"the processor {crash.reason} and is slow or unavailable") from crash
        try:
            return read_failures(answer, entries)
        except InvalidInput as error:
            raise Outage(error.detail) from error

    def observe(self, payload: bytes) -> bytes:
        """Tell the processor of the queue; returns its answer. Raises Outage or Crash."""
        return self._call(payload)

    def is_ready(self) -> bool:
        """Whether the processor and its store answer. An empty batch checks only that."""
        try:
            self._call(encode_batch([]))
        except AnalyticsError:
            return False
        return True

    def ask(self, task: SitesTask) -> SitesAnswer:
        """What the processor says or does about sites. Raises Outage."""
        try:
            return read_sites_answer(self._call(encode_sites_task(task)))
        except Crash as crash:
            raise Outage(f"the processor {crash.reason} on a task") from crash
        except InvalidInput as error:
            raise Outage(error.detail) from error

    def _call(self, payload: bytes) -> bytes:
        try:
            answer = self._client.invoke(FunctionName=self.function, Payload=payload)
            content: bytes = answer["Payload"].read()
        except ReadTimeoutError as error:
            raise Crash("timed_out") from error
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            if code in _REFUSED_PAYLOADS:
                raise Crash(_REFUSED_PAYLOADS[code]) from error
            raise Outage(f"the processor can't be invoked ({code})") from error
        except BotoCoreError as error:
            raise Outage(f"the processor can't be reached ({type(error).__name__})") from error
        if "FunctionError" in answer:
            raise _read_error(content)
        return content


def _read_error(content: bytes) -> AnalyticsError:
    """What a function error means."""
    try:
        error = json.loads(content)
        kind, message = str(error.get("errorType", "")), str(error.get("errorMessage", ""))
    except (ValueError, AttributeError):
        kind, message = "", ""
    if kind == "Unavailable":
        return Outage("the processor's store is unavailable")
    if kind == "FromTheFuture":
        return Outage("the queue's clock is ahead of the processor's: set both right")
    if "Task timed out" in message:  # its errorType is missing or Sandbox.Timedout
        return Crash("timed_out")
    return Crash(_REASONS.get(kind, "crashed"))
