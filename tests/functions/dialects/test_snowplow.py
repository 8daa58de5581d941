"""POST tp2 and GET /i, as Snowplow's trackers send them."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.functions.dialects.conftest import Ingest

TP2 = "/com.snowplowanalytics.snowplow/tp2"
ID = "0d9f7a44-5a3a-4f4f-8d5e-0b8f0b8c3c11"
VIEW = {
    "e": "pv", "eid": ID, "dtm": "1793527200123", "aid": "shop", "p": "web", "tv": "js-4.10.1",
    "url": "https://shop.example/item?utm_source=news", "page": "An item", "refr": "https://news.ycombinator.com/",
    "lang": "de-AT", "res": "1920x1080", "vp": "1000x800", "ds": "1000x4000", "duid": "cookie", "stm": "1793527200500",
}  # fmt: skip
LINK = {"targetUrl": "https://other.example/x?token=1"}


def make(**more: Any) -> dict[str, Any]:
    return {**VIEW, **more}


def describe(name: str, data: Any, vendor: str = "com.acme") -> dict[str, Any]:
    return {"schema": f"iglu:{vendor}/{name}/jsonschema/1-0-0", "data": data}


def wrap(*events: Any) -> dict[str, Any]:
    return describe("payload_data", list(events))


def own(name: str, data: Any) -> dict[str, Any]:
    return make(e="ue", ue_pr=json.dumps(describe("unstruct_event", describe(name, data))))


def encode(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def tell(ingest: Ingest, event: Any) -> Any:
    [told] = ingest.validate("snowplow", json=wrap(event))
    return told


@pytest.mark.parametrize("way", ["tp2", "i"])
def test_a_page_view_is_queued_with_the_trackers_own_key(way: str, ingest: Ingest) -> None:
    ingest.alias("snowplow", "shop", "site")
    for sent in ("1793527200500", "1793527203000"):
        if way == "tp2":
            answer = ingest.client.post(TP2, json=wrap(make(stm=sent)))
        else:
            answer = ingest.client.get(f"/i?{urlencode(make(stm=sent))}")
        assert answer.status_code == 200
    event, again = ingest.queued()
    names = ("site_id", "event_type", "hostname", "path", "title", "language", "screen", "source", "event_id")
    assert {name: event[name] for name in names} == {
        "site_id": "site", "event_type": "page_view", "hostname": "shop.example", "path": "/item", "title": "An item",
        "language": "de-at", "screen": "1920x1080", "source": "Hacker News", "event_id": ID,
    }  # fmt: skip
    assert event["timestamp"] == again["timestamp"] == "2026-11-01T10:00:00.123000Z"
    assert (event["event_id"] == again["event_id"], "user_id" in event) == (True, False)


def test_an_event_without_an_id_has_one_from_its_content(ingest: Ingest) -> None:
    bare = {name: value for name, value in VIEW.items() if name != "eid"}
    for sent in ("1", "2"):
        ingest.client.post(TP2, json=wrap({**bare, "stm": sent}))
    assert len({event["event_id"] for event in ingest.queued()}) == 1


@pytest.mark.parametrize(
    ("event", "event_type", "props"),
    [
        (make(e="se", se_ca="Video", se_ac="play", se_va="2.5"), "Video", {"action": "play", "value": "2.5"}),
        (own("link_click", LINK), "outbound_link", {"url": "https://other.example/x"}),
        (own("link_click", {"targetUrl": "/a.pdf"}), "file_download", {"url": "https://shop.example/a.pdf"}),
        (own("link_click", {"targetUrl": "/next"}), "link_click", {"url": "/next"}),
        (own("submit_form", {"formId": "join", "elements": [{"value": "x"}]}), "form_submit", {"form": "join"}),
        (own("site_search", {"terms": ["red", "shoes"], "totalResults": 7}), "site_search",
         {"keyword": "red shoes", "results": "7"}),
        (own("signup", {"plan": "pro", "cart": {"items": 2}}), "signup", {"plan": "pro", "cart.items": "2"}),
        (make(e="ti", ti_sk="s1", ti_qu="2"), "transaction_item", {"sku": "s1", "quantity": "2"}),
    ],
)  # fmt: skip
def test_what_happened_is_an_event_with_what_is_said_of_it(
    event: Any, event_type: str, props: dict[str, str], ingest: Ingest
) -> None:
    told = tell(ingest, event)
    assert (told["event"]["event_type"], told["event"].get("props")) == (event_type, props)


def test_a_transaction_brings_in_what_it_says(ingest: Ingest) -> None:
    told = tell(ingest, make(e="tr", tr_id="o1", tr_tt="20.5", tr_cu="EUR", tr_tx="3"))
    assert told["event"]["revenue"] == {"amount": "20.5", "currency": "EUR"}
    assert told["event"]["props"] == {"order": "o1", "tax": "3"}
    bought = describe("transaction", {"transaction_id": "o1", "revenue": 20.5, "currency": "EUR"})
    action = own("snowplow_ecommerce_action", {"type": "transaction"})
    told = tell(ingest, {**action, "co": json.dumps(describe("contexts", [bought]))})
    assert (told["event"]["event_type"], told["event"]["revenue"]["amount"]) == ("transaction", "20.5")


@pytest.mark.parametrize("name", ["co", "cx"])
def test_entities_beside_an_event_are_properties_and_those_of_the_browser_are_not(name: str, ingest: Ingest) -> None:
    many = describe("contexts", [describe("web_page", {"id": ID}), describe("author", {"name": "ann", "age": 3})])
    told = tell(ingest, make(**{name: json.dumps(many) if name == "co" else encode(many)}))
    assert told["event"]["props"] == {"author.name": "ann", "author.age": "3"}


def test_a_ping_says_how_far_a_page_was_scrolled(ingest: Ingest) -> None:
    told = tell(ingest, make(e="pp", pp_may="1200", pp_miy="0"))
    names = ("event_type", "engaged_ms", "scroll_depth")
    assert tuple(told["event"][name] for name in names) == ("engagement", 0, 50)
    assert "scroll_depth" not in tell(ingest, make(e="pp", pp_may="much"))["event"]


@pytest.mark.parametrize(
    ("fields", "agent", "user"),
    [({}, "", None), ({"uid": "ann"}, "", "ann"), ({}, "python-requests/2.0", "cookie")],
)
def test_a_user_is_who_was_named_and_whom_a_server_names(
    fields: dict[str, Any], agent: str, user: str | None, ingest: Ingest
) -> None:
    headers = {"User-Agent": agent} if agent else {}
    [told] = ingest.validate("snowplow", json=wrap(make(**fields)), headers=headers)
    assert told["event"].get("user_id") == user


@pytest.mark.parametrize("name", ["change_form", "web_vitals"])
def test_what_becomes_no_event_is_answered_and_counted_by_name(name: str, ingest: Ingest) -> None:
    assert ingest.client.post(TP2, json=wrap(own(name, {"value": "secret"}))).status_code == 200
    assert (ingest.queued(), ingest.dropped()) == ([], {f"snowplow:{name} shop": 1})


@pytest.mark.parametrize("broken", ["{", "[]", '{"data": 3}', '{"data": {"schema": "x"}}'])
def test_an_event_that_describes_itself_in_no_way_counts_all_the_same(broken: str, ingest: Ingest) -> None:
    assert tell(ingest, make(e="ue", ue_pr=broken))["event"]["event_type"] == "ue"
    assert tell(ingest, make(e="ue", ue_px=broken))["event"]["event_type"] == "ue"


def test_neighbours_of_a_faulty_event_are_stored(ingest: Ingest) -> None:
    answer = ingest.client.post(TP2, json=wrap(make(), {"e": "pv", "aid": "shop"}, 3, own("web_vitals", {})))
    assert (answer.status_code, len(ingest.queued()), ingest.refused()) == (200, 1, 2)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"data": []}', b"", b'{"data": [{}]}'])
def test_what_is_no_event_is_refused(body: bytes, ingest: Ingest) -> None:
    answer = ingest.client.post(TP2, content=body)
    assert answer.status_code in (400, 422)
    assert (ingest.refused(), ingest.queued()) == (1, [])
    assert ingest.client.get("/i").status_code == 422
