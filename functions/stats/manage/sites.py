"""/v1/sites: the sites listed, made, changed and deleted over HTTP."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.errors import Fault, Forbidden, InvalidInput, NotJson
from common.http import messages
from common.sites.changes import read_changes, read_new_site
from common.sites.directory import SiteDirectory, SiteRecord
from common.time_zone import check_time_zone
from functions.stats.access.api_key import ApiKey

MAX_BODY_BYTES = 256 << 10

Answer = Callable[[Request, bytes], Response]


@dataclass(frozen=True)
class Declared:
    """A route, and what a caller needs for it: `view` or `manage` of the site in its path, or of all sites."""

    method: str
    path: str
    scope: str
    answer: Answer


def build_site_routes(directory: SiteDirectory, api_key: ApiKey, time_zone: str) -> list[Route]:
    """The routes of /v1/sites. `time_zone`: that of a new site that names none."""
    sites = Sites(directory, time_zone)
    declared = [
        Declared("GET", "/v1/sites", "view", sites.list),
        Declared("POST", "/v1/sites", "manage", sites.create),
        Declared("GET", "/v1/sites/{site_id}", "view", sites.show),
        Declared("PATCH", "/v1/sites/{site_id}", "manage", sites.change),
        Declared("DELETE", "/v1/sites/{site_id}", "manage", sites.delete),
    ]
    paths = dict.fromkeys(route.path for route in declared)
    return [_build(path, [route for route in declared if route.path == path], api_key) for path in paths]


def _build(path: str, declared: list[Declared], api_key: ApiKey) -> Route:
    by_method = {route.method: _guard(route, api_key) for route in declared}

    async def endpoint(request: Request) -> Response:
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, endpoint, methods=list(by_method))


def _guard(route: Declared, api_key: ApiKey) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        await api_key.check(request)
        if route.scope == "manage" and api_key.is_open:
            raise Forbidden(
                "Without a key nobody may change anything here: set STATS_API_KEY, or use `analytics sites`."
            )
        content = b""
        if route.method in ("POST", "PATCH"):
            messages.check_media_type(request, ("application/json",))
            content = await messages.read_body(request, MAX_BODY_BYTES)
        return await run_in_threadpool(route.answer, request, content)

    return endpoint


class Sites:
    """Answers the requests of one function instance."""

    def __init__(self, directory: SiteDirectory, time_zone: str) -> None:
        self._directory = directory
        self._time_zone = time_zone

    def list(self, _: Request, __: bytes) -> Response:
        """GET /v1/sites"""
        return messages.answer({"data": [describe(record) for record in self._directory.list()]})

    def create(self, _: Request, content: bytes) -> Response:
        """POST /v1/sites"""
        new = read_new_site(_parse(content))
        if new.time_zone is not None:
            try:
                check_time_zone(new.time_zone)
            except ValueError as error:
                raise InvalidInput("The site is not valid.", (Fault(f"{error}.", "/time_zone"),)) from None
        return messages.answer({"data": describe(self._directory.create(new, self._time_zone))}, 201)

    def show(self, request: Request, _: bytes) -> Response:
        """GET /v1/sites/{site_id}"""
        return messages.answer({"data": describe(self._directory.find(_find_id(request)))})

    def change(self, request: Request, content: bytes) -> Response:
        """PATCH /v1/sites/{site_id}"""
        changes = read_changes(_parse(content))
        return messages.answer({"data": describe(self._directory.change(_find_id(request), changes))})

    def delete(self, request: Request, _: bytes) -> Response:
        """DELETE /v1/sites/{site_id}: 202, for its data goes in steps."""
        site_id = _find_id(request)
        self._directory.request_removal(site_id)
        return messages.answer({"data": {"site_id": site_id, "is_being_deleted": True}}, 202)


def describe(record: SiteRecord) -> dict[str, Any]:
    """A site as the API shows it; `role`: what the caller may do with it."""
    return {**record.as_dict(), "role": "admin"}


def _find_id(request: Request) -> str:
    site_id = str(request.path_params["site_id"])
    if "\0" in site_id or len(site_id.encode(errors="replace")) > 64:
        raise InvalidInput("There can be no such site.", (Fault("Should be 1 to 64 bytes.", parameter="site_id"),))
    return site_id


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise NotJson("The body should be a JSON object.") from None
