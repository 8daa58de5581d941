"""moto's Lambda with real execution in place of its echo: what is created there runs, as its code says."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from moto.awslambda.models import LambdaFunction
from moto.core.exceptions import JsonRESTError

from tests.cloud.execution.function import Configuration, Function, PayloadTooLarge


class RequestTooLarge(JsonRESTError):
    """As the service says it."""

    code = 413

    def __init__(self) -> None:
        super().__init__("RequestTooLargeException", "Request must be smaller than 6291456 bytes")


class TooManyRequests(JsonRESTError):
    """As the service says it."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class Executor:
    """Runs moto's functions; each is unpacked once for each version of its code."""

    def __init__(self, folder: Path, python: Path) -> None:
        self._folder = folder
        self._python = python
        self._functions: dict[str, Function] = {}
        self._in_flight: dict[str, int] = {}
        self._lock = threading.Lock()

    def invoke(self, deployed: LambdaFunction, payload: bytes, headers: Any) -> bytes:
        """Invoke as the service does, reserved concurrency and the bound of a payload included."""
        function = self._find(deployed)
        with self._reserved(deployed):
            try:
                result = function.invoke(payload or b"{}")
            except PayloadTooLarge:
                raise RequestTooLarge from None
        if result.is_error:
            headers["x-amz-function-error"] = "Unhandled"
        return result.payload

    def close(self) -> None:
        """End every function."""
        for function in self._functions.values():
            function.close()

    @contextmanager
    def _reserved(self, deployed: LambdaFunction) -> Iterator[None]:
        name, limit = deployed.function_name, deployed.reserved_concurrency
        with self._lock:
            if limit is not None and self._in_flight.get(name, 0) >= int(limit):
                raise TooManyRequests
            self._in_flight[name] = self._in_flight.get(name, 0) + 1
        try:
            yield
        finally:
            with self._lock:
                self._in_flight[name] -= 1

    def _find(self, deployed: LambdaFunction) -> Function:
        code = deployed.code_bytes
        configured = f"{deployed.environment_vars} {deployed.handler} {deployed.timeout}".encode()
        key = f"{deployed.function_name} {hashlib.sha256(code + configured).hexdigest()}"
        with self._lock:
            if key not in self._functions:
                root = self._folder / hashlib.sha256(code).hexdigest()
                if not root.exists():
                    zipfile.ZipFile(io.BytesIO(code)).extractall(root)
                configuration = Configuration(
                    name=deployed.function_name,
                    task_root=root,
                    handler=deployed.handler,
                    environment=deployed.environment_vars,
                    timeout_seconds=float(deployed.timeout),
                    memory_mb=int(deployed.memory_size),
                )
                self._functions[key] = Function(configuration, self._python)
            return self._functions[key]


@contextmanager
def executing(folder: Path, python: Path) -> Iterator[Executor]:
    """While the block runs, moto's Lambda executes."""
    executor = Executor(folder, python)

    def invoke(self: LambdaFunction, body: Any, _: Any, response_headers: Any) -> bytes:
        return executor.invoke(self, body.encode() if isinstance(body, str) else body, response_headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LambdaFunction, "invoke", invoke)
        try:
            yield executor
        finally:
            executor.close()
