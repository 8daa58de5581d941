"""Admission control: what one function instance takes on at once, and how long a body may take to arrive."""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import TooSlow, Unavailable
from common.settings import Settings

HEALTH_PATHS = ("/healthz", "/readyz")
"""Always admitted: an instance that has all it can do is alive and ready."""

BUSY = "This instance has all that it takes on at once; send the same again."


@dataclass(frozen=True)
class Limits:
    """What is taken on at once; past either, requests are answered 503 at once, their bodies unread."""

    max_requests: int = 512
    max_bytes: int = 128 << 20
    body_timeout_seconds: float = 15

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits that the settings name."""
        return cls(settings.http_max_requests, settings.http_max_bytes, settings.http_timeout_seconds)


DEFAULT = Limits()


class Admission:
    """ASGI middleware that keeps an app's requests, and the bytes of their bodies, within limits."""

    def __init__(self, app: ASGIApp, limits: Limits, when_busy: ASGIApp) -> None:
        """`when_busy` answers what is not admitted."""
        self._app = app
        self._limits = limits
        self._when_busy = when_busy
        self._requests = 0
        self.bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer 503 where there is no room for it."""
        if scope["type"] != "http" or scope["path"] in HEALTH_PATHS:
            await self._app(scope, receive, send)
            return
        if self._requests >= self._limits.max_requests or self.bytes >= self._limits.max_bytes:
            await self._when_busy(scope, receive, send)
            return
        self._requests += 1
        body = _Body(self, self._limits, receive)
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._requests -= 1
            self.bytes -= body.size


class _Body:
    """One request's body on its way in; its bytes count as held until the request is answered."""

    def __init__(self, admission: Admission, limits: Limits, receive: Receive) -> None:
        self.size = 0
        self._admission = admission
        self._limits = limits
        self._receive = receive
        self._deadline = asyncio.get_running_loop().time() + limits.body_timeout_seconds
        self._is_complete = False

    async def receive(self) -> Message:
        """The next part; raises TooSlow past the deadline, Unavailable where there is no room for it."""
        if self._is_complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            seconds = self._limits.body_timeout_seconds
            raise TooSlow(f"The body did not arrive within {seconds:g} s.") from None
        self._is_complete = not message.get("more_body", False)
        size = len(message.get("body", b""))
        self.size += size
        self._admission.bytes += size
        if self._admission.bytes > self._limits.max_bytes:
            raise Unavailable(BUSY)
        return message
