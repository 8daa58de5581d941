"""What a page of another origin, another host of the same domain, or a guesser tries on those who sign in."""

import pytest
from starlette.testclient import TestClient

from common.access import passwords
from common.access.users import Users
from common.postgres.database import Database
from functions.stats.access.attempts import MOST_FAILURES
from functions.stats.access.identity import COOKIE
from tests.functions.access.conftest import PASSWORD, MakeKey
from tests.functions.access.test_people import SUMMARY, sign_in
from tests.functions.conftest import Serve


def raw(stats: TestClient, cookie: bytes) -> int:
    return stats.get("/v1/session", headers=[(b"cookie", cookie)]).status_code


def test_a_cookie_that_only_looks_like_ours_is_none(stats: TestClient, users: Users) -> None:
    """Another host of the domain can set these: with them it would sign the victim in as the attacker."""
    cookie = sign_in(stats, "ada")["Cookie"].encode()
    assert raw(stats, cookie) == 200
    assert raw(stats, b"a=b; " + cookie + b"; c=d") == 200
    for before in (b"\x85", b"\xa0", b"\x0b", b"\x1c", b"=", b"$", b"%5F"):
        assert raw(stats, before + cookie) == 401, before
    name, _, value = cookie.partition(b"=")
    for other in (name.lower().replace(b"__host", b"__HOST") + b"=" + value, name + b"\xa0=" + value, value):
        assert raw(stats, other) == 401


def test_of_two_sessions_in_one_request_none_counts(stats: TestClient, users: Users) -> None:
    ada, root = (sign_in(stats, name)["Cookie"].encode() for name in ("ada", "root"))
    assert raw(stats, ada + b"; " + root) == 401
    assert raw(stats, root + b"; " + ada) == 401
    assert raw(stats, ada + b"; " + ada) == 200


def test_signing_in_makes_a_new_session_whatever_cookie_was_there(stats: TestClient, users: Users) -> None:
    planted = sign_in(stats, "ada")["Cookie"]
    answer = stats.post("/v1/session", json={"user": "root", "password": PASSWORD}, headers={"Cookie": planted})
    made = answer.headers["set-cookie"].partition(";")[0]
    assert made != planted
    stats.cookies.clear()
    assert stats.get("/v1/session", headers={"Cookie": planted}).json()["data"]["user"] == "ada"


def test_the_token_of_one_session_is_none_of_another(stats: TestClient, users: Users) -> None:
    ada, root = sign_in(stats, "ada"), sign_in(stats, "root")
    mixed = {"Cookie": root["Cookie"], "X-CSRF-Token": ada["X-CSRF-Token"]}
    content = {"name": "n", "scopes": ["admin"]}
    assert stats.post("/v1/keys", json=content, headers=mixed).status_code == 403
    assert stats.post("/v1/keys", json=content, headers={"Cookie": root["Cookie"]}).status_code == 403


