"""/v1/links: who manages a site shares its figures, and stops sharing them."""

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.key import Key, read_key
from common.access.links import LinkDraft, Links
from common.errors import Fault, InvalidInput, Unauthorized
from common.filters.conditions import parse_filters
from common.http import messages
from functions.stats.access.body import read_object
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate, open_route
from functions.stats.access.identity import Identity
from functions.stats.access.sessions import Sessions
from functions.stats.manage.fields import read_fields

_SHAPES = {"name": "text", "filters": "list", "password": "text", "embed_origins": "texts", "expires_at": "time"}


class LinkRoutes:
    """Answers about shared links."""

    def __init__(self, links: Links, sessions: Sessions, identity: Identity) -> None:
        self._links = links
        self._sessions = sessions
        self._identity = identity

    def build(self, gate: Gate) -> list[Route]:
        """Links are for whoever manages their site; anybody with a password may unlock one."""
        return [
            gate.read("/v1/links", "sites", self.list),
            gate.change("/v1/links", "sites", "POST", self.make),
            gate.change("/v1/links/{link_id}", "sites", "PATCH", self.change),
            gate.change("/v1/links/{link_id}", "sites", "DELETE", self.revoke),
            open_route("/v1/links/unlock", self._unlock, "whoever has a link's token and password may", ["POST"]),
        ]

    def list(self, request: Request, caller: Caller) -> Response:
        """The links of the caller's sites, or of those that the query names."""
        asked = request.query_params.getlist("site_id")
        sites = asked or caller.sites("sites")
        return messages.answer({"data": [link.as_dict() for link in self._links.list(sites)]})

    def make(self, _: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The new link with its token, which is shown here and never again."""
        given = read_fields(content, {"site_id": "text", **_SHAPES}, ("site_id", "name"))
        caller.check("sites", [given["site_id"]])
        link, key = self._links.make(caller.name, given["site_id"], _draft(given))
        return messages.answer({"data": {**link.as_dict(), "token": key.text, "path": f"/share/{key.text}"}}, 201)

    def change(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The link as it is now."""
        draft = _draft(read_fields(content, _SHAPES))
        link = self._links.change(caller.name, request.path_params["link_id"], draft, caller.sites("sites"))
        return messages.answer({"data": link.as_dict()})

    def revoke(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """Nobody reads anything by it from now on."""
        link_id = request.path_params["link_id"]
        self._links.revoke(caller.name, link_id, caller.sites("sites"))
        return messages.answer({"data": {"link_id": link_id}})

    async def _unlock(self, request: Request) -> Response:
        content = await read_object(request)
        given = read_fields(content, {"token": "text", "password": "text"}, ("token", "password"))
        return await run_in_threadpool(self._open, request, read_key(given["token"]), given["password"])

    def _open(self, request: Request, key: Key | None, password: str) -> Response:
        client = self._identity.find_client(request)
        self._identity.attempts.check(client)
        link = self._links.unlock(key, password) if key is not None and key.kind == "link" else None
        if link is None:
            self._identity.attempts.note(client)
            raise Unauthorized("There is no such link, or this is not its password.")
        return messages.answer({"data": {"token": self._sessions.begin(link_id=link.link_id).text}})


def _draft(given: dict[str, Any]) -> LinkDraft:
    filters = None
    if "filters" in given:
        filters = json.dumps(given["filters"])
        _, faults = parse_filters(filters)
        if faults:
            found = tuple(Fault(fault.detail, f"/filters{fault.pointer}") for fault in faults[:20])
            raise InvalidInput("The link can't be saved.", found)
    return LinkDraft(
        name=given.get("name"),
        filters=filters,
        password=given.get("password"),
        embed_origins=given.get("embed_origins"),
        expires_at=given.get("expires_at"),
        sets_expiry="expires_at" in given,
    )
