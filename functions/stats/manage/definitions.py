"""/v1/sites/{site_id}/segments and /annotations: named filters, and notes at a time."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.annotations.annotations import Annotations
from common.http import messages
from common.postgres.database import Database
from common.segments.segment import Segment
from common.segments.segments import Segments
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.manage.fields import read_fields
from functions.stats.manage.sites import find_members_site, find_site_id


def build_definition_routes(database: Database, gate: Gate) -> list[Route]:
    """Whoever sees a site reads its segments and annotations; whoever may set goals changes them."""
    segments, annotations = SegmentRoutes(Segments(database)), AnnotationRoutes(Annotations(database))
    site = "/v1/sites/{site_id}"
    return [
        gate.read(f"{site}/segments", "stats", segments.list),
        gate.change(f"{site}/segments/{{name}}", "goals", "PUT", segments.put),
        gate.change(f"{site}/segments/{{name}}", "goals", "DELETE", segments.delete),
        gate.read(f"{site}/annotations", "stats", annotations.list),
        gate.change(f"{site}/annotations", "goals", "POST", annotations.make),
        gate.change(f"{site}/annotations/{{annotation_id}}", "goals", "PUT", annotations.put),
        gate.change(f"{site}/annotations/{{annotation_id}}", "goals", "DELETE", annotations.delete),
    ]


class SegmentRoutes:
    """Answers about segments."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments

    def list(self, request: Request, caller: Caller) -> Response:
        """The segments of the site and the filters of each."""
        segments = self._segments.list(find_members_site(request, caller))
        return messages.answer({"data": [segment.as_dict() for segment in segments]})

    def put(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The segment as it is now."""
        site_id = find_site_id(request, caller, "goals")
        given = read_fields(content, {"filters": "list"}, ("filters",))
        segment = Segment(request.path_params["name"], json.dumps(given["filters"]))
        return messages.answer({"data": self._segments.put(caller.name, site_id, segment).as_dict()})

    def delete(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """It is forgotten; a link that is held to it shows nothing any more."""
        name = request.path_params["name"]
        self._segments.delete(caller.name, find_site_id(request, caller, "goals"), name)
        return messages.answer({"data": {"name": name}})


class AnnotationRoutes:
    """Answers about annotations."""

    def __init__(self, annotations: Annotations) -> None:
        self._annotations = annotations

    def list(self, request: Request, caller: Caller) -> Response:
        """All of the site, by time."""
        annotations = self._annotations.list(find_members_site(request, caller))
        return messages.answer({"data": [annotation.as_dict() for annotation in annotations]})

    def make(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The new annotation."""
        site_id = find_site_id(request, caller, "goals")
        given = _read_annotation(content)
        made = self._annotations.make(caller.name, site_id, given["at"], given["text"])
        return messages.answer({"data": made.as_dict()}, 201)

    def put(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The annotation as it is now."""
        site_id = find_site_id(request, caller, "goals")
        given = _read_annotation(content)
        annotation_id = request.path_params["annotation_id"]
        changed = self._annotations.change(caller.name, site_id, annotation_id, given["at"], given["text"])
        return messages.answer({"data": changed.as_dict()})

    def delete(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """It is forgotten."""
        annotation_id = request.path_params["annotation_id"]
        self._annotations.delete(caller.name, find_site_id(request, caller, "goals"), annotation_id)
        return messages.answer({"data": {"annotation_id": annotation_id}})


def _read_annotation(content: dict[str, Any]) -> dict[str, Any]:
    return read_fields(content, {"at": "instant", "text": "text"}, ("at", "text"))
