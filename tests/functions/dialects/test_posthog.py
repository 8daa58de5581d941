"""PostHog's endpoints, as its clients of several years send to them."""

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.functions.dialects.conftest import Ingest

TOKEN = "phc_a1B2c3"
ID = "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d"
OTHER_ID = "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1e"
AT = "2026-11-01T10:00:00.123Z"
PAGE = {
    "$current_url": "https://blog.example/post?utm_source=news", "$host": "blog.example", "$pathname": "/post",
    "$referrer": "$direct", "$referring_domain": "$direct", "title": "A post", "$browser_language": "de-AT",
    "$screen_width": 1920, "$screen_height": 1080, "$lib": "web", "$device_id": "d", "$is_identified": False,
    "token": TOKEN, "distinct_id": "d", "utm_source": "news", "$session_id": "s", "nothing": None,
}  # fmt: skip


def make(name: str = "$pageview", given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"event": name, "properties": {**PAGE, **(given or {})}, "timestamp": AT, "uuid": ID, **more}


def encode(content: Any) -> bytes:
    return b"data=" + quote(base64.b64encode(json.dumps(content).encode())).encode()


def wrap(*events: Any) -> dict[str, Any]:
    return {"api_key": TOKEN, "batch": list(events), "sent_at": "2026-11-01T10:00:05Z"}


TEXT = {"Content-Type": "text/plain"}
FORMS: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "1.57 to 1.105": ("/e/?ip=1&_=1&ver=1.57.2", encode(make()), {"Content-Type": "application/x-www-form-urlencoded"}),
    "without padding": ("/e/", encode([make()]).replace(b"%3D", b""), {}),
    "with gzip-js": ("/e/?compression=gzip-js", gzip.compress(json.dumps([make()]).encode()), TEXT),
    "1.200 as JSON": ("/e/", json.dumps(make()).encode(), {"Content-Type": "application/json"}),
    "1.449": ("/i/v0/e", gzip.compress(json.dumps(wrap(make())).encode()), TEXT),
    "a server": ("/batch/", gzip.compress(json.dumps(wrap(make())).encode()), {"Content-Encoding": "gzip"}),
    "one by hand": ("/capture/", json.dumps({**make(), "api_key": TOKEN}).encode(), {}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_page_view_is_queued_in_whatever_form_it_comes(form: str, ingest: Ingest) -> None:
    ingest.alias("posthog", TOKEN, "blog")
    path, body, headers = FORMS[form]
    for _ in range(2):
        answer = ingest.client.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"status": 1})
    event, again = ingest.queued()
    names = ("site_id", "event_type", "hostname", "path", "title", "language", "screen", "utm_source", "event_id")
    assert {name: event[name] for name in names} == {
        "site_id": "blog", "event_type": "page_view", "hostname": "blog.example", "path": "/post", "title": "A post",
        "language": "de-at", "screen": "1920x1080", "utm_source": "news", "event_id": ID,
    }  # fmt: skip
    assert event["timestamp"] == "2026-11-01T10:00:00.123000Z"
    assert (again["event_id"], again["timestamp"]) == (event["event_id"], event["timestamp"]), "it counts once"
    assert ("user_id" in event, "props" in event) == (False, False)


def test_an_old_clients_event_without_an_id_and_a_time_has_those_that_it_was_made_with(ingest: Ingest) -> None:
    for offset in (300, 3_300):
        old = make(given={"$insert_id": "k3j2", "$time": 1793527200.123}, offset=offset)
        del old["timestamp"], old["uuid"]
        ingest.client.post("/e/", content=encode([old]))
    first, second = ingest.queued()
    assert first["timestamp"] == second["timestamp"] == "2026-11-01T10:00:00.123000Z"
    assert first["event_id"] == second["event_id"]


@pytest.mark.parametrize(
    ("given", "agent", "user"),
    [
        ({"$is_identified": True}, "", "d"),
        ({"$is_identified": False}, "", None),
        ({"$is_identified": None, "$device_id": "other"}, "", "d"),
        ({"$is_identified": None}, "", None),
        ({"$is_identified": None, "$lib": "posthog-node", "$device_id": "d"}, "posthog-node/5.0", "d"),
    ],
)
def test_a_user_is_who_was_identified_and_whom_a_server_names(
    given: dict[str, Any], agent: str, user: str | None, ingest: Ingest
) -> None:
    event = make(given={name: value for name, value in given.items() if value is not None})
    if given["$is_identified"] is None:
        del event["properties"]["$is_identified"]
    headers = {"User-Agent": agent} if agent else {}
    [told] = ingest.validate("posthog", json=event, headers=headers)
    assert told["event"].get("user_id") == user


def test_what_a_site_makes_up_becomes_props_and_what_the_client_adds_does_not(ingest: Ingest) -> None:
    own = {
        "plan": "pro",
        "seats": 3,
        "cart": {"items": 2},
        "revenue": 9.5,
        "currency": "eur",
        "$groups": {"company": "acme"},
    }
    [told] = ingest.validate("posthog", json=make("signup", own))
    assert told["event"]["event_type"] == "signup"
    assert told["event"]["props"] == {"plan": "pro", "seats": "3", "cart.items": "2", "group.company": "acme"}
    assert told["event"]["revenue"] == {"amount": "9.5", "currency": "EUR"}
    assert {"$session_id", "utm_source"} <= set(told["unused"])


