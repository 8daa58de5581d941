"""Keys over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from common.http.wrong_keys import MOST
from common.postgres.database import Database
from tests.functions.access.conftest import MakeKey

SUMMARY = "/v1/stats/summary?site_id=blog"


def test_a_key_is_shown_once_and_opens_what_it_is_for(stats: TestClient, make_key: MakeKey, database: Database) -> None:
    admin = make_key("admin")
    expires = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wanted = {"name": "the report", "scopes": ["stats"], "sites": ["blog"], "expires_at": expires}
    answer = stats.post("/v1/keys", json=wanted, headers=admin)
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert made["key"].startswith(f"wa_stats_{made['key_id']}_")
    assert stats.get(SUMMARY, headers={"X-API-Key": made["key"]}).status_code == 200
    listed = stats.get("/v1/keys", headers=admin)
    assert made["key"] not in listed.text
    [shown] = [key for key in listed.json()["data"] if key["key_id"] == made["key_id"]]
    used = datetime.fromisoformat(shown["last_used_at"])
    assert (used.minute, used.second, used.microsecond) == (0, 0, 0)
    assert made["key"].encode() not in database.run("select hash from access_keys")[0][0]


def test_a_revoked_key_opens_nothing_from_then_on(stats: TestClient, make_key: MakeKey) -> None:
    admin, other = make_key("admin"), make_key("stats")
    assert stats.get(SUMMARY, headers=other).status_code == 200
    key_id = other["Authorization"].split("_")[2]
    assert stats.delete(f"/v1/keys/{key_id}", headers=admin).status_code == 200
    assert stats.get(SUMMARY, headers=other).status_code == 401
    assert stats.delete(f"/v1/keys/{key_id}", headers=admin).status_code == 404


def test_a_key_that_has_expired_opens_nothing(stats: TestClient, make_key: MakeKey, database: Database) -> None:
    key = make_key("stats")
    database.run("update access_keys set expires_at = now() - interval '1 second'")
    assert stats.get(SUMMARY, headers=key).status_code == 401


def test_a_typo_is_told_from_a_wrong_key(stats: TestClient, make_key: MakeKey, database: Database) -> None:
    text = make_key("stats")["Authorization"]
    typo = text[:-8] + ("x" if text[-8] != "x" else "y") + text[-7:]
    assert "mistyped" in stats.get(SUMMARY, headers={"Authorization": typo}).json()["detail"]
    database.run("delete from access_keys")
    assert stats.get(SUMMARY, headers={"Authorization": text}).json()["detail"] == "This is not the key."


def test_a_key_with_the_id_of_another_is_wrong(stats: TestClient, make_key: MakeKey, database: Database) -> None:
    first, second = make_key("stats"), make_key("stats")
    ids = [header["Authorization"].split("_")[2] for header in (first, second)]
    database.run("update access_keys set hash = '\\x00' where key_id = :id", id=ids[0])
    assert stats.get(SUMMARY, headers=first).status_code == 401
    assert stats.get(SUMMARY, headers=second).status_code == 200


def test_too_many_wrong_keys_make_an_address_wait_and_its_right_key_passes(
    stats: TestClient, make_key: MakeKey
) -> None:
    right = make_key("stats")
    for _ in range(MOST):
        assert stats.get(SUMMARY, headers={"X-API-Key": "guess"}).status_code == 401
    answer = stats.get(SUMMARY, headers={"X-API-Key": "guess"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert stats.get(SUMMARY, headers=right).status_code == 200


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        ({"name": "", "scopes": ["stats"]}, "/name"),
        ({"name": "n", "scopes": []}, "/scopes"),
        ({"name": "n", "scopes": ["root"]}, "/scopes"),
        ({"name": "n", "scopes": ["stats"], "sites": []}, "/sites"),
        ({"name": "n", "scopes": ["admin"], "sites": ["blog"]}, "/sites"),
        ({"name": "n", "scopes": ["stats"], "sites": ["x" * 65]}, "/sites/0"),
        ({"name": "n", "scopes": ["stats"], "expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
        ({"name": "n", "scopes": ["stats"], "expires_at": "soon"}, "/expires_at"),
        ({"name": "n", "scopes": "stats"}, "/scopes"),
        ({"name": "n\u0000", "scopes": ["stats"]}, "/name"),
        ({"name": "\ud800", "scopes": ["stats"]}, "/name"),
        ({"name": "n", "scopes": ["stats"], "kind": 1}, "/kind"),
        ({"scopes": ["stats"]}, "/name"),
    ],
)
def test_what_is_wrong_with_a_key_is_named(
    stats: TestClient, make_key: MakeKey, content: dict[str, object], pointer: str
) -> None:
    import json

    answer = stats.post(
        "/v1/keys", content=json.dumps(content), headers={**make_key("admin"), "Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_every_change_is_noted_with_who_made_it(stats: TestClient, make_key: MakeKey) -> None:
    admin = make_key("admin")
    made = stats.post("/v1/keys", json={"name": "n", "scopes": ["ingest"]}, headers=admin).json()["data"]
    stats.delete(f"/v1/keys/{made['key_id']}", headers=admin)
    changes = stats.get("/v1/audit?limit=2", headers=admin).json()["data"]
    actor = f"key {admin['Authorization'].split('_')[2]}"
    assert [(change["actor"], change["action"], change["target"]) for change in changes] == [
        (actor, "key.revoke", made["key_id"]),
        (actor, "key.make", made["key_id"]),
    ]
    assert made["key"] not in str(changes)
    [older] = stats.get(f"/v1/audit?before={changes[1]['id']}", headers=admin).json()["data"]
    assert older["actor"] == "test"
    assert stats.get("/v1/audit?limit=0&x=1", headers=admin).status_code == 422


def test_who_changed_a_site_is_noted(stats: TestClient, make_key: MakeKey) -> None:
    key = make_key("sites", "stats", "erase", sites=["blog"])
    assert stats.post("/v1/sites", json={"site_id": "shop"}, headers=key).status_code == 404
    assert stats.post("/v1/sites", json={"site_id": "blog"}, headers=key).status_code == 201
    assert stats.patch("/v1/sites/blog", json={"name": "My blog"}, headers=key).status_code == 200
    assert [site["site_id"] for site in stats.get("/v1/sites", headers=key).json()["data"]] == ["blog"]
    assert stats.delete("/v1/sites/blog", headers=key).status_code == 202
    changes = stats.get("/v1/audit?limit=3", headers=make_key("admin")).json()["data"]
    assert [change["action"] for change in changes] == ["key.make", "site.delete", "site.change"]
