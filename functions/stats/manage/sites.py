"""/v1/sites: the sites listed, made, changed and deleted over HTTP."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.scopes import Scope
from common.errors import Fault, Forbidden, InvalidInput, NotFound
from common.groups.databases import Databases
from common.http import messages
from common.postgres.database import Database
from common.sites.changes import SiteValues, read_changes, read_new_site
from common.sites.directory import SiteDirectory, SiteRecord
from common.time_zone import check_time_zone
from functions.stats.access.caller import NO_SUCH_SITE, Caller
from functions.stats.access.gate import Gate
from functions.stats.manage.all_sites import list_everywhere

_OWNERS = ("settings", "aliases")


def build_site_routes(
    database: Database, gate: Gate, time_zone: str, databases: Databases | None = None
) -> list[Route]:
    """The routes of /v1/sites. `time_zone`: that of a new site that names none. `databases`: of all groups."""
    sites = Sites(SiteDirectory(database), time_zone, databases)
    return [
        gate.read("/v1/sites", "stats", sites.list),
        gate.change("/v1/sites", "sites", "POST", sites.create),
        gate.read("/v1/sites/{site_id}", "stats", sites.show),
        gate.change("/v1/sites/{site_id}", "sites", "PATCH", sites.change),
        gate.change("/v1/sites/{site_id}", "erase", "DELETE", sites.delete),
    ]


class Sites:
    """Answers the requests of one function instance."""

    def __init__(self, directory: SiteDirectory, time_zone: str, databases: Databases | None = None) -> None:
        self._directory = directory
        self._databases = databases
        self._time_zone = time_zone

    def list(self, _: Request, caller: Caller) -> Response:
        """GET /v1/sites: those that the caller may see, without those of a group that does not answer."""
        if self._databases is None:
            records, is_whole = self._directory.list(caller.sites("stats")), True
        else:
            records, is_whole = list_everywhere(self._databases, caller.sites("stats"))
        meta = {} if is_whole else {"meta": {"complete": False}}
        return messages.answer({"data": [describe(record, caller) for record in records], **meta})

    def create(self, _: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """POST /v1/sites"""
        new = read_new_site(content)
        caller.check("sites", [new.site_id])
        _check_aliases(caller, new)
        if new.time_zone is not None:
            try:
                check_time_zone(new.time_zone)
            except ValueError as error:
                raise InvalidInput("The site is not valid.", (Fault(f"{error}.", "/time_zone"),)) from None
        record = self._directory.create(caller.name, new, self._time_zone)
        return messages.answer({"data": describe(record, caller)}, 201)

    def show(self, request: Request, caller: Caller) -> Response:
        """GET /v1/sites/{site_id}"""
        return messages.answer({"data": describe(self._directory.find(find_site_id(request, caller, "stats")), caller)})

    def change(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """PATCH /v1/sites/{site_id}"""
        site_id = find_site_id(request, caller, "sites")
        changes = read_changes(content)
        _check_aliases(caller, changes)
        record = self._directory.change(caller.name, site_id, changes)
        return messages.answer({"data": describe(record, caller)})

    def delete(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """DELETE /v1/sites/{site_id}: 202, for its data goes in steps."""
        site_id = find_site_id(request, caller, "erase")
        self._directory.request_removal(caller.name, site_id)
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


def _check_aliases(caller: Caller, changes: SiteValues) -> None:
    """Raises Forbidden for a caller of some sites who sets aliases: whether one is taken would tell of others."""
    if "aliases" in changes.model_fields_set and caller.sites("sites") is not None:
        raise Forbidden("Aliases are for who manages all sites: no two sites can have the same one.")


def find_members_site(request: Request, caller: Caller) -> str:
    """The site in the path, for who may see its figures other than by a link or because they are public.

    Raises Forbidden for the others: what a site keeps beside its figures is not for everybody.
    """
    site_id = find_site_id(request, caller, "stats")
    forbid_outsiders(caller)
    return site_id


def forbid_outsiders(caller: Caller) -> None:
    """Raises Forbidden for who sees a site's figures by a link, or because they are public."""
    if caller.is_outsider:
        raise Forbidden(
            "A shared link, or a public site, shows figures alone; what the site keeps by name is its members'."
        )


def find_site_id(request: Request, caller: Caller, scope: Scope) -> str:
    """The site in the path, if the caller may do this with it."""
    site_id = str(request.path_params["site_id"])
    if "\0" in site_id or len(site_id.encode(errors="replace")) > 64:
        raise NotFound(NO_SUCH_SITE)
    caller.check(scope, [site_id])
    return site_id
