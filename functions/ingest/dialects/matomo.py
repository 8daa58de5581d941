"""Matomo: GET and POST /matomo.php (and /piwik.php), one request or many, of its script and of servers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from common.errors import Fault, InvalidInput
from common.event import ENGAGEMENT, PAGE_VIEW
from common.http import messages
from functions.ingest.dialects.bodies import read_fields
from functions.ingest.dialects.form import GIF, Divided, Drop, Given, Item, Message, Outcome, refuse
from functions.ingest.dialects.matomo_fields import find_unused, read_campaign, read_props_beside, read_what, read_who
from functions.ingest.dialects.values import derive_id, read_page, read_text
from functions.ingest.dialects.visitors import is_browser, read_time

_PIXEL = Response(GIF, 200, {"Cache-Control": "no-store"}, media_type="image/gif")
_NOTHING = Response(b"", 204, {"Cache-Control": "no-store"})
_NO_IMAGE = re.compile(rb"(?:^|&)send_image=0(?:&|$)")
EVENTS_NAME = "requests"
CRASH = Drop("crash", "It is an error of a page; there are no figures of those.")


def find_json(message: Message) -> bytes | None:
    """The body of a bulk; its script says that it is a form."""
    return message.body if message.body.lstrip().startswith(b"{") else None


def divide(message: Message, content: Any) -> Divided:
    """The request in the query, the form or both; or those of a bulk."""
    from_browser = is_browser(message.headers)
    seen: dict[str, int] = {}
    if message.body.lstrip().startswith(b"{"):
        requests = _find_requests(content)
        return Divided(requests, lambda one: (_read_request(_read_one(one), seen, from_browser=from_browser),))
    fields = read_fields(message.query) if message.query else {}
    if message.body:
        fields |= read_fields(message.body.decode(errors="replace"))
    return Divided([fields], lambda one: (_read_request(one, seen, from_browser=from_browser),))


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:
    """A pixel, or nothing where none is wanted; of a bulk how many were taken."""
    if message.body.lstrip().startswith(b"{"):
        wrong = [index for index, outcome in enumerate(outcomes) if outcome.error is not None]
        tracked = len(outcomes) - len(wrong)
        if not tracked and (refusal := refuse(outcomes)):
            return refusal
        done = {"status": "success", "tracked": tracked, "invalid": len(wrong), "invalid_indices": wrong}
        return messages.answer(done)
    if refusal := refuse(outcomes):
        return refusal
    return _NOTHING if _wants_nothing(message.query.encode()) or _wants_nothing(message.body) else _PIXEL


def _wants_nothing(fields: bytes) -> bool:
    return b"send_image=0" in fields and _NO_IMAGE.search(fields) is not None


def _find_requests(content: Any) -> list[Any]:
    requests = content.get("requests") if isinstance(content, dict) else None
    if not isinstance(requests, list) or not requests:
        raise InvalidInput(
            "The body should be a bulk of Matomo's.", (Fault("Expected an array of queries.", "/requests"),)
        )
    return requests


def _read_one(given: Any) -> dict[str, str]:
    """A request of a bulk: a query, or (from some clients) an object of its fields."""
    if isinstance(given, str):
        return read_fields(given.partition("?")[2] if "?" in given else given)
    if isinstance(given, dict):
        return {name: text for name, value in given.items() if (text := read_text(value)) is not None}
    return {}


def _read_request(fields: Mapping[str, str], seen: dict[str, int], *, from_browser: bool) -> Item:
    site = fields.get("idsite", "")
    if fields.get("rec") != "1":
        return _wrong(site, "Expected rec=1, and a site as idsite=1.")
    if fields.get("ca") == "1" and fields.get("cra"):
        return CRASH._replace(external_id=site)
    losses: list[Fault] = []
    unused = find_unused(fields)
    event = _read_place(fields) | read_who(fields, losses, from_browser=from_browser)
    event |= read_what(fields, losses)
    if event["event_type"] == PAGE_VIEW and not event.keys() & {"url", "path"}:
        return _wrong(site, "Expected the page's URL as `url`.")
    if event["event_type"] != ENGAGEMENT:
        read_props_beside(fields, event, losses)
    if at := fields.get("cdt"):
        event |= {"timestamp": read_time(at), "event_id": derive_id(dict(fields), seen)}
    return Given(site, event, unused, losses)


def _wrong(site: str, detail: str) -> Item:
    return Given(site, {}, wrong=InvalidInput("The request is not valid.", (Fault(detail),)))


def _read_place(fields: Mapping[str, str]) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if url := fields.get("url"):
        place = dict(read_page(read_campaign(url, fields)))
    for name, given in (("referrer", "urlref"), ("title", "action_name"), ("screen", "res")):
        if value := fields.get(given):
            place[name] = value
    return place