@pytest.mark.parametrize(
    "more",
    [
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
        {"Origin": "http://evil.example", "Forwarded": "host=evil.example"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "SAME-ORIGIN"},
        {"Sec-Fetch-Site": ""},
    ],
)
def test_another_page_neither_signs_in_nor_changes(stats: TestClient, users: Users, more: dict[str, str]) -> None:
    root = sign_in(stats, "root")
    content = {"user": "ada", "password": PASSWORD}
    assert stats.post("/v1/session", json=content, headers=more).status_code == 403
    made = stats.post("/v1/keys", json={"name": "n", "scopes": ["stats"]}, headers={**root, **more})
    assert made.status_code == 403


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_can_send_signs_nobody_in(stats: TestClient, users: Users, media_type: str) -> None:
    body = f'{{"user": "ada", "password": "{PASSWORD}"}}'
    answer = stats.post("/v1/session", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 415
    assert "set-cookie" not in answer.headers


def test_no_other_origin_may_send_a_cookie_or_a_change(stats: TestClient, users: Users) -> None:
    root = sign_in(stats, "root")
    answer = stats.get("/v1/session", headers={**root, "Origin": "https://evil.example"})
    assert "access-control-allow-credentials" not in answer.headers
    for method in ("PATCH", "DELETE", "PUT"):
        asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": method}
        assert stats.options("/v1/sites/blog", headers=asked).status_code in (403, 405)


def test_a_key_that_is_shown_counts_and_no_cookie_beside_it(stats: TestClient, users: Users, make_key: MakeKey) -> None:
    root, key = sign_in(stats, "root"), make_key("stats", sites=["blog"])
    assert stats.get("/v1/keys", headers={**root, **key}).status_code == 403
    assert stats.get(f"{SUMMARY}secret", headers={**root, **key}).status_code == 404
    assert stats.get("/v1/keys", headers={**root, "X-API-Key": "guess"}).status_code == 401
    two = {**key, "X-API-Key": make_key("admin")["Authorization"].partition(" ")[2]}
    assert stats.get("/v1/keys", headers=two).status_code == 403


def test_an_unknown_user_takes_as_much_work_as_a_wrong_password(
    stats: TestClient, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: the same derivation with the same cost, and nothing else that is dear."""
    asked = []
    original = passwords._derive

    def derive(password: str, salt: bytes, *cost: int) -> bytes:
        asked.append(cost)
        return original(password, salt, *cost)

    monkeypatch.setattr(passwords, "_derive", derive)
    for user in ("ada", "nobody", "ADA", "ada ", "ada\u200b", "x" * 1_000):
        answer = stats.post("/v1/session", json={"user": user, "password": "a wrong guess"})
        assert answer.status_code == 401
    assert len(asked) == 6
    assert len(set(asked)) == 1


def test_an_address_behind_a_proxy_is_counted_whatever_its_port_and_whatever_it_says_it_is(
    serve: Serve, environment: pytest.MonkeyPatch, users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.access.users.is_password", lambda password, kept: password == PASSWORD)  # it takes long
    environment.setenv("TRUSTED_PROXIES", "127.0.0.1")
    stats = serve("stats")

    def guess(forwarded: str, password: str = "a wrong guess") -> int:
        content = {"user": "ada", "password": password}
        return stats.post("/v1/session", json=content, headers={"X-Forwarded-For": forwarded}).status_code

    for number in range(MOST_FAILURES):
        assert guess(f"192.0.2.{number}, 198.51.100.7:{50_000 + number}") == 401
    assert guess("198.51.100.7:1", PASSWORD) == 429
    assert guess("198.51.100.7", PASSWORD) == 429
    for number in range(MOST_FAILURES):
        assert guess(f"[2001:db8::{number}]:{50_000 + number}") == 401
    assert guess("2001:db8::ffff", PASSWORD) == 429
    for _ in range(MOST_FAILURES):
        assert guess("::ffff:203.0.113.1") == 401
    assert guess("::ffff:203.0.113.1", PASSWORD) == 429
    assert guess("::ffff:203.0.113.2", PASSWORD) == 200


def test_a_user_who_is_no_more_or_has_other_roles_is_signed_out(
    stats: TestClient, users: Users, database: Database
) -> None:
    ada = sign_in(stats, "ada")
    users.change("test", "ada", roles={"other": "view"})
    assert stats.get(f"{SUMMARY}blog", headers=ada).status_code == 401
    ada = sign_in(stats, "ada")
    users.remove("test", "ada")
    users.add("test", "ada", PASSWORD, is_admin=True)
    assert stats.get("/v1/session", headers=ada).status_code == 401
    assert COOKIE in ada["Cookie"]


def test_a_proxy_that_is_trusted_is_the_peer_and_no_field_names_it(
    serve: Serve, environment: pytest.MonkeyPatch, users: Users
) -> None:
    environment.setenv("STATS_USER_HEADER", "Remote-User")
    environment.setenv("TRUSTED_PROXIES", "192.0.2.7")
    stats = serve("stats")
    for more in (
        {"X-Forwarded-For": "192.0.2.7"},
        {"X-Forwarded-For": "192.0.2.7, 192.0.2.7"},
        {"Forwarded": "for=192.0.2.7"},
        {"X-Real-IP": "192.0.2.7"},
    ):
        answer = stats.get("/v1/keys", headers={"Remote-User": "root", **more})
        assert answer.status_code == 401
    assert stats.get("/v1/keys", headers={"Remote_User": "root"}).status_code == 401
