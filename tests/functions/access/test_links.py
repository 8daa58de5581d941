"""Shared links."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.access.users import Users
from common.postgres.database import Database
from tests.functions.access.conftest import PASSWORD, MakeKey
from tests.functions.conftest import Serve

DAY = "&from=2025-11-12&to=2025-11-12"


@pytest.fixture
def filled(serve: Serve, stats: TestClient) -> TestClient:
    """Two events of the site blog."""
    events = [
        {
            "site_id": "blog",
            "event_type": "page_view",
            "event_id": f"0193209e-3a80-7000-8000-{number:012}",
            "path": path,
            "timestamp": "2025-11-12T10:00:00.000000Z",
            "user_id": f"user {number}",
            "props": {"secret": "x"},
        }
        for number, path in enumerate(["/shared", "/hidden"])
    ]
    answer = serve("process").post("/", json={"Records": [{"messageId": "0:1-0", "body": json.dumps(events)}]})
    assert answer.json() == {"batchItemFailures": []}
    return stats


def make_link(stats: TestClient, key: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = stats.post("/v1/links", json={"site_id": "blog", "name": "for the board", **more}, headers=key)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_link_shows_the_figures_of_its_site_alone(filled: TestClient, make_key: MakeKey) -> None:
    link = make_link(filled, make_key("sites"))
    assert link["path"] == f"/share/{link['token']}"
    shown = filled.get(f"/v1/stats/summary?site_id=blog{DAY}", headers=bearer(link["token"]))
    assert shown.json()["data"]["page_views"] == 2
    for path in ("/v1/stats/summary?site_id=shop", "/stats?site_id=shop&date=2025-11-12"):
        assert filled.get(path, headers=bearer(link["token"])).status_code == 404
    for path in ("/v1/keys", "/v1/links", "/v1/users", "/v1/audit"):
        assert filled.get(path, headers=bearer(link["token"])).status_code == 403
    assert filled.post("/v1/links", json={}, headers=bearer(link["token"])).status_code == 403


def test_a_links_filters_hold_for_every_query(filled: TestClient, make_key: MakeKey) -> None:
    forced = [{"dimension": "path", "operator": "is", "value": "/shared"}]
    token = bearer(make_link(filled, make_key("sites"), filters=forced)["token"])
    own = json.dumps([{"or": [{"dimension": "path", "operator": "is", "value": "/hidden"}]}])
    queries = {"": 1, "&filters=" + own: 0, "&filters=[]": 1}
    for query, views in queries.items():
        answer = filled.get(f"/v1/stats/summary?site_id=blog{DAY}{query}", headers=token)
        assert answer.json()["data"]["page_views"] == views
    rows = filled.get(f"/v1/stats/breakdown?site_id=blog&dimension=path{DAY}", headers=token)
    assert "/hidden" not in rows.text
    assert "/shared" in rows.text
    assert "secret" not in filled.get("/v1/stats/dimensions?site_id=blog", headers=token).text
    assert filled.get("/stats?site_id=blog&date=2025-11-12", headers=token).status_code == 403
    assert filled.get("/v1/stats/realtime?site_id=blog", headers=token).status_code == 200


def test_what_one_caller_may_see_is_no_answer_to_another(filled: TestClient, make_key: MakeKey) -> None:
    key = make_key("stats", "sites")
    forced = [{"dimension": "path", "operator": "is", "value": "/shared"}]
    token = bearer(make_link(filled, key, filters=forced)["token"])
    for path in ("summary", "realtime", "dimensions"):
        tags = [filled.get(f"/v1/stats/{path}?site_id=blog", headers=header).headers["etag"] for header in (key, token)]
        assert tags[0] != tags[1]


def test_a_link_with_a_password_opens_with_it_alone(filled: TestClient, make_key: MakeKey, database: Database) -> None:
    link = make_link(filled, make_key("sites"), password=PASSWORD)
    path = f"/v1/stats/summary?site_id=blog{DAY}"
    assert link["has_password"] is True
    assert filled.get(path, headers=bearer(link["token"])).status_code == 401
    wrong = filled.post("/v1/links/unlock", json={"token": link["token"], "password": "wrong"})
    assert wrong.status_code == 401
    right = filled.post("/v1/links/unlock", json={"token": link["token"], "password": PASSWORD})
    opened = bearer(right.json()["data"]["token"])
    assert filled.get(path, headers=opened).status_code == 200
    database.run("update access_sessions set expires_at = now()")
    assert filled.get(path, headers=opened).status_code == 401


def test_a_link_that_was_revoked_or_has_expired_opens_nothing(
    filled: TestClient, make_key: MakeKey, database: Database
) -> None:
    key = make_key("sites")
    path = f"/v1/stats/summary?site_id=blog{DAY}"
    link = make_link(filled, key, password=PASSWORD)
    unlocked = filled.post("/v1/links/unlock", json={"token": link["token"], "password": PASSWORD}).json()["data"]
    assert filled.delete(f"/v1/links/{link['link_id']}", headers=key).status_code == 200
    assert filled.get(path, headers=bearer(unlocked["token"])).status_code == 401
    link = make_link(filled, key)
    assert filled.get(path, headers=bearer(link["token"])).status_code == 200
    database.run("update access_links set expires_at = now() - interval '1 second'")
    assert filled.get(path, headers=bearer(link["token"])).status_code == 401


def test_a_changed_link_is_as_it_was_changed(filled: TestClient, make_key: MakeKey) -> None:
    key = make_key("sites")
    link = make_link(filled, key, expires_at="2100-01-01T00:00:00Z", embed_origins=["https://a.example"])
    path = f"/v1/links/{link['link_id']}"
    assert filled.patch(path, json={"name": "other"}, headers=key).json()["data"]["expires_at"].startswith("2100")
    assert filled.patch(path, json={"expires_at": None}, headers=key).json()["data"]["expires_at"] is None
    changed = filled.patch(path, json={"password": PASSWORD, "filters": []}, headers=key).json()["data"]
    assert (changed["name"], changed["has_password"], changed["embed_origins"]) == (
        "other",
        True,
        ["https://a.example"],
    )


def test_who_manages_another_site_learns_nothing_of_a_link(filled: TestClient, make_key: MakeKey, users: Users) -> None:
    link = make_link(filled, make_key("sites"))
    other = make_key("sites", sites=["shop"])
    answers = []
    for link_id in (link["link_id"], "absent00"):
        for method in ("PATCH", "DELETE"):
            answer = filled.request(method, f"/v1/links/{link_id}", json={}, headers=other)
            answers.append((answer.status_code, answer.content))
    assert len(set(answers)) == 1
    assert answers[0][0] == 404
    assert filled.get("/v1/links", headers=other).json() == {"data": []}
    assert filled.get("/v1/links?site_id=blog", headers=other).status_code == 404


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"filters": [{"dimension": "nothing", "operator": "is", "value": "x"}]}, "/filters/0/dimension"),
        ({"filters": "x"}, "/filters"),
        ({"embed_origins": ["https://a.example; script-src *"]}, "/embed_origins"),
        ({"embed_origins": ["*"]}, "/embed_origins"),
        ({"embed_origins": ["https://*.com"]}, "/embed_origins"),
        ({"embed_origins": ["https://*.co.uk"]}, "/embed_origins"),
        ({"embed_origins": ["https://*.github.io:8443"]}, "/embed_origins"),
        ({"embed_origins": ["https://*.localhost"]}, "/embed_origins"),
        ({"password": "short"}, "/password"),
    ],
)
def test_what_is_wrong_with_a_link_is_named(
    stats: TestClient, make_key: MakeKey, more: dict[str, Any], pointer: str
) -> None:
    content = {"site_id": "blog", "name": "n", **more}
    answer = stats.post("/v1/links", json=content, headers=make_key("sites"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_all_hosts_of_a_domain_may_embed_a_link(stats: TestClient, make_key: MakeKey) -> None:
    origins = ["https://*.example.com", "https://*.Example.co.uk:8443", "http://localhost:8000"]
    content = {"site_id": "blog", "name": "n", "embed_origins": origins}
    answer = stats.post("/v1/links", json=content, headers=make_key("sites"))
    assert (answer.status_code, answer.json()["data"]["embed_origins"]) == (201, origins)
