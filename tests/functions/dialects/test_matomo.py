"""GET and POST /matomo.php, as Matomo's script and servers send them."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.functions.dialects.conftest import Ingest

VIEW = {
    "idsite": "3", "rec": "1", "url": "https://blog.example/post?mtm_campaign=spring&pk_kwd=shoes#top",
    "action_name": "A post", "urlref": "https://news.ycombinator.com/", "res": "1920x1080", "lang": "de-AT,de;q=0.8",
    "_id": "0123456789abcdef", "pv_id": "abcdef", "rand": "12345",
}  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def make(**more: Any) -> dict[str, Any]:
    return {**VIEW, **more}


def send(ingest: Ingest, way: str, fields: dict[str, Any]) -> Any:
    match way:
        case "image":
            return ingest.client.get(f"/matomo.php?{urlencode(fields)}")
        case "beacon":
            return ingest.client.post(f"/piwik.php?{urlencode(fields)}", content=b"", headers=FORM)
        case "form":
            return ingest.client.post("/matomo.php", content=urlencode(fields), headers=FORM)
    bulk = {"requests": [f"?{urlencode(fields)}"], "send_image": 0}
    return ingest.client.post("/matomo.php", content=json.dumps(bulk), headers=FORM)


@pytest.mark.parametrize("way", ["image", "beacon", "form", "bulk"])
def test_a_page_view_is_queued_in_whatever_way_it_comes(way: str, ingest: Ingest) -> None:
    ingest.alias("matomo", "3", "blog")
    answer = send(ingest, way, make())
    assert answer.status_code == 200
    [event] = ingest.queued()
    names = ("site_id", "event_type", "hostname", "path", "title", "language", "screen", "source")
    assert {name: event[name] for name in names} == {
        "site_id": "blog", "event_type": "page_view", "hostname": "blog.example", "path": "/post", "title": "A post",
        "language": "de-at", "screen": "1920x1080", "source": "Hacker News",
    }  # fmt: skip
    assert (event["utm_campaign"], event["utm_term"], "user_id" in event) == ("spring", "shoes", False)


def test_no_image_is_sent_where_none_is_wanted(ingest: Ingest) -> None:
    assert send(ingest, "image", make()).headers["content-type"] == "image/gif"
    for way in ("image", "form"):
        answer = send(ingest, way, make(send_image=0))
        assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("title", ["ü" * 60_000, "a"])
def test_no_image_is_sent_where_none_is_wanted_however_long_the_form_is(title: str, ingest: Ingest) -> None:
    form = f"idsite=3&rec=1&url=https://blog.example/&action_name={title}&send_image=0"
    assert ingest.client.post("/matomo.php", content=form.encode(), headers=FORM).status_code == 204


@pytest.mark.parametrize("value", ["https://blog.example/?send_image=0", "https://blog.example/?a%26send_image%3D0"])
def test_an_image_is_sent_where_only_a_value_looks_like_the_wish_for_none(value: str, ingest: Ingest) -> None:
    form = f"idsite=3&rec=1&url={value}"
    assert ingest.client.post("/matomo.php", content=form, headers=FORM).status_code == 200


def test_a_page_may_read_the_answer_to_a_request_with_cookies(ingest: Ingest) -> None:
    answer = ingest.client.post("/matomo.php", content=urlencode(VIEW), headers={"Origin": "https://blog.example"})
    assert answer.headers["access-control-allow-origin"] == "https://blog.example"
    assert answer.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize(
    ("fields", "event_type", "props"),
    [
        ({"e_c": "Video", "e_a": "play", "e_n": "intro", "e_v": "2.5"}, "Video",
         {"action": "play", "name": "intro", "value": "2.5"}),
        ({"link": "https://other.example/x?token=1"}, "outbound_link", {"url": "https://other.example/x"}),
        ({"download": "https://blog.example/a.pdf"}, "file_download", {"url": "https://blog.example/a.pdf"}),
        ({"search": "shoes", "search_cat": "all", "search_count": "7"}, "site_search",
         {"keyword": "shoes", "category": "all", "results": "7"}),
        ({"idgoal": "2", "revenue": "3.5"}, "goal", {"goal": "2", "revenue": "3.5"}),
        ({"idgoal": "0", "ec_id": "o1", "revenue": "20", "ec_tx": "3"}, "order",
         {"order": "o1", "tax": "3", "revenue": "20"}),
        ({"idgoal": "0", "revenue": "20"}, "cart", {"revenue": "20"}),
        ({"c_n": "ad", "c_p": "a.png", "c_t": "/x"}, "content_impression",
         {"content": "ad", "piece": "a.png", "target": "/x"}),
        ({"c_n": "ad", "c_i": "click"}, "content_interaction", {"content": "ad", "interaction": "click"}),
        ({"dimension1": "a", "cvar": '{"1":["plan","pro"]}', "_pks": "s1"}, "page_view",
         {"dimension1": "a", "plan": "pro", "product_sku": "s1"}),
    ],
)  # fmt: skip
def test_what_happened_is_an_event_with_what_is_said_of_it(
    fields: dict[str, Any], event_type: str, props: dict[str, str], ingest: Ingest
) -> None:
    [told] = ingest.validate("matomo", urlencode(make(**fields)))
    assert (told["event"]["event_type"], told["event"]["props"]) == (event_type, props)


def test_an_order_has_revenue_where_a_currency_is_told(ingest: Ingest) -> None:
    [told] = ingest.validate("matomo", urlencode(make(idgoal=0, ec_id="o1", revenue="20.5", currency="eur")))
    assert told["event"]["revenue"] == {"amount": "20.5", "currency": "EUR"}


def test_what_a_page_sees_extends_its_visit_and_counts_as_nothing_else(ingest: Ingest) -> None:
    [told] = ingest.validate("matomo", urlencode(make(ping=1, dimension1="a")))
    assert (told["event"]["event_type"], told["event"]["engaged_ms"]) == ("engagement", 0)


@pytest.mark.parametrize(
    ("fields", "agent", "user"),
    [
        ({}, "", None),
        ({"uid": "ann"}, "", "ann"),
        ({"cid": "f" * 16}, "", "f" * 16),
        ({}, "matomopy", "0123456789abcdef"),
    ],
)
def test_a_user_is_who_was_named_and_whom_a_server_names(
    fields: dict[str, Any], agent: str, user: str | None, ingest: Ingest
) -> None:
    [told] = ingest.validate("matomo", urlencode(make(**fields)), headers={"User-Agent": agent} if agent else {})
    assert told["event"].get("user_id") == user


def test_of_a_bulk_each_request_has_its_own_outcome_and_one_with_a_time_counts_once(ingest: Ingest) -> None:
    timed = urlencode(make(cdt="2026-11-01 10:00:00", uid="ann"))
    bulk = {"requests": [f"?{timed}", "?rec=1", {"rec": 1, "idsite": 3, "url": "https://a.example/"}, 3]}
    for _ in range(2):
        answer = ingest.client.post("/matomo.php", json=bulk)
        assert answer.json() == {"status": "success", "tracked": 2, "invalid": 2, "invalid_indices": [1, 3]}
    queued = [event for event in ingest.queued() if event.get("user_id") == "ann"]
    assert {event["timestamp"] for event in queued} == {"2026-11-01T10:00:00.000000Z"}
    assert (len(queued), len({event["event_id"] for event in queued})) == (2, 1)
    assert ingest.refused() == 4


def test_a_crash_becomes_no_event(ingest: Ingest) -> None:
    assert send(ingest, "form", make(ca=1, cra="boom")).status_code == 200
    assert (ingest.queued(), ingest.dropped()) == ([], {"matomo:crash 3": 1})


@pytest.mark.parametrize("query", ["", "rec=1", "idsite=3", "rec=1&idsite=3"])
def test_what_is_no_request_is_refused(query: str, ingest: Ingest) -> None:
    assert ingest.client.get(f"/matomo.php?{query}").status_code == 422
    assert (ingest.refused(), ingest.queued()) == (1, [])
