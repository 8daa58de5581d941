"""Rate limits: off by default, shared by all instances, spoken of in the fields of the RateLimit draft."""

import re

import httpx2 as httpx
import pytest
from redis import Redis
from starlette.requests import Request
from starlette.testclient import TestClient

from common.http.client_address import TrustedProxies
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from functions.ingest.app import build_ingest_app
from functions.ingest.rate_counter import RedisCounter
from tests.pressure.parts import EVENT, HOSTS, Parts, RunningPart

JSON = {"Content-Type": "application/json"}
EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
"""The problem type of draft-ietf-httpapi-ratelimit-headers-11, section 5.1; the fields of its sections 3 and 4."""
POLICY = r'"(client|site)";q=\d+;w=\d+'
LIMIT = r'"(client|site)";r=(\d+);t=(\d+)'


def send(ingest: RunningPart, site: str = "blog", **headers: str) -> httpx.Response:
    body = EVENT.replace(b"blog", site.encode())
    return httpx.post(f"{ingest.url}/event", content=body, headers={**JSON, **headers})


def statuses(ingest: RunningPart, count: int, site: str = "blog", **headers: str) -> list[int]:
    return [send(ingest, site, **headers).status_code for _ in range(count)]


def rate_keys(redis: "Redis", settings: Settings) -> list[str]:
    return [key.decode() for key in redis.keys(f"{ShardKeys.of(settings.stream_name, 0).rates.replace('{', '*')}*")]


def test_without_the_settings_no_request_is_limited_or_counted(
    queue_parts: Parts, redis: "Redis", stream_settings: Settings
) -> None:
    ingest = queue_parts.start("ingest")
    answer = send(ingest)
    assert (answer.status_code, [name for name in answer.headers if "ratelimit" in name]) == (202, [])
    assert rate_keys(redis, stream_settings) == []


def test_a_client_over_its_quota_hears_so_from_every_instance(queue_parts: Parts) -> None:
    env = {"rate_limit_client_requests": 3, "rate_limit_window_seconds": 600}
    instances = [queue_parts.start("ingest", host=host, **env) for host in HOSTS]
    answers = [send(instances[n % 2]) for n in range(5)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]
    for answer, left in zip(answers, (2, 1, 0, 0, 0), strict=True):
        assert answer.headers["ratelimit-policy"] == '"client";q=3;w=600'
        limit = re.fullmatch(LIMIT, answer.headers["ratelimit"])
        assert limit is not None
        assert (limit[1], int(limit[2])) == ("client", left)
        assert 0 < int(limit[3]) <= 200
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["ratelimit"].endswith(f";t={refused.headers['retry-after']}")
    assert (refused.json()["type"], refused.json()["violated-policies"]) == (EXCEEDED, ["client"])


def test_a_quota_comes_back_evenly(queue_parts: Parts) -> None:
    ingest = queue_parts.start("ingest", rate_limit_client_requests=2, rate_limit_window_seconds=2)
    assert statuses(ingest, 2) == [202, 202]
    while (answer := send(ingest)).status_code == 429:
        assert int(answer.headers["retry-after"]) == 1
    assert answer.status_code == 202


def test_a_site_over_its_quota_does_not_harm_another(queue_parts: Parts) -> None:
    ingest = queue_parts.start("ingest", rate_limit_site_requests=2, rate_limit_window_seconds=600)
    assert statuses(ingest, 3, "loud") == [202, 202, 429]
    assert statuses(ingest, 2, "quiet") == [202, 202]
    both = b"[%s,%s]" % (EVENT.replace(b"blog", b"loud"), EVENT.replace(b"blog", b"new"))
    refused = httpx.post(f"{ingest.url}/events", content=both, headers=JSON)
    assert (refused.status_code, refused.json()["violated-policies"]) == (429, ["site"])
    assert statuses(ingest, 3, "new") == [202, 202, 429]  # what was refused was not counted


def test_both_limits_are_in_the_answer(queue_parts: Parts) -> None:
    ingest = queue_parts.start("ingest", rate_limit_site_requests=5, rate_limit_client_requests=9)
    headers = send(ingest).headers
    assert re.fullmatch(f"{POLICY}, {POLICY}", headers["ratelimit-policy"])
    assert re.fullmatch(f"{LIMIT}, {LIMIT}", headers["ratelimit"])


