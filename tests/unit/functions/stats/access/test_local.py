"""Which requests need no key."""

import pytest
from starlette.requests import Request

from common.settings import Settings
from functions.stats.access.local import LocalRule

HERE = ("127.0.0.1", 50_000)


def ask(headers: list[tuple[str, str]], peer: tuple[str, int] | None = HERE) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return Request({"type": "http", "method": "GET", "path": "/stats", "headers": raw, "client": peer})


def admits(*headers: tuple[str, str], peer: tuple[str, int] | None = HERE, **settings: str) -> bool:
    hosted = headers if any(name == "Host" for name, _ in headers) else (("Host", "localhost:3003"), *headers)
    return LocalRule.of(Settings(**settings)).admits(ask(list(hosted), peer))  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:3003", "127.0.0.1:3003", "127.9.9.9", "[::1]:3003"])
def test_a_request_at_this_machine_needs_no_key(host: str) -> None:
    assert admits(("Host", host))
    assert admits(("Host", host), peer=("::1", 1))
    assert admits(("Host", host), peer=("::ffff:127.0.0.1", 1))


@pytest.mark.parametrize(
    "settings",
    [
        {"listen_host": "0.0.0.0"},
        {"listen_host": "192.0.2.1"},
        {"listen_host": "::"},
        {"trusted_proxies": "127.0.0.1"},
        {"stats_without_key": "never"},
        {"stats_api_key": "sesame"},
        {"stats_api_key_secret_arn": "arn"},
    ],
)
def test_where_something_is_exposed_or_a_key_is_set_all_need_one(settings: dict[str, str]) -> None:
    assert admits()
    assert not admits(**settings)


@pytest.mark.parametrize("peer", [("192.0.2.1", 1), ("172.18.0.1", 1), ("::2", 1), ("", 1), None])
def test_another_machine_needs_a_key(peer: tuple[str, int] | None) -> None:
    assert not admits(peer=peer)


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[", "a@localhost:x"]
)
def test_a_name_that_is_not_this_machines_needs_a_key(host: str) -> None:
    """A page whose name an attacker has made to point here sends its own name."""
    assert not admits(("Host", host))


def test_a_request_with_two_hosts_or_none_needs_a_key() -> None:
    rule = LocalRule.of(Settings())
    assert not rule.admits(ask([]))
    assert not rule.admits(ask([("Host", "localhost"), ("Host", "evil.example")]))


@pytest.mark.parametrize(
    "header",
    [
        ("Forwarded", "for=192.0.2.1"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "localhost"),
        ("X-Forwarded-Proto", "https"),
        ("Via", "1.1 proxy"),
        ("X-Real-IP", "127.0.0.1"),
        ("CDN-Loop", "cdn.example"),
        ("X-Envoy-External-Address", "192.0.2.1"),
        ("X-Original-Forwarded-For", "192.0.2.1"),
    ],
)
def test_what_a_proxy_hands_on_needs_a_key(header: tuple[str, str]) -> None:
    assert not admits(header)


@pytest.mark.parametrize(
    "header",
    [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Origin", "http://localhost:8080"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
def test_a_page_of_another_origin_needs_a_key(header: tuple[str, str]) -> None:
    assert not admits(header)


def test_the_page_of_this_service_itself_needs_no_key() -> None:
    assert admits(("Origin", "http://localhost:3003"), ("Sec-Fetch-Site", "same-origin"))


def test_a_published_port_needs_no_key_and_a_public_address_still_does() -> None:
    assert admits(peer=("172.18.0.1", 1), stats_without_key="published")
    assert not admits(peer=("8.8.8.8", 1), stats_without_key="published")
    assert not admits(("Host", "stats:3003"), peer=("172.18.0.1", 1), stats_without_key="published")
