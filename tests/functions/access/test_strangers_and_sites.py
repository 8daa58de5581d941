"""What somebody with a key for one site tries on another: it reads nothing, changes nothing, and tells nothing."""

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.access.users import Users
from common.postgres.database import Database
from tests.functions.access.conftest import MakeKey
from tests.functions.access.test_people import sign_in

OWNERS = {"blocked_addresses": ["198.51.100.77"], "blocked_paths": ["/merger/*"]}
ALIAS = {"dialect": "plausible", "external_id": "token-of-the-owner"}


@pytest.fixture
def two_sites(stats: TestClient, make_key: MakeKey) -> TestClient:
    """The sites `blog` and `secret`, with what their owners would not tell."""
    admin = make_key("admin")
    for site, more in (("blog", {}), ("secret", {"aliases": [ALIAS]})):
        content = {"site_id": site, "settings": OWNERS, **more}
        assert stats.post("/v1/sites", json=content, headers=admin).status_code == 201
    return stats


def make_public(stats: TestClient, make_key: MakeKey) -> None:
    assert stats.patch("/v1/sites/secret", json={"is_public": True}, headers=make_key("admin")).status_code == 200


def is_told(text: str) -> bool:
    return any(word in text for word in ("198.51.100.77", "merger", "token-of-the-owner"))


def test_who_may_only_look_does_not_see_what_the_owner_set(
    two_sites: TestClient, make_key: MakeKey, users: Users
) -> None:
    make_public(two_sites, make_key)
    ada = sign_in(two_sites, "ada")
    users.change("test", "ada", roles={"secret": "view"})
    viewer = sign_in(two_sites, "ada")
    link = two_sites.post("/v1/links", json={"site_id": "secret", "name": "l"}, headers=make_key("sites"))
    token = {"Authorization": f"Bearer {link.json()['data']['token']}"}
    callers: list[dict[str, str]] = [viewer, token, make_key("stats", sites=["secret"]), {}]
    for headers in callers:
        for path in ("/v1/sites?site_id=secret", "/v1/sites/secret?site_id=secret"):
            answer = two_sites.get(path, headers=headers)
            assert answer.status_code == 200, answer.text
            assert not is_told(answer.text)
            assert '"role":"view"' in answer.text
            assert "blog" not in answer.text
    manager = make_key("stats", "sites", sites=["secret"])
    assert is_told(two_sites.get("/v1/sites/secret", headers=manager).text)
    assert two_sites.get("/v1/sites/secret", headers=ada).status_code == 401


