"""The tables of docs/moving say what becomes of each field: each is sent, and ingest does what they say."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from common.event import Event
from functions.ingest.dialects import (
    goatcounter,
    matomo_fields,
    openpanel,
    plausible,
    posthog,
    posthog_fields,
    snowplow,
    umami,
)
from functions.ingest.dialects.paths import DIALECTS
from tests.functions.dialects.conftest import Ingest

PAGES = Path(__file__).resolve().parents[3] / "docs" / "moving"
ANYWAY = {"event_id", "timestamp", "visitor_id"}
"""Fields that differ between any two requests."""

SERVER = {"User-Agent": "python-requests/2.32"}
Fields = dict[str, Any]
Request = tuple[str, Fields]
"""A query, and the rest of a request."""


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    dialect: str
    names: tuple[str, ...]
    kind: str
    example: str
    becomes: str


def send_json(fields: Fields) -> Request:
    return "", {"json": fields}


def send_payload(fields: Fields) -> Request:
    return send_json({"type": "event", "payload": fields})


def send_query(fields: Fields) -> Request:
    return urlencode(fields), {}


def send_hit(fields: Fields) -> Request:
    return "site=wiki", {"json": {"hits": [fields]}}


def send_posthog(name: str) -> Callable[[Fields], Request]:
    return lambda fields: send_batch({"event": name, "properties": fields})


def send_batch(fields: Fields) -> Request:
    return send_json({"api_key": "phc_a", "batch": [fields]})


VIEW = {"n": "pageview", "u": "https://blog.example/a", "d": "blog.example"}


def send_from_server(fields: Fields) -> Request:
    return urlencode(fields), {"headers": SERVER}


def send_payloads(fields: Fields) -> Request:
    return send_json({"data": [fields]})


def send_payloads_from_server(fields: Fields) -> Request:
    return "", {"json": {"data": [fields]}, "headers": SERVER}


SEEN = {"e": "pv", "aid": "shop", "url": "https://shop.example/a"}


def send_track(fields: Fields) -> Request:
    return "", {"json": {"type": "track", "payload": fields}, "headers": {"openpanel-client-id": "studio"}}


def send_signup(fields: Fields) -> Request:
    return send_track({"name": "signup", "properties": fields})


def send_link(fields: Fields) -> Request:
    return send_track({"name": "link_out", "properties": fields})


def send_signup_from_server(fields: Fields) -> Request:
    query, request = send_signup(fields)
    return query, {**request, "headers": request["headers"] | SERVER}


ON_PATH = {"__path": "https://studio.example/a"}
ASKED = {"idsite": "3", "rec": "1", "url": "https://press.example/a"}
ON_PAGE = {"$current_url": "https://blog.example/a"}
BASES: dict[tuple[str, str], tuple[Fields, Callable[[Fields], Request]]] = {
    ("plausible", "any"): (VIEW, send_json),
    ("plausible", "event"): (VIEW | {"n": "Signup"}, send_json),
    ("plausible", "engagement"): (VIEW | {"n": "engagement"}, send_json),
    ("plausible", "hash"): (VIEW | {"u": "https://blog.example/app#/users"}, send_json),
    ("umami", "any"): ({"website": "x", "hostname": "blog.example", "url": "/a"}, send_payload),
    ("goatcounter", "any"): ({"site": "blog", "p": "/a"}, send_query),
    ("goatcounter", "event"): ({"site": "blog", "p": "join", "e": "true"}, send_query),
    ("goatcounter", "hit"): ({"path": "/a"}, send_hit),
    ("matomo", "any"): (ASKED, send_query),
    ("matomo", "server"): (ASKED, send_from_server),
    ("matomo", "event"): (ASKED | {"e_c": "Video"}, send_query),
    ("matomo", "search"): (ASKED | {"search": "shoes"}, send_query),
    ("matomo", "goal"): (ASKED | {"idgoal": "1"}, send_query),
    ("matomo", "paid"): (ASKED | {"idgoal": "1", "currency": "EUR"}, send_query),
    ("matomo", "earned"): (ASKED | {"idgoal": "1", "revenue": "3.5"}, send_query),
    ("matomo", "order"): (ASKED | {"idgoal": "0"}, send_query),
    ("matomo", "content"): (ASKED | {"c_n": "ad"}, send_query),
    ("snowplow", "any"): (SEEN, send_payloads),
    ("snowplow", "server"): (SEEN, send_payloads_from_server),
    ("snowplow", "unnamed"): ({"e": "pv", "tna": "sp", "url": "https://shop.example/a"}, send_payloads),
    ("snowplow", "ping"): (SEEN | {"e": "pp", "vp": "9x9", "ds": "9x90", "pp_may": "9"}, send_payloads),
    ("snowplow", "own"): (SEEN | {"e": "ue"}, send_payloads),
    ("snowplow", "structured"): (SEEN | {"e": "se", "se_ca": "Video"}, send_payloads),
    ("snowplow", "transaction"): (SEEN | {"e": "tr", "tr_cu": "EUR"}, send_payloads),
    ("snowplow", "earned"): (SEEN | {"e": "tr", "tr_tt": "20.5"}, send_payloads),
    ("snowplow", "item"): (SEEN | {"e": "ti"}, send_payloads),
    ("openpanel", "track"): ({"name": "signup"}, send_track),
    ("openpanel", "any"): (ON_PATH, send_signup),
    ("openpanel", "server"): (ON_PATH, send_signup_from_server),
    ("openpanel", "paid"): (ON_PATH | {"currency": "EUR"}, send_signup),
    ("openpanel", "earned"): (ON_PATH | {"__revenue": 20.5}, send_signup),
    ("openpanel", "link"): (ON_PATH | {"href": "https://other.example/"}, send_link),
    ("posthog", "event"): ({"event": "signup", "properties": {}}, send_batch),
    ("posthog", "any"): (ON_PAGE, send_posthog("$pageview")),
    ("posthog", "custom"): (ON_PAGE, send_posthog("signup")),
    ("posthog", "paid"): (ON_PAGE | {"currency": "EUR"}, send_posthog("signup")),
    ("posthog", "app"): ({}, send_posthog("$screen")),
    ("posthog", "screen"): (ON_PAGE | {"$screen_width": 9, "$screen_height": 9}, send_posthog("$pageview")),
    ("posthog", "click"): (ON_PAGE | {"$external_click_url": "https://a.example/"}, send_posthog("$autocapture")),
    ("posthog", "link"): (ON_PAGE | {"$elements": [{"attr__href": "/a.pdf"}]}, send_posthog("$autocapture")),
    ("posthog", "chain"): (ON_PAGE | {"$elements_chain": 'attr__href="/a.pdf"'}, send_posthog("$autocapture")),
    ("posthog", "leave"): (ON_PAGE, send_posthog("$pageleave")),
    ("posthog", "anonymous"): (ON_PAGE | {"distinct_id": "d", "$lib": "web"}, send_posthog("signup")),
}
"""A request without the field, and how one is sent, by dialect and kind."""

USED: dict[str, set[str]] = {
    "plausible": {name for names in plausible.NAMES.values() for name in names},
    "umami": set(umami.USED),
    "goatcounter": {*goatcounter.SCRIPT_USED, *goatcounter.HIT_USED},
    "matomo": set(matomo_fields.USED),
    "snowplow": set(snowplow.USED),
    "openpanel": {*openpanel.USED, *openpanel.PAYLOAD_USED},
    "posthog": {*posthog_fields.USED, *posthog_fields.EVENT_USED},
}


def read_rows(dialect: str) -> Iterator[Row]:
    page = (PAGES / f"{dialect}.md").read_text()
    for names, kind, example, becomes in re.findall(
        r"^\| (`.+?`) \| ([a-z]+) \| `(.+)` \| (.+) \|$", page, re.MULTILINE
    ):
        yield Row(dialect, tuple(re.findall("`(.+?)`", names)), kind, example, becomes)


ROWS = [row for dialect in DIALECTS for row in read_rows(dialect)]


def read_example(row: Row) -> Any:
    _, send = BASES[row.dialect, row.kind]
    return row.example if send in (send_query, send_from_server) else json.loads(row.example)


def find_changed(before: Fields, after: Fields) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.dialect}-{row.kind}-{row.names[0]}-{row.example[:20]}")
def test_a_field_becomes_what_the_table_says(row: Row, ingest: Ingest) -> None:
    base, send = BASES[row.dialect, row.kind]
    query, request = send(base)
    [before] = ingest.validate(row.dialect, query, **request)
    for name in row.names:
        rest = {one: value for one, value in base.items() if one not in row.names}
        query, request = send({**rest, name: read_example(row)})
        [after] = ingest.validate(row.dialect, query, **request)
        if row.becomes.startswith("dropped"):
            assert after["outcome"] == "dropped"
            continue
        assert after["outcome"] == "stored", after
        changed = find_changed(before["event"], after["event"])
        if row.becomes.startswith("nothing"):
            assert (name in after["unused"], changed - ANYWAY) == (True, set())
        else:
            promised = {one for one in re.findall("`(.+?)`", row.becomes) if one in Event.model_fields}
            assert promised, row
            assert (name in after["unused"], promised - changed) == (False, set())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_table_names_every_field_that_has_a_place(dialect: str) -> None:
    assert {name for row in read_rows(dialect) for name in row.names} >= USED[dialect]


def test_the_pages_name_what_becomes_of_every_kind_of_event() -> None:
    page = (PAGES / "plausible.md").read_text()
    for name, event_type in plausible.EVENTS.items():
        if name != event_type:
            assert f"| `{name}` | `{event_type}` |" in page
    page = (PAGES / "umami.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \| no event", page, re.MULTILINE)) == set(umami.DROPS)
    page = (PAGES / "posthog.md").read_text()
    assert set(re.findall(r"`(\$\$?\w+)`", " ".join(re.findall(r"^\| .+ \| no event.*$", page, re.MULTILINE)))) == set(
        posthog.DROPS
    )
    page = (PAGES / "snowplow.md").read_text()
    assert set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| `ue`: (.+) \| no event", page, re.MULTILINE)))) == set(
        snowplow.DROPS
    )
    page = (PAGES / "openpanel.md").read_text()
    assert set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.+) \| no event", page, re.MULTILINE)))) == set(
        openpanel.DROPS
    )
    page = (PAGES / "goatcounter.md").read_text()
    for drop in (goatcounter.BOT, goatcounter.PREFETCH):
        assert f"`goatcounter:{drop.name}`" in page
