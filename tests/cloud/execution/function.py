"""A function in execution: environments that start cold, serve warm, time out and die, as Lambda's do."""

import json
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cloud.execution.runtime_api import Invocation, RuntimeApi

MAX_PAYLOAD_BYTES = 6 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, for synchronous invocations."""
INIT_SECONDS = 10
REGION = "eu-central-1"


class PayloadTooLarge(Exception):
    """The service refuses it; the function never sees it."""


@dataclass(frozen=True)
class Configuration:
    """What a function is deployed with."""

    name: str
    task_root: Path
    handler: str
    environment: Mapping[str, str]
    timeout_seconds: float = 10
    memory_mb: int = 512


@dataclass(frozen=True)
class Result:
    """What an invocation gives, and when: `init_seconds` is 0 on a warm start."""

    payload: bytes
    is_error: bool
    seconds: float
    init_seconds: float
    log: str

    @property
    def content(self) -> Any:
        """What the function answered."""
        assert not self.is_error, f"{self.payload!r}\n{self.log}"
        return json.loads(self.payload)

    @property
    def error_type(self) -> str:
        """What the function, or its runtime, failed with."""
        assert self.is_error, self.payload
        return str(json.loads(self.payload)["errorType"])


class Environment:
    """One execution environment: a process with the managed runtime's libraries and the bundle, nothing else."""

    def __init__(self, configuration: Configuration, python: Path) -> None:
        self._configuration = configuration
        self._api = RuntimeApi(configuration.name)
        self._log: list[str] = []
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            [str(python), "-m", "awslambdaric", configuration.handler],
            cwd=configuration.task_root,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.init_seconds = self._wait_until_loaded()

    def invoke(self, payload: bytes) -> Invocation:
        """Run the function on a payload; the environment may be dead afterwards."""
        invocation = Invocation(payload, self._configuration.timeout_seconds)
        self._api.submit(invocation)
        deadline = time.monotonic() + invocation.timeout_seconds
        while not invocation.done.wait(0.02):
            if self._api.init_error is not None:
                invocation.finish(self._api.init_error, is_error=True)
            elif not self.is_alive:
                self._fail(invocation, "Runtime.ExitError", f"Runtime exited with {self._process.returncode}")
            elif time.monotonic() > deadline:
                self._process.kill()
                self._process.wait()
                self._fail(
                    invocation, "Sandbox.Timedout", f"Task timed out after {invocation.timeout_seconds:.2f} seconds"
                )
        return invocation

    @property
    def is_alive(self) -> bool:
        """Whether it can take another invocation."""
        return self._process.poll() is None

    def take_log(self) -> str:
        """What was written since it was last asked for."""
        lines, self._log = self._log, []
        return "".join(lines)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._api.close()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _wait_until_loaded(self) -> float:
        while not self._api.ready.wait(0.002):
            is_late = time.monotonic() - self._started > INIT_SECONDS
            if is_late or not self.is_alive:
                break
        return time.monotonic() - self._started

    def _fail(self, invocation: Invocation, kind: str, message: str) -> None:
        content = {"errorType": kind, "errorMessage": f"RequestId: {invocation.request_id} Error: {message}"}
        invocation.finish(json.dumps(content).encode(), is_error=True)

    def _read_log(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._log.append(line)

    def _variables(self) -> dict[str, str]:
        configuration = self._configuration
        return {
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/{configuration.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "2025/11/12/[$LATEST]0",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_SESSION_TOKEN": "test",
            "LAMBDA_TASK_ROOT": str(configuration.task_root),
            "_HANDLER": configuration.handler,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PATH": "/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",  # for the task root can't be written
            **configuration.environment,
        }


@dataclass
class Function:
    """A deployed function: as many environments as there are invocations at once."""

    configuration: Configuration
    python: Path
    _idle: list[Environment] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, event: Any) -> Result:
        """Invoke with an event (bytes are taken as they are). Raises PayloadTooLarge."""
        payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise PayloadTooLarge(f"{len(payload)} bytes")
        with self._lock:
            environment = self._idle.pop() if self._idle else None
        init_seconds = 0.0
        if environment is None:
            environment = Environment(self.configuration, self.python)
            init_seconds = environment.init_seconds
        started = time.monotonic()
        invocation = environment.invoke(payload)
        seconds = time.monotonic() - started
        is_usable = environment.is_alive
        if not is_usable:
            environment.close()
        log = environment.take_log()
        if is_usable:
            with self._lock:
                self._idle.append(environment)
        return Result(invocation.answer, invocation.is_error, seconds, init_seconds, log)

    def close(self) -> None:
        """End every environment: the next invocation is a cold start."""
        with self._lock:
            environments, self._idle = self._idle, []
        for environment in environments:
            environment.close()
