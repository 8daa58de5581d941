"""Which pages of other origins may call a function, by Starlette's rules."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

RawHeaders = list[tuple[bytes, bytes]]


class Cors:
    """Answers preflights, and adds to other answers what browsers ask for."""

    def __init__(self, allow_origins: str) -> None:
        """`allow_origins`: comma-separated; `*` for any."""
        self._rules = CORSMiddleware(
            _call_nothing,
            allow_origins=[origin.strip() for origin in allow_origins.split(",")],
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type", "Authorization", "X-API-Key", "If-None-Match"],
            expose_headers=["Retry-After", "RateLimit", "RateLimit-Policy", "ETag"],
            max_age=86_400,
        )
        self._simple = Headers(self._rules.simple_headers).raw

    def allows(self, origin: str | None) -> bool:
        """Whether a page of `origin` may call; None: no page calls, but a server."""
        return origin is None or self._rules.allow_all_origins or self._rules.is_allowed_origin(origin)

    def answer_preflight(self, scope: Scope) -> Response | None:
        """The answer to an OPTIONS request if it is a browser's question whether it may send another one."""
        headers = Headers(scope=scope)
        if "origin" not in headers or "access-control-request-method" not in headers:
            return None
        return self._rules.preflight_response(headers)

    def extend(self, headers: RawHeaders, origin: str | None) -> RawHeaders:
        """An answer's header fields and those for who asks from a page of `origin`, or from none."""
        extended = [field for field in headers if field[0] != b"vary"]
        if origin is not None:
            extended += self._simple
            if not self._rules.allow_all_origins and self._rules.is_allowed_origin(origin):
                extended.append((b"access-control-allow-origin", origin.encode("latin-1")))
        varies = [value for name, value in headers if name == b"vary"]
        extended.append((b"vary", b", ".join([*varies, b"Origin"])))
        return extended


async def _call_nothing(_: Scope, __: Receive, ___: Send) -> None:
    """The app behind the rules, which are only asked."""
