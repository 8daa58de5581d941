"""What somebody with a key for one site sends to be taken for another, or to make the server fail."""

import json
import urllib.parse

import pytest
from starlette.testclient import TestClient

from common.access.users import Users
from common.postgres.database import Database
from tests.functions.access.conftest import MakeKey
from tests.functions.access.test_people import sign_in

WISH = {"reason": "bot", "from": "2025-11-01T00:00:00Z", "to": "2025-12-01T00:00:00Z"}
JSON = {"Content-Type": "application/json"}
BEYOND = [
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-12:00",
    "2025-01-01T00:00:00+99:00",
    "+10000-01-01T00:00:00Z",
]


@pytest.mark.parametrize("time", BEYOND)
def test_a_time_that_no_clock_shows_is_refused(stats: TestClient, make_key: MakeKey, time: str) -> None:
    admin = make_key("admin")
    for path, content, names in (
        ("/v1/restores", {"site_id": "blog", **WISH}, ("from", "to")),
        ("/v1/keys", {"name": "n", "scopes": ["stats"]}, ("expires_at",)),
        ("/v1/links", {"name": "n", "site_id": "blog"}, ("expires_at",)),
    ):
        for name in names:
            answer = stats.post(path, json={**content, name: time}, headers=admin)
            assert answer.status_code == 422, answer.text
            assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{name}"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_id_that_cant_be_stored_is_nothings(
    stats: TestClient, make_key: MakeKey, database: Database, method: str
) -> None:
    key = make_key("sites", sites=["blog"])
    link = stats.post("/v1/links", json={"site_id": "blog", "name": "l"}, headers=key).json()["data"]["link_id"]
    more = {"json": {"password": "correct horse battery"}} if method == "PATCH" else {}
    for spelling in (f"{link}%00", f"{link[:3]}%00{link[3:]}", f"{link}%0A", f"{link}%20", f"{link}%ED%A0%80", "%00"):
        answer = stats.request(method, f"/v1/links/{spelling}", headers=key, **more)
        assert answer.status_code == 404, answer.text
    assert database.run("select name, password from access_links") == [["l", ""]]


def test_a_key_is_revoked_by_its_id_alone(stats: TestClient, make_key: MakeKey, database: Database) -> None:
    admin, key = make_key("admin"), make_key("stats")["Authorization"].split("_")[2]
    for spelling in (f"{key}%00", f"{key[:3]}%00{key[3:]}", f"{key}%0A", key.swapcase()):
        assert stats.delete(f"/v1/keys/{spelling}", headers=admin).status_code == 404
    assert database.run("select 1 from access_keys where revoked_at is not null") == []
    assert stats.delete(f"/v1/keys/{key}", headers=admin).status_code == 200


@pytest.mark.parametrize(
    "site", ["secret", "absent", "Blog", "blog ", " blog", "blog\u200b", "blog.", "ｂlog", "blog/"]
)
def test_filtered_events_of_another_site_are_not_restored(
    stats: TestClient, make_key: MakeKey, users: Users, database: Database, site: str
) -> None:
    """Nor is it told whether there is such a site."""
    assert stats.post("/v1/sites", json={"site_id": "secret"}, headers=make_key("admin")).status_code == 201
    key = make_key("sites", "stats", "erase", sites=["blog"])
    for headers in (key, sign_in(stats, "ada")):
        answer = stats.post("/v1/restores?site_id=blog", json={"site_id": site, **WISH}, headers=headers)
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is no such site, or you may not see it."
    assert database.run("select site_id from filtered_restores") == []


def test_of_a_member_that_comes_twice_the_one_that_is_checked_is_the_one_that_counts(
    stats: TestClient, make_key: MakeKey, database: Database
) -> None:
    for site in ("blog", "secret"):
        assert stats.post("/v1/sites", json={"site_id": site}, headers=make_key("admin")).status_code == 201
    key = make_key("sites", sites=["blog"])
    for sites, status in ((("secret", "blog"), 202), (("blog", "secret"), 404)):
        first, last = (f'"site_id": "{site}"' for site in sites)
        body = f"{{{first}, {json.dumps(WISH)[1:-1]}, {last}}}"
        assert stats.post("/v1/restores", content=body, headers={**key, **JSON}).status_code == status
    assert database.run("select site_id from filtered_restores") == [["blog"]]


def test_who_may_only_look_restores_nothing_and_moves_no_days(
    stats: TestClient, make_key: MakeKey, users: Users, database: Database
) -> None:
    admin = make_key("admin")
    for site in ("shop", "blog", "secret"):
        assert stats.post("/v1/sites", json={"site_id": site}, headers=admin).status_code == 201
    ada = sign_in(stats, "ada")  # manages `blog`, sees `shop`
    reader = make_key("stats", "export", sites=["blog"])
    for headers, site, status in ((ada, "shop", 404), (ada, "secret", 404), (reader, "blog", 403)):
        answer = stats.patch(f"/v1/sites/{site}", json={"time_zone": "Asia/Tokyo"}, headers=headers)
        assert answer.status_code == status
        assert stats.post("/v1/restores", json={"site_id": site, **WISH}, headers=headers).status_code == status
    without = {"Cookie": ada["Cookie"]}
    assert stats.post("/v1/restores", json={"site_id": "blog", **WISH}, headers=without).status_code == 403
    assert stats.patch("/v1/sites/blog", json={"time_zone": "Asia/Tokyo"}, headers=without).status_code == 403
    assert database.run("select site_id from filtered_restores") == []
    shown = stats.get("/v1/sites", headers=admin).json()["data"]
    assert {(site["time_zone"], site.get("time_zone_change")) for site in shown} == {("UTC", None)}


@pytest.mark.parametrize(
    "filters",
    [
        '[{"dimension":"path","operator":"is","value":"\\u0000"}]',
        '[{"dimension":"path","operator":"is","value":"\\ud800"}]',
        '[{"dimension":"props.\\u0000","operator":"is","value":"x"}]',
        '[{"or":[]}]',
        '[{"and":[]}]',
        '[{"or":[],"dimension":"path","operator":"is","value":"x"}]',
        '[{"dimension":"path","operator":"is","value":[]}]',
        "[NaN]",
        "[" * 900 + "]" * 900,
    ],
)
def test_no_link_has_filters_that_hold_for_everything_or_cant_be_read(
    stats: TestClient, make_key: MakeKey, database: Database, filters: str
) -> None:
    """Neither is there an answer to them in a question."""
    key = make_key("sites", "stats", sites=["blog"])
    body = f'{{"site_id":"blog","name":"l","filters":{filters}}}'
    assert stats.post("/v1/links", content=body, headers={**key, **JSON}).status_code == 422
    asked = urllib.parse.quote(filters)
    assert stats.get(f"/v1/stats/summary?site_id=blog&filters={asked}", headers=key).status_code == 422
    assert database.run("select link_id from access_links") == []
