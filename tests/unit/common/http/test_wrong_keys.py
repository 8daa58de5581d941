"""How often a client is told that its key is wrong."""

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from common.errors import QuotaExceeded, Unauthorized
from common.http.client_address import group
from common.http.wrong_keys import MAX_CLIENTS, MOST, WINDOW_SECONDS, WrongKeys
from functions.process.caller_guard import Guard
from functions.stats.access.api_key import ApiKey
from tests.unit.functions.stats.access.test_api_key import QUERY, make_client


class Clock:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def request_of(address: str, key: str = "") -> Request:
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode())]
    return Request({"type": "http", "client": (address, 1), "headers": headers})


def exhaust(wrong_keys: WrongKeys, address: str) -> None:
    for _ in range(MOST):
        wrong_keys.count(group(address))
    with pytest.raises(QuotaExceeded):
        wrong_keys.count(group(address))


def test_a_client_has_so_many_wrong_keys_a_minute_and_its_neighbours_keep_theirs() -> None:
    clock = Clock()
    wrong_keys = WrongKeys(clock)
    exhaust(wrong_keys, "198.51.100.1")
    wrong_keys.count(group("198.51.100.2"))
    clock.now += WINDOW_SECONDS - 5
    with pytest.raises(QuotaExceeded) as caught:
        wrong_keys.count(group("198.51.100.1"))
    assert caught.value.retry_after_seconds == 5
    clock.now += 5
    wrong_keys.count(group("198.51.100.1"))


def test_an_ipv6_client_is_its_network_and_a_mapped_address_is_itself() -> None:
    wrong_keys = WrongKeys(Clock())
    exhaust(wrong_keys, "2001:db8::1")
    with pytest.raises(QuotaExceeded):
        wrong_keys.count(group("2001:db8::2"))
    wrong_keys.count(group("2001:db8:0:1::1"))
    exhaust(wrong_keys, "::ffff:198.51.100.1")
    wrong_keys.count(group("::ffff:198.51.100.2"))


def test_the_memory_for_clients_is_bounded() -> None:
    wrong_keys = WrongKeys(Clock())
    for number in range(MAX_CLIENTS):
        wrong_keys.count(group(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"))
    for number in range(MOST):
        wrong_keys.count(group(f"192.0.2.{number}"))
    with pytest.raises(QuotaExceeded):
        wrong_keys.count(group("192.0.2.200"))


def ask(client: TestClient, key: str | None) -> int:
    return client.get(QUERY, headers={} if key is None else {"X-API-Key": key}).status_code


def test_stats_answers_429_after_many_wrong_keys_and_still_takes_the_right_one() -> None:
    client = make_client(ApiKey("right"))
    assert [ask(client, None) for _ in range(MOST + 1)] == [401] * (MOST + 1)  # no key is no guess
    assert [ask(client, "wrong") for _ in range(MOST + 1)] == [401] * MOST + [429]
    answer = client.get(QUERY, headers={"X-API-Key": "wrong"})
    assert 1 <= int(answer.headers["retry-after"]) <= WINDOW_SECONDS
    assert answer.json()["violated-policies"] == ["wrong-keys"]
    assert ask(client, "right") == 200


def test_the_processor_answers_429_after_many_wrong_keys_and_still_takes_the_right_one() -> None:
    guard = Guard("right key of the poller")
    for _ in range(MOST):
        with pytest.raises(Unauthorized):
            guard.check(request_of("127.0.0.1", "wrong"))
    with pytest.raises(QuotaExceeded):
        guard.check(request_of("127.0.0.1", "wrong"))
    guard.check(request_of("127.0.0.1", "right key of the poller"))
