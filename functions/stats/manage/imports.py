"""/v1/sites/{site_id}/imports: totals that another tracker counted before a site's own events began."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.http import messages
from common.imports.imports import Imports
from common.postgres.database import Database
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.manage.sites import find_members_site, find_site_id


def build_import_routes(database: Database, gate: Gate) -> list[Route]:
    """The routes. An import is made by `analytics import`, where its files are."""
    imports = Imports(database)

    def show(request: Request, caller: Caller) -> Response:
        """All of the site, oldest first."""
        return messages.answer({"data": [one.as_dict() for one in imports.list(find_members_site(request, caller))]})

    def remove(request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """It is forgotten, with all its figures."""
        import_id = str(request.path_params["import_id"])
        imports.remove(caller.name, find_site_id(request, caller, "import"), import_id)
        return messages.answer({"data": {"import_id": import_id}})

    return [
        gate.read("/v1/sites/{site_id}/imports", "stats", show),
        gate.change("/v1/sites/{site_id}/imports/{import_id}", "import", "DELETE", remove),
    ]