def test_a_refused_request_is_in_the_ledger(queue_parts: Parts, redis: "Redis", stream_settings: Settings) -> None:
    ingest = queue_parts.start("ingest", rate_limit_client_requests=1, rate_limit_window_seconds=600)
    assert statuses(ingest, 3) == [202, 429, 429]
    keys = ShardKeys.of(stream_settings.stream_name, 0)
    refused = redis.keys(f"*{keys.refused[1:]}*")  # one a minute
    assert sum(int(redis.get(key)) for key in refused) == 2
    assert all(0 < redis.ttl(key) <= stream_settings.ledger_hours * 3600 for key in refused)


def test_keys_hold_a_hash_and_go_when_they_are_needed_no_more(
    queue_parts: Parts, redis: "Redis", stream_settings: Settings
) -> None:
    # each request is counted for a minute, and so it is still when a busy machine has come to look
    bounds = {"rate_limit_client_requests": 10, "rate_limit_site_requests": 10, "rate_limit_window_seconds": 600}
    send(queue_parts.start("ingest", **bounds))
    keys = rate_keys(redis, stream_settings)
    hashed = sorted(key.rpartition("rates:")[2] for key in keys)
    assert len(hashed) == 3
    assert re.fullmatch("client:[0-9a-f]{32}", hashed[0])
    assert hashed[1] == "key"
    assert re.fullmatch("site:[0-9a-f]{32}", hashed[2])
    assert not any("127.0.0.1" in key or "blog" in key for key in keys)
    assert all(0 < redis.pttl(key) <= 60_000 for key in keys if not key.endswith("key"))
    assert all(redis.memory_usage(key) < 250 for key in keys)


def test_the_hash_depends_on_a_key(queue_parts: Parts, redis: "Redis", stream_settings: Settings) -> None:
    for key in ("one", "other", "one"):  # the first one is still counted when the last has started
        env = {"rate_limit_client_requests": 1, "rate_limit_window_seconds": 600, "rate_limit_key": key}
        send(queue_parts.start("ingest", **env))
    assert len(rate_keys(redis, stream_settings)) == 2


@pytest.mark.parametrize("host", HOSTS)
def test_a_client_can_not_choose_who_it_is_taken_for(queue_parts: Parts, host: str) -> None:
    ingest = queue_parts.start("ingest", host=host, rate_limit_client_requests=2, rate_limit_window_seconds=600)
    named = [send(ingest, **{"X-Forwarded-For": f"192.0.2.{n}"}).status_code for n in range(3)]
    assert named == [202, 202, 429]


def test_a_trusted_proxy_names_the_client(queue_parts: Parts) -> None:
    env = {"rate_limit_client_requests": 1, "rate_limit_window_seconds": 600}
    ingest = queue_parts.start("ingest", trusted_proxies="127.0.0.0/8", **env)
    for n, expected in ((1, 202), (2, 202), (1, 429)):
        assert send(ingest, **{"X-Forwarded-For": f"192.0.2.{n}"}).status_code == expected


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ("", "192.0.2.9", "198.51.100.1", "192.0.2.9"),
        ("10.0.0.0/8", "192.0.2.9", "198.51.100.1", "192.0.2.9"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.0/8", "10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.0/8", "10.1.2.3", "", "10.1.2.3"),
        ("10.0.0.0/8, ::1", "::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.0/8", "10.1.2.3", "nonsense", "nonsense"),
        ("", "", "", ""),
    ],
)
def test_the_client_is_the_nearest_one_that_is_no_trusted_proxy(
    trusted: str, peer: str, forwarded: str, client: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "headers": headers, "client": (peer, 1) if peer else None}
    assert TrustedProxies(trusted).find_client(Request(scope)) == client


def test_without_redis_a_limit_is_no_failure_of_its_own() -> None:
    settings = Settings(redis_url="redis://127.0.0.1:1/0", rate_limit_client_requests=1)
    with TestClient(build_ingest_app(RedisStream(settings), settings, RedisCounter(settings))) as client:
        for _ in range(3):
            answer = client.post("/event", content=EVENT, headers=JSON)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