def test_how_long_a_page_was_looked_at_comes_with_what_follows(ingest: Ingest) -> None:
    before = {"$prev_pageview_pathname": "/before", "$prev_pageview_duration": 12.5}
    before["$prev_pageview_max_scroll_percentage"] = 0.8
    ingest.client.post("/e/", json=wrap(make(given=before), make("$pageleave", before, uuid=OTHER_ID)))
    report, view, left = ingest.queued()
    assert view["event_id"] == ID
    assert len({event["event_id"] for event in (report, view, left)}) == 3
    for one in (report, left):
        assert (one["event_type"], one["hostname"], one["path"]) == ("engagement", "blog.example", "/before")
        assert (one["engaged_ms"], one["scroll_depth"]) == (12_500, 80)


@pytest.mark.parametrize(
    ("given", "event_type", "url"),
    [
        ({"$external_click_url": "https://other.example/x?token=1"}, "outbound_link", "https://other.example/x"),
        ({"$elements": [{"tag_name": "a", "attr__href": "/a/manual.pdf"}]}, "file_download", "https://blog.example/a/manual.pdf"),
        ({"$elements_chain": 'a:attr__href="https://other.example/"'}, "outbound_link", "https://other.example/"),
        ({"$event_type": "submit"}, "form_submit", "https://blog.example/post"),
    ],
)  # fmt: skip
def test_clicks_that_lead_somewhere_are_the_events_that_the_tracker_sends(
    given: dict[str, Any], event_type: str, url: str, ingest: Ingest
) -> None:
    [told] = ingest.validate("posthog", json=make("$autocapture", given))
    assert (told["event"]["event_type"], told["event"]["props"]) == (event_type, {"url": url})


@pytest.mark.parametrize("name", ["$identify", "$autocapture", "$feature_flag_called", "$ai_generation"])
def test_what_becomes_no_event_is_answered_and_counted_by_name(name: str, ingest: Ingest) -> None:
    assert ingest.client.post("/e/", json=wrap(make(name))).status_code == 200
    kind = "$ai" if name.startswith("$ai") else name
    assert (ingest.queued(), ingest.dropped()) == ([], {f"posthog:{kind} {TOKEN}": 1})


@pytest.mark.parametrize(
    ("method", "path", "has"),
    [
        ("GET", f"/array/{TOKEN}/config?ip=0", "supportedCompression"),
        ("POST", "/flags/?v=2&config=true", "featureFlags"),
        ("POST", "/decide/?v=3", "featureFlags"),
    ],
)
def test_a_client_that_asks_for_settings_is_told_that_there_are_no_flags(
    method: str, path: str, has: str, ingest: Ingest
) -> None:
    answer = ingest.client.request(method, path, content=b"data=e30" if method == "POST" else None)
    assert answer.status_code == 200
    assert has in answer.json()
    assert (ingest.queued(), ingest.refused()) == ([], 0)


def test_the_newest_endpoint_says_what_became_of_each_event(ingest: Ingest) -> None:
    before = {"$prev_pageview_pathname": "/before", "$prev_pageview_duration": 12.5}
    wrong, third = make(uuid=OTHER_ID, timestamp="2999-01-01T00:00:00Z"), make("$identify", uuid="third")
    for one in (wrong, third):
        del one["properties"]["token"]
    batch = {"created_at": AT, "batch": [make(given=before), wrong, third, make("signup", uuid="last")]}
    headers = {"Authorization": f"Bearer {TOKEN}", "PostHog-Attempt": "1"}
    answer = ingest.client.post("/i/v1/analytics/events", json=batch, headers=headers)
    results = answer.json()["results"]
    told = {uuid: one["result"] for uuid, one in results.items()}
    assert told == {ID: "ok", OTHER_ID: "drop", "third": "ok", "last": "ok"}
    assert "ahead of now" in results[OTHER_ID]["details"]
    assert {event["site_id"] for event in ingest.queued()} == {TOKEN}


def test_a_large_batch_is_told_of_each_event_too(ingest: Ingest) -> None:
    """What became of the events was once read from the beginning of the body: they were stored, and then refused."""
    ids = [f"0192f0c1-2d3e-7a4b-8c5d-{number:012d}" for number in range(300)]
    batch = {"batch": [make(uuid=one) for one in ids]}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = ingest.client.post("/i/v1/analytics/events", json=batch, headers=headers)
    assert (answer.status_code, list(answer.json()["results"])) == (200, ids)
    assert len(ingest.queued()) == 300


@pytest.mark.parametrize(
    "body", [b'{"batch": []}', b'{"batch": 3}', b"[1]", b"{}", b"data=%3F%3F", b"data=", b"\x1f\x8bbroken", b'""']
)
def test_what_is_no_event_is_refused(body: bytes, ingest: Ingest) -> None:
    answer = ingest.client.post("/e/", content=body)
    assert answer.status_code in (400, 422)
    assert (ingest.refused(), ingest.queued()) == (1, [])


@pytest.mark.parametrize("number", ["1e999", "-1", "true", '"x"', "null", "9" * 400])
def test_no_number_of_a_client_costs_its_event(number: str, ingest: Ingest) -> None:
    names = ("$screen_width", "$screen_height", "$prev_pageview_duration", "$prev_pageview_max_scroll_percentage")
    body = json.dumps(make("$pageleave", dict.fromkeys(names, "N"))).replace('"N"', number)
    assert ingest.client.post("/e/", content=body).status_code == 200
    [event] = ingest.queued()
    assert (event["engaged_ms"], "screen" in event, "scroll_depth" in event) == (0, False, False)


def test_neighbours_of_a_faulty_event_are_stored(ingest: Ingest) -> None:
    answer = ingest.client.post("/batch/", json=wrap(make(), 3, {"event": ""}, make(uuid=OTHER_ID)))
    assert (answer.status_code, len(ingest.queued()), ingest.refused()) == (200, 2, 2)
