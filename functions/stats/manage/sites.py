"""/v1/sites: the sites listed, made, changed and deleted over HTTP."""

from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.audit import note
from common.access.scopes import Scope
from common.errors import Fault, InvalidInput, NotFound
from common.http import messages
from common.postgres.database import Database
from common.sites.changes import read_changes, read_new_site
from common.sites.directory import SiteDirectory, SiteRecord
from common.time_zone import check_time_zone
from functions.stats.access.caller import NO_SUCH_SITE, Caller
from functions.stats.access.gate import Gate

_OWNERS = ("settings", "aliases")


def build_site_routes(database: Database, gate: Gate, time_zone: str) -> list[Route]:
    """The routes of /v1/sites. `time_zone`: that of a new site that names none."""

    def note_change(caller: Caller, action: str, site_id: str, detail: dict[str, Any] | None = None) -> None:
        with database.transaction() as connection:
            note(connection, caller.name, action, site_id, detail)

    sites = Sites(SiteDirectory(database), time_zone, note_change)
    return [
        gate.read("/v1/sites", "stats", sites.list),
        gate.change("/v1/sites", "sites", "POST", sites.create),
        gate.read("/v1/sites/{site_id}", "stats", sites.show),
        gate.change("/v1/sites/{site_id}", "sites", "PATCH", sites.change),
        gate.change("/v1/sites/{site_id}", "erase", "DELETE", sites.delete),
    ]


class Note(Protocol):
    """Writes who changed what of a site into the log of changes."""

    def __call__(self, caller: Caller, action: str, site_id: str, detail: dict[str, Any] | None = None) -> None:
        """Raises Unavailable."""


class Sites:
    """Answers the requests of one function instance."""

    def __init__(self, directory: SiteDirectory, time_zone: str, note: Note) -> None:
        self._directory = directory
        self._time_zone = time_zone
        self._note = note

    def list(self, _: Request, caller: Caller) -> Response:
        """GET /v1/sites: those that the caller may see."""
        records = self._directory.list(caller.sites("stats"))
        return messages.answer({"data": [describe(record, caller) for record in records]})

    def create(self, _: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """POST /v1/sites"""
        new = read_new_site(content)
        caller.check("sites", [new.site_id])
        if new.time_zone is not None:
            try:
                check_time_zone(new.time_zone)
            except ValueError as error:
                raise InvalidInput("The site is not valid.", (Fault(f"{error}.", "/time_zone"),)) from None
        record = self._directory.create(new, self._time_zone)
        self._note(caller, "site.make", new.site_id)
        return messages.answer({"data": describe(record, caller)}, 201)

    def show(self, request: Request, caller: Caller) -> Response:
        """GET /v1/sites/{site_id}"""
        return messages.answer({"data": describe(self._directory.find(_find_id(request, caller, "stats")), caller)})

    def change(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """PATCH /v1/sites/{site_id}"""
        site_id = _find_id(request, caller, "sites")
        record = self._directory.change(site_id, read_changes(content))
        self._note(caller, "site.change", site_id, {"members": sorted(content)})
        return messages.answer({"data": describe(record, caller)})

    def delete(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """DELETE /v1/sites/{site_id}: 202, for its data goes in steps."""
        site_id = _find_id(request, caller, "erase")
        self._directory.request_removal(site_id)
        self._note(caller, "site.delete", site_id)
        return messages.answer({"data": {"site_id": site_id, "is_being_deleted": True}}, 202)


def describe(record: SiteRecord, caller: Caller) -> dict[str, Any]:
    """A site as the API shows it; `role`: what the caller may do with it.

    Who may only look does not see what its owner set: blocked addresses are people's, and an alias may be a token.
    """
    manages = caller.may("sites", record.site_id)
    role = "admin" if caller.is_admin else "manage" if manages else "view"
    shown = record.as_dict()
    if not manages and caller.how != "local":
        shown = {name: value for name, value in shown.items() if name not in _OWNERS}
    return {**shown, "role": role}


def _find_id(request: Request, caller: Caller, scope: Scope) -> str:
    """The site in the path, if the caller may do this with it."""
    site_id = str(request.path_params["site_id"])
    if "\0" in site_id or len(site_id.encode(errors="replace")) > 64:
        raise NotFound(NO_SUCH_SITE)
    caller.check(scope, [site_id])
    return site_id
