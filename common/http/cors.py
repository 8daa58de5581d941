"""Which pages of other origins may call a function, by Starlette's rules."""

import re

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from common.http import messages

_MOST_NAMES = 100
_NAME = r"[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}[ \t]*"
_NAMES = re.compile(rf"[ \t]*|{_NAME}(?:,{_NAME}){{0,{_MOST_NAMES - 1}}}")
"""Any may be sent: none of them lets a page do what it could not do without, for no cookie is read."""

_ALLOW_ORIGIN = b"access-control-allow-origin"
RawHeaders = list[tuple[bytes, bytes]]


class Cors:
    """Answers preflights, and adds the CORS header fields to other answers."""

    def __init__(self, allow_origins: str) -> None:
        """`allow_origins`: comma-separated; `*` for any."""
        self._rules = CORSMiddleware(
            _call_nothing,
            allow_origins=[origin.strip() for origin in allow_origins.split(",")],
            allow_methods=["GET", "POST"],
            allow_headers=["*"],  # those that are asked for: monitoring adds its own to every request of a page
            allow_private_network=True,
            expose_headers=["Retry-After", "RateLimit", "RateLimit-Policy", "ETag", "Now"],
            max_age=86_400,
        )
        self._simple = Headers(self._rules.simple_headers).raw

    def allows(self, origin: str | None) -> bool:
        """Whether a page of `origin` may call. None: the caller is not a page but a server."""
        return origin is None or self._rules.allow_all_origins or self._rules.is_allowed_origin(origin)

    def answer_preflight(self, scope: Scope, *, with_credentials: bool = False) -> Response | None:
        """The answer to an OPTIONS request if it is a browser's question whether it may send another one.

        `with_credentials`: whether it may send cookies along.
        """
        headers = Headers(scope=scope)
        if "origin" not in headers or "access-control-request-method" not in headers:
            return None
        if not self._rules.is_allowed_origin(headers["origin"]):
            return self._refuse("Pages of this origin may not call this service (CORS_ALLOW_ORIGINS).")
        if headers["access-control-request-method"] not in self._rules.allow_methods:
            return self._refuse("Pages of other origins may send GET and POST.")
        if not _NAMES.fullmatch(headers.get("access-control-request-headers", "")):
            return self._refuse(f"Expected at most {_MOST_NAMES} names of header fields, with commas between.")
        response = self._rules.preflight_response(headers)
        if with_credentials:
            response.headers["Access-Control-Allow-Origin"] = headers["origin"]
            response.headers["Access-Control-Allow-Credentials"] = "true"
        return response

    def _refuse(self, detail: str) -> Response:
        """A refusal: without the field that lets the browser send its request."""
        vary = {"Vary": self._rules.preflight_headers["Vary"]}
        return messages.problem(403, "Forbidden", detail, headers=vary)

    def extend(self, headers: RawHeaders, origin: str | None, *, with_credentials: bool = False) -> RawHeaders:
        """An answer's header fields, with those that a page of `origin` needs; None: the request has no origin.

        `with_credentials`: whether it may read the answer to a request with cookies; `*` would not let it.
        """
        extended = [field for field in headers if field[0] != b"vary"]
        if origin is not None:
            names_it = with_credentials or not self._rules.allow_all_origins
            extended += [field for field in self._simple if not (names_it and field[0] == _ALLOW_ORIGIN)]
            if names_it and self.allows(origin):
                extended.append((_ALLOW_ORIGIN, origin.encode("latin-1")))
                extended += [(b"access-control-allow-credentials", b"true")] * with_credentials
        varies = [value for name, value in headers if name == b"vary"]
        extended.append((b"vary", b", ".join([*varies, b"Origin"])))
        return extended


async def _call_nothing(_: Scope, __: Receive, ___: Send) -> None:
    """The app behind the rules, which are only asked."""
