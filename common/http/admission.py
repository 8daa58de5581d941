"""Admission control: how many requests, and bytes of their bodies, one function instance takes on at once."""

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import Unavailable
from common.settings import Settings

HEALTH_PATHS = ("/healthz", "/readyz", "/metrics")
"""Always admitted: an instance that has all it can do is alive and ready, and says so."""

SMALL_BYTES = 16 << 10
"""A body of no more is read whatever others hold: who fills the memory with large ones keeps no single event out."""

BUSY = "This instance has all that it takes on at once; send the same again."


@dataclass(frozen=True)
class Limits:
    """What is taken on at once; past either, requests are answered 503 at once.

    A request counts once its body is there: one that is still being sent costs its bytes alone, and may be sent slowly.
    """

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
        if self._requests >= self._limits.max_requests:
            await self._when_busy(scope, receive, send)
            return
        body = _Body(self, receive)
        if scope["method"] in ("GET", "HEAD"):
            body.is_counted = self.count_one()
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._requests -= body.is_counted
            self.bytes -= body.size

    def count_one(self) -> bool:
        """Count a request that is there; raises Unavailable where there is no room for it."""
        if self._requests >= self._limits.max_requests:
            raise Unavailable(BUSY)
        self._requests += 1
        return True

    def hold(self, size: int, whole: int) -> None:
        """Count more bytes of a body that has `whole` by now; raises Unavailable where there is no room for them."""
        self.bytes += size
        if self.bytes > self._limits.max_bytes and whole > SMALL_BYTES:
            raise Unavailable(BUSY)


class _Body:
    """One request's body on its way in; its bytes count as held until the request is answered."""

    __slots__ = ("_admission", "_receive", "is_counted", "size")

    def __init__(self, admission: Admission, receive: Receive) -> None:
        self.size = 0
        self.is_counted = False
        self._admission = admission
        self._receive = receive

    async def receive(self) -> Message:
        """The next part; raises Unavailable where there is no room for it, or for a request that is now there."""
        message = await self._receive()
        size = len(message.get("body", b""))
        self.size += size
        self._admission.hold(size, self.size)
        if message["type"] == "http.request" and not message.get("more_body", False) and not self.is_counted:
            self.is_counted = self._admission.count_one()
        return message
