"""Admission control: how many requests, and bytes of their bodies, one function instance takes on at once."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import Unavailable
from common.settings import Settings

HEALTH_PATHS = ("/healthz", "/readyz")
"""Always admitted: an instance that has all it can do is alive and ready."""

BUSY = "This instance has all that it takes on at once; send the same again."


@dataclass(frozen=True)
class Limits:
    """What is taken on at once; past either, requests are answered 503 at once, their bodies unread."""

    max_requests: int = 512
    max_bytes: int = 128 << 20

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits that the settings name."""
        return cls(settings.http_max_requests, settings.http_max_bytes)


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
        body = _Body(self, self._limits.max_bytes, receive)
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._requests -= 1
            self.bytes -= body.size


class _Body:
    """One request's body on its way in; its bytes count as held until the request is answered."""

    __slots__ = ("_admission", "_max_bytes", "_receive", "size")

    def __init__(self, admission: Admission, max_bytes: int, receive: Receive) -> None:
        self.size = 0
        self._admission = admission
        self._max_bytes = max_bytes
        self._receive = receive

    async def receive(self) -> Message:
        """The next part; raises Unavailable where there is no room for it."""
        message = await self._receive()
        size = len(message.get("body", b""))
        self.size += size
        self._admission.bytes += size
        if self._admission.bytes > self._max_bytes:
            raise Unavailable(BUSY)
        return message
