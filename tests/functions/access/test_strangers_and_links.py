"""What somebody with a shared link tries: to see more than the link shows, for longer, or of another site."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.postgres.database import Database
from functions.stats.access.attempts import MOST_FAILURES
from tests.functions.access.conftest import PASSWORD, MakeKey
from tests.functions.access.test_links import DAY, bearer, filled, make_link
from tests.functions.conftest import Serve

__all__ = ["filled"]
FORCED = [{"dimension": "path", "operator": "is", "value": "/shared"}]
HIDDEN = {"dimension": "path", "operator": "is", "value": "/hidden"}
SHARED = {"dimension": "path", "operator": "is", "value": "/shared"}
ANYTHING = {"dimension": "path", "operator": "contains", "value": "/"}


@pytest.mark.parametrize(
    ("own", "views"),
    [
        ([{"or": [SHARED, HIDDEN]}], 1),
        ([{"or": [HIDDEN, ANYTHING]}], 1),
        ([{"or": [{"and": [HIDDEN, ANYTHING]}, {"or": [SHARED, HIDDEN]}]}], 1),
        ([{"dimension": "path", "operator": "is_not", "value": "/shared"}], 0),
        ([{"dimension": "path", "operator": "is", "value": ["/shared", "/hidden"]}], 1),
        ([{"dimension": "path", "operator": "matches", "value": "*"}], 1),
        ([{"dimension": "path", "operator": "contains", "value": ["hid", "%", "_"]}], 0),
        ([{"dimension": "props.secret", "operator": "is", "value": "x"}], 1),
        ([{"dimension": "props.x') or true --", "operator": "is_not", "value": "') or true --"}], 1),
    ],
)
def test_no_condition_of_a_reader_undoes_those_of_the_link(
    filled: TestClient, make_key: MakeKey, own: list[dict[str, Any]], views: int
) -> None:
    token = bearer(make_link(filled, make_key("sites"), filters=FORCED)["token"])
    query = {
        "site_id": "blog",
        "from": "2025-11-12",
        "to": "2025-11-12",
        "filters": json.dumps(own),
        "metrics": "events",
    }
    summary = filled.get("/v1/stats/summary", params=query, headers=token)
    assert summary.json()["data"] == {"events": views}, summary.text
    series = filled.get("/v1/stats/timeseries", params={**query, "interval": "hour"}, headers=token)
    assert sum(row["events"] for row in series.json()["data"]) == views


@pytest.mark.parametrize(
    "query",
    [
        "breakdown?dimension=path",
        "breakdown?dimension=path&metrics=visitors,events&sort=events:asc&limit=1000",
        "breakdown?dimension=path&offset=1",
        "breakdown?dimension=path&compare=previous",
        "breakdown?dimension=path&format=csv&compare=year",
        "breakdown?dimension=props.secret&metrics=events",
        "breakdown?dimension=event_type&metrics=events",
        "summary?metrics=events&compare=previous&format=csv",
        "summary?metrics=events&timezone=Pacific/Kiritimati",
        "timeseries?metrics=events&interval=hour&compare=previous",
    ],
)
def test_no_form_of_a_question_shows_what_a_link_hides(filled: TestClient, make_key: MakeKey, query: str) -> None:
    """The answers are those of a site of which the hidden event never came."""
    token = bearer(make_link(filled, make_key("sites"), filters=FORCED)["token"])
    day = DAY.replace("to=2025-11-12", "to=2025-11-13")  # in no zone is the event on another day
    before = filled.get(f"/v1/stats/{query}&site_id=blog{day}", headers=token)
    assert before.status_code == 200, before.text
    assert "/hidden" not in before.text
    if "offset=1" in query:
        assert before.json()["data"] == []
        assert before.json()["meta"]["total"] == 1
    if before.headers["content-type"].startswith("application/json"):
        rows = before.json()["data"]
        events = [row.get("events") for row in (rows if isinstance(rows, list) else [rows])]
        assert sum(number or 0 for number in events) in (0, 1)
    else:
        assert ",2" not in before.text


@pytest.mark.parametrize("path", ["/stats?site_id=blog&date=2025-11-12", "/v1/stats/filtered?site_id=blog"])
def test_figures_that_cant_be_told_apart_are_not_shown_by_a_link_with_filters(
    filled: TestClient, make_key: MakeKey, path: str
) -> None:
    token = bearer(make_link(filled, make_key("sites"), filters=FORCED)["token"])
    for more in ({}, {"If-None-Match": "*"}, {"Accept": "text/csv"}):
        assert filled.get(path, headers={**token, **more}).status_code == 403


def test_a_tag_of_the_owners_answer_tells_a_reader_nothing(filled: TestClient, make_key: MakeKey) -> None:
    """Not even whether the owner, or another link, would get the same figures."""
    owner = make_key("stats", "sites")
    other = [{"dimension": "path", "operator": "is", "value": "/other"}]
    headers = [bearer(make_link(filled, owner, filters=forced)["token"]) for forced in (FORCED, other)]
    for path in ("summary?metrics=events&", "breakdown?dimension=path&", "timeseries?metrics=events&", "realtime?"):
        url = f"/v1/stats/{path}site_id=blog" + ("" if "realtime" in path else DAY)
        tags = [filled.get(url, headers=header).headers["etag"] for header in (owner, *headers)]
        assert len(set(tags)) == 3
        assert (
            filled.get(url, headers={**headers[0], "If-None-Match": ", ".join([tags[0], tags[2]])}).status_code == 200
        )


def test_a_reader_changes_nothing(filled: TestClient, make_key: MakeKey) -> None:
    link = make_link(filled, make_key("sites"), filters=FORCED)
    token = bearer(link["token"])
    for method, path, content in (
        ("PATCH", f"/v1/links/{link['link_id']}", {"filters": []}),
        ("DELETE", f"/v1/links/{link['link_id']}", None),
        ("PATCH", "/v1/sites/blog", {"is_public": True}),
        ("DELETE", "/v1/sites/blog", None),
        ("POST", "/v1/links", {"site_id": "blog", "name": "wider"}),
        ("GET", "/v1/links?site_id=blog", None),
    ):
        assert filled.request(method, path, json=content, headers=token).status_code == 403
    assert filled.get("/v1/session", headers=token).status_code == 401


def test_a_password_that_was_right_opens_nothing_once_the_link_has_another_or_is_narrower(
    filled: TestClient, make_key: MakeKey
) -> None:
    key = make_key("sites")
    link = make_link(filled, key, password=PASSWORD)
    path = f"/v1/stats/summary?site_id=blog&metrics=events{DAY}"
    given = {"token": link["token"], "password": PASSWORD}
    opened = bearer(filled.post("/v1/links/unlock", json=given).json()["data"]["token"])
    filled.patch(f"/v1/links/{link['link_id']}", json={"filters": FORCED}, headers=key)
    assert filled.get(path, headers=opened).json()["data"] == {"events": 1}
    filled.patch(f"/v1/links/{link['link_id']}", json={"password": "another password"}, headers=key)
    assert filled.get(path, headers=opened).status_code == 401
    assert filled.post("/v1/links/unlock", json=given).status_code == 401


def test_a_link_is_no_key_of_another_kind(filled: TestClient, make_key: MakeKey) -> None:
    link = make_link(filled, make_key("sites"), password=PASSWORD)
    given = {"token": link["token"], "password": PASSWORD}
    opened = filled.post("/v1/links/unlock", json=given).json()["data"]["token"]
    path = f"/v1/stats/summary?site_id=blog{DAY}"
    for cookie in (opened, link["token"]):
        assert filled.get(path, headers={"Cookie": f"__Host-analytics={cookie}"}).status_code == 401
    renamed = opened.replace("wa_view_", "wa_session_")
    assert filled.get(path, headers={"Cookie": f"__Host-analytics={renamed}"}).status_code == 401
    for query in (f"key={opened}", f"token={opened}", f"access_token={opened}"):
        assert filled.get(f"{path}&{query}").status_code == 401
    # a page's address is no place for what opens figures, save a link's token, which is made for it
    assert filled.get(f"/share/{opened}").headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")


def test_guessing_a_links_password_makes_an_address_wait(
    filled: TestClient, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.access.links.is_password", lambda password, kept: password == PASSWORD)  # it takes long
    link = make_link(filled, make_key("sites"), password=PASSWORD)
    guess = {"token": link["token"], "password": "a wrong guess"}
    answers = [filled.post("/v1/links/unlock", json=guess) for _ in range(MOST_FAILURES)]
    assert {answer.status_code for answer in answers} == {401}
    right = {**guess, "password": PASSWORD}
    assert filled.post("/v1/links/unlock", json=right).status_code == 429
    for spoofed in ({"X-Forwarded-For": "192.0.2.9"}, {"Forwarded": "for=192.0.2.9"}, {"X-Real-IP": "192.0.2.9"}):
        assert filled.post("/v1/links/unlock", json=right, headers=spoofed).status_code == 429


def test_a_link_whose_filters_cant_be_read_shows_nothing(
    filled: TestClient, make_key: MakeKey, database: Database
) -> None:
    token = bearer(make_link(filled, make_key("sites"), filters=FORCED)["token"])
    for filters in ('[{"dimension": "gone", "operator": "is", "value": "x"}]', "{}", "null", "nonsense"):
        database.run("update access_links set filters = :filters", filters=filters)
        assert filled.get(f"/v1/stats/summary?site_id=blog{DAY}", headers=token).status_code == 403


def test_an_event_that_a_link_shows_is_shown_with_its_visits_first_and_last_page(
    serve: Serve, stats: TestClient, make_key: MakeKey
) -> None:
    """A condition chooses events, and hides no dimension of theirs: docs/security.md says so to who makes a link."""
    page = {"site_id": "blog", "event_type": "page_view", "user_id": "ann"}
    events = [
        {
            **page,
            "event_id": f"0193209e-3a80-7000-8000-{number:012}",
            "path": path,
            "timestamp": f"2025-11-12T10:0{number}:00.000000Z",
        }
        for number, path in enumerate(["/entered", "/shared", "/left"])
    ]
    stored = serve("process").post("/", json={"Records": [{"messageId": "0:1-0", "body": json.dumps(events)}]})
    assert stored.json() == {"batchItemFailures": []}
    token = bearer(make_link(stats, make_key("sites"), filters=FORCED)["token"])
    found = {
        dimension: [row[dimension] for row in stats.get(url, headers=token).json()["data"]]
        for dimension in ("path", "entry", "exit")
        for url in (f"/v1/stats/breakdown?site_id=blog&dimension={dimension}{DAY}",)
    }
    assert found == {"path": ["/shared"], "entry": ["/entered"], "exit": ["/left"]}
    assert stats.get(f"/v1/stats/summary?site_id=blog{DAY}", headers=token).json()["meta"]["filters"][0]["value"] == [
        "/shared"
    ]
