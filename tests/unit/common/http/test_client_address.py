"""Whose address a request is taken to come from."""

import pytest
from starlette.requests import Request

from common.http.client_address import TrustedProxies


def request(peer: str | None, forwarded: str | None = None) -> Request:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded is not None else []
    return Request({"type": "http", "headers": headers, "client": (peer, 1) if peer else None})


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ("", "198.51.100.7", None, "198.51.100.7"),
        ("", "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("198.51.100.7", "198.51.100.7", "203.0.113.9", "203.0.113.9"),
        ("198.51.100.0/24", "198.51.100.7", "192.0.2.1, 203.0.113.9, 198.51.100.8", "203.0.113.9"),
        ("198.51.100.7", "198.51.100.7", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"),
        ("", "::ffff:198.51.100.7", None, "198.51.100.7"),
        ("198.51.100.7", "198.51.100.7", "203.0.113.9:555", "203.0.113.9"),
        ("198.51.100.7", "198.51.100.7", "[2001:db8::5]:555", "2001:db8::5"),
        ("198.51.100.7", "198.51.100.7", "unknown", ""),
        ("", None, None, ""),
        ("", "testclient", None, ""),
    ],
)
def test_the_address_is_the_whole_one_of_the_nearest_that_is_no_trusted_proxy(
    trusted: str, peer: str | None, forwarded: str | None, address: str
) -> None:
    assert TrustedProxies(trusted).find_address(request(peer, forwarded)) == address


def test_for_counting_an_ipv6_client_is_its_network() -> None:
    assert TrustedProxies("").find_client(request("2001:db8:1:2:3:4:5:6")) == "2001:db8:1:2::/64"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "is_believed"),
    [("", None, None), ("", "203.0.113.9", False), ("198.51.100.7", "203.0.113.9", True)],
)
def test_it_is_told_whether_a_proxys_word_is_believed(
    trusted: str, forwarded: str | None, is_believed: bool | None
) -> None:
    assert TrustedProxies(trusted).is_believed(request("198.51.100.7", forwarded)) is is_believed
