"""The functions' ASGI apps: exact paths, CORS, admission, and a problem document for every error.

They use Starlette's requests, responses and CORS rules, but not its router and middleware. Those took two fifths of a
POST's CPU between uvicorn and a function, and all paths are known beforehand.
"""

import re
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, unquote

from anyio import CancelScope
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from common.errors import Unavailable, detach
from common.http import messages
from common.http.admission import BUSY, DEFAULT, Admission, Limits
from common.http.cors import Cors
from common.http.problems import answer_error, answer_failure


class Meter(Protocol):
    """Who counts the requests (see common.metrics.requests)."""

    def note(self, route: str, method: str, response: Response, seconds: float) -> None:
        """Count a request that is being answered; `route`: the path as it was declared, empty where there is none."""


class App:
    """An ASGI app of `routes`, whose endpoints are coroutines.

    A path's last segment may be a parameter, `/v1/keys/{key_id}`, or ones before it: `/array/{token}/config`,
    `/v1/sites/{site_id}/goals/{name}`.
    """

    def __init__(
        self, routes: Sequence[Route], cors: Cors | None, limits: Limits, with_credentials: frozenset[str] = frozenset()
    ) -> None:
        """`with_credentials`: paths to which pages of other origins may send cookies along, which nobody reads."""
        self.routes = routes
        self._endpoints = {(route.path, method): route.endpoint for route in routes for method in route.methods or ()}
        self._methods: dict[str, str] = {}
        for path in dict.fromkeys(route.path for route in routes):
            methods = {method for route in routes if route.path == path for method in route.methods or ()}
            self._methods[path] = ", ".join(sorted(methods))
        within = [path for path in self._methods if "{" in path.rpartition("/")[0]]
        ended = [path for path in self._methods if path.endswith("}") and path not in within]
        self._open_ended = {path.rpartition("/")[0]: path for path in ended}
        self._open_within = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)), path) for path in within]
        self._cors = cors
        self._meter: Meter | None = None
        self._with_credentials = with_credentials
        self._admission = Admission(self._serve, limits, self._refuse)

    def watch(self, meter: Meter, route: Route) -> None:
        """Have requests counted, and the figures shown by a route."""
        self._meter = meter
        self.routes = [*self.routes, route]
        self._endpoints[route.path, "GET"] = route.endpoint
        self._methods[route.path] = "GET"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. An exception that is not one of our errors is answered with 500 and raised again."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["method"] == "OPTIONS" and (response := self._answer_preflight(scope)):
            await response(scope, receive, send)
        else:
            await self._admission(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _Request(scope, receive)
        try:
            response = await self._answer(request)
        except Exception as error:
            known = answer_error(error)
            if known is None:
                failure = answer_failure()
                self._note(request, failure)
                await failure(scope, receive, send)
                raise
            response = known
            detach(error)  # all who wait for one write get one error, on which tracebacks would pile up
        await self._send(response, request, send)

    async def _answer(self, request: "_Request") -> Response:
        scope = request.scope
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if "{" in path or path not in self._methods:  # a parameter may look like its name in the route
            path = self._find_open_ended(scope) or self._find_open_within(scope) or ""
        if path in self._methods:
            request.route = path
        endpoint = self._endpoints.get((path, scope["method"]))
        if endpoint is not None:
            response: Response = await endpoint(request)
            return response
        if path in self._methods:
            headers = {"Allow": self._methods[path]}
            return messages.problem(405, "Method Not Allowed", "This path does not take this method.", headers=headers)
        return messages.problem(404, "Not Found", "There is nothing at this path.")

    def _answer_preflight(self, scope: Scope) -> Response | None:
        if self._cors is None:
            return None
        return self._cors.answer_preflight(scope, with_credentials=self._may_have_credentials(scope))

    def _may_have_credentials(self, scope: Scope) -> bool:
        path: str = scope["path"]
        return path.removeprefix(scope.get("root_path", "")) in self._with_credentials

    def _find_open_ended(self, scope: Scope) -> str | None:
        """The path whose parameter is the request's last segment, which may have an escaped slash in it."""
        folder, _, last = _find_escaped(scope).rpartition("/")
        path = self._open_ended.get(folder)
        if path is None or not last:
            return None
        scope["path_params"] = {path.rpartition("/")[2].strip("{}"): unquote(last)}
        return path

    def _find_open_within(self, scope: Scope) -> str | None:
        """The path with parameters before its last segment that a request's path is one of; they may have slashes."""
        path = _find_escaped(scope)
        for pattern, route in self._open_within:
            if found := pattern.fullmatch(path):
                scope["path_params"] = {name: unquote(value) for name, value in found.groupdict().items()}
                return route
        return None

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = answer_error(Unavailable(BUSY))
        assert response is not None  # noqa: S101 - it is one of our errors
        await self._send(response, _Request(scope, receive), send)

    def _note(self, request: "_Request", response: Response) -> None:
        if self._meter is not None:
            seconds = time.perf_counter() - request.began
            self._meter.note(request.route, request.scope["method"], response, seconds)

    async def _send(self, response: Response, request: "_Request", send: Send) -> None:
        """Send a response, and leave it as it is: endpoints may answer many requests with one."""
        self._note(request, response)
        headers = response.raw_headers
        if self._cors is not None:
            may_have = self._may_have_credentials(request.scope)
            headers = self._cors.extend(headers, request.headers.get("origin"), with_credentials=may_have)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if not isinstance(response, StreamingResponse):
            await send({"type": "http.response.body", "body": response.body})
            return
        try:
            async for part in response.body_iterator:
                if await request.is_disconnected():
                    return
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            if response.background is not None:
                with CancelScope(shield=True):
                    await response.background()


def _find_escaped(scope: Scope) -> str:
    """A request's path as it was sent: a slash within a segment is escaped."""
    whole: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    return whole.partition(b"?")[0].decode("latin-1").removeprefix(scope.get("root_path", ""))


class _Headers(Headers):
    """Header fields that are found by their names, not by going through all of them."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._first = dict(reversed(self.raw))

    def get(self, key: str, default: Any = None) -> Any:
        value = self._first.get(_spell(key))
        return default if value is None else value.decode("latin-1")


@lru_cache(maxsize=256)
def _spell(name: str) -> bytes:
    """The name of a header field as servers hand it over."""
    return name.lower().encode("latin-1")


class _Request(Request):
    route = ""
    """The path of what answers, as it was declared."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self.began = time.perf_counter()
        self._fields = _Headers(scope)

    @property
    def headers(self) -> Headers:
        return self._fields


async def _live(receive: Receive, send: Send) -> None:
    """Say to a server that all is ready, and in the end that all is done: there is nothing to be done."""
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})


async def _answer_alive(_: Request) -> Response:
    return messages.answer({"status": "ok"})


def build_app(
    routes: Sequence[Route],
    cors_allow_origins: str = "",
    limits: Limits = DEFAULT,
    with_credentials: frozenset[str] = frozenset(),
) -> App:
    """A function's ASGI app: its routes, GET /healthz, and problem documents for every error.

    `cors_allow_origins`: comma-separated origins whose pages may call it; empty: no CORS headers.
    `limits`: what it takes on at once. `with_credentials`: see App.
    """
    cors = Cors(cors_allow_origins) if cors_allow_origins else None
    return App([*routes, Route("/healthz", _answer_alive)], cors, limits, with_credentials)
