"""PostHog: the endpoints of its clients of all years, from posthog-js 1.57 to today's, and of its servers."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from common.errors import Fault, InvalidInput
from common.event import ENGAGEMENT, PAGE_VIEW
from common.http import messages
from functions.ingest.dialects.clicks import describe_click
from functions.ingest.dialects.form import NO_PARTS, Divided, Drop, Given, Item, Message, Outcome, refuse
from functions.ingest.dialects.posthog_body import Batch, find_text, read_batch
from functions.ingest.dialects.posthog_fields import (
    find_unused,
    find_user,
    read_engagement,
    read_key,
    read_place,
    read_rest,
    read_visitor,
)
from functions.ingest.dialects.values import read_name, read_text, read_user
from functions.ingest.dialects.visitors import is_browser

EVENTS = {"$pageview": PAGE_VIEW, "$screen": PAGE_VIEW, "$pageleave": ENGAGEMENT}
"""Events of its clients, by what they are here; see also `$autocapture` in clicks.py."""

DROPS = {
    "$autocapture": "It is a click that leads nowhere else; there are no figures of single elements.",
    **dict.fromkeys(
        ("$identify", "$create_alias", "$merge_dangerously", "$set", "$set_once", "$unset"),
        "It says who a person is; events name their user themselves.",
    ),
    "$groupidentify": "It describes a group; events name theirs themselves.",
    **dict.fromkeys(
        ("$rageclick", "$dead_click", "$dead_swipe", "$copy_autocapture", "$$heatmap"),
        "It is about single elements of a page; there are no figures of those.",
    ),
    "$feature_flag_called": "Feature flags are not served here.",
    "$opt_in": "It says that somebody agreed; what follows is counted.",
    "$web_vitals": "It measures how fast a page was; there is no figure for that.",
    "$exception": "It is an error of a program; there are no figures of those.",
    **dict.fromkeys(
        ("$snapshot", "$snapshot_items", "$performance_event"), "It is a part of a recording; there are none here."
    ),
}
"""Events that become none, and why."""

EVENTS_NAME = "batch"
_QUIET = messages.answer({"status": 1})
_CONFIG = messages.answer({"supportedCompression": ["gzip-js"], "hasFeatureFlags": False, "autocapture_opt_out": False})
_NO_FLAGS = messages.answer({
    "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": False,
    "config": {"enable_collect_everything": True}, "supportedCompression": ["gzip-js"], "sessionRecording": False,
    "surveys": False, "autocapture_opt_out": False, "toolbarParams": {}, "isAuthenticated": False, "siteApps": [],
})  # fmt: skip
_SENDS = frozenset({"/e", "/batch", "/capture", "/i/v0/e", "/e/", "/batch/", "/capture/", "/i/v0/e/"})
_V1 = "/i/v1/analytics/events"


def find_json(message: Message) -> bytes | None:
    """None of a request that asks for settings or flags."""
    return None if _asks(message) else find_text(message)


def divide(message: Message, content: Any) -> Divided:
    """The events of a request; none of one that asks for settings or flags.

    With a page view comes how long the page before it was looked at.
    """
    if _asks(message):
        return NO_PARTS
    batch = read_batch(content, message)
    seen: dict[str, int] = {}
    from_browser = is_browser(message.headers)
    return Divided(batch.events, lambda one: _read_event(one, batch, message, seen, from_browser=from_browser))


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:
    """200 in JSON: its clients send again whatever has another status."""
    if asked := _asks(message):
        return asked
    if message.path.rstrip("/").endswith(_V1):
        return messages.answer({"results": {outcome.reference: _tell(outcome) for outcome in outcomes}})
    return refuse(outcomes) or _QUIET


def _asks(message: Message) -> Response | None:
    if message.path in _SENDS:
        return None
    path = message.path.rstrip("/")
    if path.endswith(("/flags", "/decide")):
        return _NO_FLAGS
    return _CONFIG if path.endswith("/config") else None


def _find_token(given: Mapping[str, Any]) -> str | None:
    return read_text(given.get("token")) or read_text(given.get("api_key"))


def _tell(outcome: Outcome) -> dict[str, Any]:
    """What became of an event. With its last item: before it is how long the page before was looked at."""
    if outcome.error is not None:
        return {
            "result": "drop",
            "details": " ".join(fault["detail"] for fault in messages.describe_error(outcome.error)),
        }
    return {"result": "ok"}


def _read_event(
    one: Any, batch: Batch, message: Message, seen: dict[str, int], *, from_browser: bool
) -> Sequence[Item]:
    properties = one.get("properties") if isinstance(one, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    if not isinstance(one, dict) or not (name := read_text(one.get("event"))):
        fault = Fault('Expected an object with the `event`\'s name, such as "$pageview".')
        return (Given(batch.token, {}, wrong=InvalidInput("The event is not valid.", (fault,))),)
    site = _find_token(one) or _find_token(properties) or batch.token
    uuid = read_text(one.get("uuid")) or ""
    click = describe_click(properties) if name == "$autocapture" else None
    if click is None and (name in DROPS or name.startswith("$ai_")):
        kind = name if name in DROPS else "$ai"
        why = DROPS.get(name, "It is about a language model; there are no figures of those.")
        return (Drop(kind, why, site, uuid),)
    losses: list[Fault] = []
    event = read_place(name, properties) | read_key(one, properties, seen) | read_visitor(properties, message)
    if user := find_user(one, properties, from_browser=from_browser):
        event["user_id"] = read_user(user, losses)
    unused = find_unused(one, properties, message)
    items: list[Item] = []
    if name != "$pageleave" and "$prev_pageview_duration" in properties:
        items.append(Given(site, read_engagement(event, properties, derived_from=uuid), reference=uuid))
    if name == "$pageleave":
        event = read_engagement(event, properties)
    elif click is not None:
        event |= {"event_type": click[0], "props": click[1]}
    else:
        event["event_type"] = EVENTS.get(name) or read_name(name, losses)
        event |= read_rest(properties, unused, losses)
    items.append(Given(site, event, unused, losses, reference=uuid))
    return items