def test_a_list_of_sites_reads_no_others(
    two_sites: TestClient, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that was cut afterwards would take the longer, the more sites others have."""
    from common.sites import directory

    read: list[str] = []
    original = directory._read
    monkeypatch.setattr(directory, "_read", lambda row: read.append(row[0]) or original(row))  # type: ignore[func-returns-value]
    key = make_key("stats", sites=["blog"])
    assert [site["site_id"] for site in two_sites.get("/v1/sites", headers=key).json()["data"]] == ["blog"]
    assert read == ["blog"]


SPELLINGS = ["secret", "%73ecret", "secret%00", "SECRET", "%EF%BD%93ecret", "secret%20", "..%2Fsecret", "%2573ecret"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE", "POST", "OPTIONS", "PUT"])
def test_a_site_is_as_absent_in_every_spelling_and_by_every_method(
    two_sites: TestClient, make_key: MakeKey, method: str
) -> None:
    """Public or not, for nobody with a key for another site it is there to be changed."""
    make_public(two_sites, make_key)
    key = make_key("stats", "sites", "erase", "export", sites=["blog"])
    more: dict[str, Any] = {"json": {"is_public": True, "name": "mine"}} if method in ("PATCH", "POST") else {}
    answers = []
    for spelling in [*SPELLINGS, "absent", "x" * 65]:
        headers = {
            **key,
            "X-HTTP-Method-Override": "DELETE",
            "X-Original-URL": "/v1/sites/secret",
            "X-Site-Id": "secret",
        }
        answer = two_sites.request(method, f"/v1/sites/{spelling}", headers=headers, **more)
        answers.append((answer.status_code, answer.content))
    assert len(set(answers)) == 1
    assert answers[0][0] == (405 if method in ("POST", "OPTIONS", "PUT") else 404)
    kept = two_sites.get("/v1/sites/secret", headers=make_key("admin")).json()["data"]
    assert (kept["name"], kept["is_being_deleted"]) == ("secret", False)


@pytest.mark.parametrize(
    "query",
    [
        "site_id=secret",
        "site_id=blog&site_id=secret",
        "site_id=secret&site_id=blog",
        "site_id=blog&%73ite_id=secret",
        "site_id=blog%00secret",
        "site_id=SECRET",
        "site_id=secret%20",
        "site_id=",
        "site_id=blog,secret",
        "site_id=*",
        "site_id=%25",
        "site_id=%ED%A0%80",
        "site_id=secret&site_id=absent",
    ],
)
def test_figures_of_another_site_are_had_by_no_query(two_sites: TestClient, make_key: MakeKey, query: str) -> None:
    key = make_key("stats", "export", sites=["blog"])
    figures = ("summary", "timeseries", "breakdown", "realtime", "dimensions", "filtered", "goals")
    for path in (*(f"stats/{name}" for name in figures), "export"):
        for headers in (key, {**key, "If-None-Match": "*"}, {**key, "Accept": "text/csv"}):
            answer = two_sites.get(f"/v1/{path}?dimension=path&{query}", headers=headers)
            assert answer.status_code == 404
            assert answer.json()["detail"] == "There is no such site, or you may not see it."


@pytest.mark.parametrize("query", ["Site_id=secret", "site_id[]=secret", "site_ids=secret", "site_id%00=secret"])
def test_a_parameter_that_looks_like_the_site_is_unknown(two_sites: TestClient, make_key: MakeKey, query: str) -> None:
    answer = two_sites.get(f"/v1/stats/summary?site_id=blog&{query}", headers=make_key("stats", sites=["blog"]))
    assert answer.status_code == 422


def test_a_manager_neither_deletes_nor_makes_nor_shares_anothers_site(
    two_sites: TestClient, make_key: MakeKey, users: Users, database: Database
) -> None:
    ada = sign_in(two_sites, "ada")
    assert two_sites.delete("/v1/sites/blog", headers=ada).status_code == 403
    key = make_key("sites", "erase", sites=["blog"])
    answers = []
    for site in ("secret", "absent"):
        for method, path, content in (
            ("POST", "/v1/sites", {"site_id": site}),
            ("POST", "/v1/links", {"site_id": site, "name": "l"}),
            ("GET", f"/v1/links?site_id={site}", None),
            ("DELETE", f"/v1/sites/{site}", None),
        ):
            for headers in (key, ada) if "sites/" not in path else (key,):
                answer = two_sites.request(method, path, json=content, headers=headers)
                answers.append((answer.status_code, answer.content))
    assert len(set(answers)) == 1
    assert answers[0][0] == 404
    assert database.run("select site_id from site_removals") == []
    assert database.run("select link_id from access_links") == []


def test_an_alias_is_not_taken_from_another_site(two_sites: TestClient, make_key: MakeKey, database: Database) -> None:
    """Nor does anybody who manages some sites learn that one is taken."""
    key = make_key("sites", sites=["blog", "new"])
    answers = []
    for alias in (ALIAS, {**ALIAS, "external_id": "free"}):
        for method, path, content in (
            ("PATCH", "/v1/sites/blog", {"name": "x"}),
            ("POST", "/v1/sites", {"site_id": "new"}),
            ("POST", "/v1/sites", {"site_id": "blog"}),
        ):
            answer = two_sites.request(method, path, json={**content, "aliases": [alias]}, headers=key)
            answers.append((answer.status_code, answer.content))
    assert len(set(answers)) == 1
    assert answers[0][0] == 403
    for_all = two_sites.patch("/v1/sites/blog", json={"name": "x", "aliases": [ALIAS]}, headers=make_key("sites"))
    assert for_all.status_code == 409
    assert database.run("select site_id from site_settings where site_id = 'new'") == []
    assert database.run("select site_id from site_aliases") == [["secret"]]
    assert database.run("select name from site_settings where site_id = 'blog'") == [[""]]


def test_a_site_that_is_made_anew_is_not_seen_by_whom_the_old_one_was_shared_with(
    two_sites: TestClient, make_key: MakeKey, users: Users, database: Database
) -> None:
    from functions.process.sites.removal import finish

    admin, only = make_key("admin"), make_key("stats", sites=["blog"])
    link = two_sites.post("/v1/links", json={"site_id": "blog", "name": "l"}, headers=admin).json()["data"]
    ada = sign_in(two_sites, "ada")
    assert two_sites.delete("/v1/sites/blog", headers=admin).status_code == 202
    assert finish(database, "blog")
    assert two_sites.post("/v1/sites", json={"site_id": "blog"}, headers=admin).status_code == 201
    path = "/v1/stats/summary?site_id=blog"
    statuses = [
        two_sites.get(path, headers=headers).status_code
        for headers in ({"Authorization": f"Bearer {link['token']}"}, only, ada)
    ]
    assert statuses == [401, 404, 404]
    assert two_sites.get("/v1/sites", headers=only).json() == {"data": []}


def test_a_key_gives_no_key_more_than_it_has(two_sites: TestClient, make_key: MakeKey) -> None:
    for scopes in (("sites", "stats", "erase", "export"), ("stats",)):
        key = make_key(*scopes)
        for method, path, content in (
            ("POST", "/v1/keys", {"name": "n", "scopes": ["admin"]}),
            ("POST", "/v1/users", {"name": "eve", "password": "correct horse battery", "is_admin": True}),
            ("PATCH", "/v1/users/ada", {"is_admin": True}),
            ("DELETE", f"/v1/keys/{key['Authorization'].split('_')[2]}", None),
            ("GET", "/v1/audit", None),
            ("GET", "/v1/users", None),
        ):
            assert two_sites.request(method, path, json=content, headers=key).status_code == 403


def test_a_hostile_name_is_only_a_text(two_sites: TestClient, make_key: MakeKey) -> None:
    """The page puts texts into text nodes; what a spreadsheet would run is quoted; a header has no line end."""
    admin = make_key("admin")
    name = "<img src=x onerror=alert(1)>"
    made = two_sites.post("/v1/links", json={"site_id": "blog", "name": name}, headers=admin)
    assert made.json()["data"]["name"] == name
    assert made.headers["content-type"] == "application/json"
    for wrong in ("a\nSet-Cookie: x=y", "\u202etxt", "\x1b[2J"):
        content = json.dumps({"site_id": "blog", "name": wrong}).encode()
        headers = {**admin, "Content-Type": "application/json"}
        assert two_sites.post("/v1/links", content=content, headers=headers).status_code == 422
    page = two_sites.get("/public/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert "alert(1)" not in page.text
    assert "noindex" in page.headers["X-Robots-Tag"]
