"""Users who sign in, and what they may do."""

import pytest
from starlette.testclient import TestClient

from common.access.users import Users
from common.postgres.database import Database
from functions.stats.access.attempts import MOST_FAILURES
from functions.stats.access.identity import COOKIE
from tests.functions.access.conftest import PASSWORD, MakeKey
from tests.functions.conftest import Serve

SUMMARY = "/v1/stats/summary?site_id="


def sign_in(stats: TestClient, user: str, password: str = PASSWORD) -> dict[str, str]:
    """The header fields of a page in which the user signed in."""
    answer = stats.post("/v1/session", json={"user": user, "password": password})
    assert answer.status_code == 200, answer.text
    cookie = answer.headers["set-cookie"].partition(";")[0]
    stats.cookies.clear()
    return {"Cookie": cookie, "X-CSRF-Token": answer.json()["data"]["csrf"]}


def test_signing_in_gives_a_cookie_that_no_script_and_no_other_host_has(stats: TestClient, users: Users) -> None:
    answer = stats.post("/v1/session", json={"user": "ada", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=wa_session_")
    for attribute in ("Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age="):
        assert attribute in cookie
    assert "Domain" not in cookie
    assert answer.json()["data"]["role"] == "manage"
    assert answer.headers["cache-control"] == "no-store"


def test_a_user_sees_the_sites_of_their_roles_alone(stats: TestClient, users: Users) -> None:
    ada = sign_in(stats, "ada")
    statuses = [stats.get(f"{SUMMARY}{site}", headers=ada).status_code for site in ("blog", "shop", "secret")]
    assert statuses == [200, 200, 404]
    assert stats.get("/v1/keys", headers=ada).status_code == 403
    assert stats.post("/v1/links", json={"site_id": "blog", "name": "l"}, headers=ada).status_code == 201
    for site in ("shop", "secret"):
        assert stats.post("/v1/links", json={"site_id": site, "name": "l"}, headers=ada).status_code == 404


def test_who_is_signed_in_is_said_and_signing_out_ends_it(stats: TestClient, users: Users, database: Database) -> None:
    ada = sign_in(stats, "ada")
    assert stats.get("/v1/session", headers=ada).json()["data"] == {
        "user": "ada",
        "role": "manage",
        "csrf": ada["X-CSRF-Token"],
    }
    assert stats.delete("/v1/session", headers=ada).status_code == 200
    assert stats.get("/v1/session", headers=ada).status_code == 401
    assert stats.get(f"{SUMMARY}blog", headers=ada).status_code == 401
    assert database.run("select * from access_sessions") == []


@pytest.mark.parametrize(
    "more",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 32},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_page_changes_nothing_with_the_cookie(stats: TestClient, users: Users, more: dict[str, str]) -> None:
    root = sign_in(stats, "root")
    content = {"name": "n", "scopes": ["stats"]}
    assert stats.post("/v1/keys", json=content, headers={**root, **more}).status_code == 403
    assert stats.request("DELETE", "/v1/session", headers={**root, **more}).status_code == 403
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert stats.post("/v1/keys", json=content, headers={**root, **own}).status_code == 201


def test_a_form_of_another_page_changes_nothing(stats: TestClient, make_key: MakeKey) -> None:
    admin = {**make_key("admin"), "Content-Type": "text/plain"}
    assert stats.post("/v1/keys", content='{"name": "n", "scopes": ["stats"]}', headers=admin).status_code == 415


def test_a_session_ends_when_it_is_not_used_when_it_is_old_and_with_another_password(
    stats: TestClient, users: Users, database: Database
) -> None:
    for statement in (
        "update access_sessions set used_at = now() - interval '3 hours'",
        "update access_sessions set expires_at = now() - interval '1 second'",
        "update access_users set changed_at = now()",
    ):
        ada = sign_in(stats, "ada")
        assert stats.get("/v1/session", headers=ada).status_code == 200
        if "access_users" in statement:
            users.change("test", "ada", password="another password")
        else:
            database.run(statement)
        assert stats.get("/v1/session", headers=ada).status_code == 401


def test_a_session_is_no_key(stats: TestClient, users: Users) -> None:
    text = sign_in(stats, "root")["Cookie"].partition("=")[2]
    assert stats.get("/v1/keys", headers={"Authorization": f"Bearer {text}"}).status_code == 401


@pytest.mark.parametrize(("user", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("a\u0000", "x"), ("ada", "")])
def test_a_wrong_password_and_an_unknown_user_are_answered_alike(
    stats: TestClient, users: Users, user: str, password: str
) -> None:
    answer = stats.post("/v1/session", json={"user": user, "password": password})
    assert answer.status_code in (401, 422)
    assert "set-cookie" not in answer.headers
    if answer.status_code == 401:
        assert answer.json()["detail"] == "There is no such user, or this is not the password."


def test_too_many_wrong_passwords_make_an_address_wait(
    stats: TestClient, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.access.users.is_password", lambda password, kept: password == PASSWORD)  # it takes long
    for _ in range(MOST_FAILURES):
        assert stats.post("/v1/session", json={"user": "ada", "password": "wrong"}).status_code == 401
    assert stats.post("/v1/session", json={"user": "ada", "password": PASSWORD}).status_code == 429


def test_an_admin_manages_users(stats: TestClient, users: Users, make_key: MakeKey) -> None:
    admin = make_key("admin")
    answer = stats.post(
        "/v1/users", json={"name": "bob/x", "password": PASSWORD, "roles": {"blog": "view"}}, headers=admin
    )
    assert answer.status_code == 201
    assert stats.post("/v1/users", json={"name": "bob/x", "password": PASSWORD}, headers=admin).status_code == 409
    changed = stats.patch("/v1/users/bob%2Fx", json={"roles": {"shop": "manage"}}, headers=admin).json()["data"]
    assert changed["roles"] == {"shop": "manage"}
    listed = stats.get("/v1/users", headers=admin)
    assert [user["name"] for user in listed.json()["data"]] == ["ada", "bob/x", "root"]
    assert "scrypt" not in listed.text
    assert stats.delete("/v1/users/bob%2Fx", headers=admin).status_code == 200
    assert stats.delete("/v1/users/bob%2Fx", headers=admin).status_code == 404
    assert stats.patch("/v1/users/nobody", json={}, headers=admin).status_code == 404


@pytest.fixture
def behind_proxy(serve: Serve, environment: pytest.MonkeyPatch, users: Users) -> TestClient:
    environment.setenv("TRUSTED_PROXIES", "127.0.0.1")
    environment.setenv("STATS_USER_HEADER", "Remote-User")
    return serve("stats")


def test_a_trusted_proxy_names_the_user(behind_proxy: TestClient) -> None:
    ada = {"Remote-User": "ada", "X-Forwarded-For": "192.0.2.1"}
    assert behind_proxy.get(f"{SUMMARY}blog", headers=ada).status_code == 200
    assert behind_proxy.get(f"{SUMMARY}secret", headers=ada).status_code == 404
    assert behind_proxy.get(f"{SUMMARY}blog", headers={"Remote-User": "nobody"}).status_code == 401
    assert behind_proxy.get(f"{SUMMARY}blog").status_code == 401
    link = {"site_id": "blog", "name": "l"}
    assert behind_proxy.post("/v1/links", json=link, headers=ada).status_code == 201
    foreign = {**ada, "Origin": "https://evil.example"}
    assert behind_proxy.post("/v1/links", json=link, headers=foreign).status_code == 403


def test_a_user_header_from_an_untrusted_peer_is_ignored(
    serve: Serve, environment: pytest.MonkeyPatch, users: Users
) -> None:
    environment.setenv("STATS_USER_HEADER", "Remote-User")
    environment.setenv("TRUSTED_PROXIES", "192.0.2.7")
    assert serve("stats").get(f"{SUMMARY}blog", headers={"Remote-User": "root"}).status_code == 401


def test_a_request_in_which_the_proxy_names_two_users_is_refused(behind_proxy: TestClient) -> None:
    headers = [("Remote-User", "ada"), ("Remote-User", "root")]
    assert behind_proxy.get(f"{SUMMARY}blog", headers=headers).status_code == 401
