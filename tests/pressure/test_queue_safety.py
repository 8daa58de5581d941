"""What of the queue's server is unsafe is said, and what can't be known is not guessed."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from click.testing import CliRunner
from redis import Redis

from common.errors import Unavailable
from common.redis.client import connect
from common.settings import Settings
from infra.cli.operations import status
from infra.local import embedded, stack
from infra.local.credentials import Endpoints
from infra.queue.safety import find_unsafe
from tests.pressure.parts import PROCESS_KEY, Parts, eventually


@pytest.fixture
def safe_url(tmp_path: Path) -> Iterator[str]:
    """A server as `analytics up` starts it."""
    with embedded.valkey(tmp_path / "own") as url:
        yield url


@pytest.fixture
def admin(safe_url: str) -> Iterator["Redis"]:
    with Redis.from_url(safe_url, protocol=2) as redis:
        yield redis


@pytest.fixture
def settings(settings: Settings, safe_url: str) -> Settings:
    return settings.model_copy(update={"redis_url": safe_url})


def find(settings: Settings) -> list[str]:
    with connect(settings) as redis:
        return find_unsafe(redis, settings)


def test_the_server_that_we_start_is_safe(settings: Settings) -> None:
    assert find(settings) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("maxmemory-policy", "allkeys-lru", "maxmemory-policy is allkeys-lru"),
        ("appendonly", "no", "appendonly is no"),
        ("appendfsync", "everysec", "appendfsync is everysec"),
        ("maxmemory", "1gb", "maxmemory is 1,073,741,824 bytes"),
    ],
)
def test_each_unsafe_setting_is_named(settings: Settings, admin: "Redis", name: str, value: str, words: str) -> None:
    admin.config_set(name, value)
    [sentence] = find(settings)
    assert sentence.startswith(words)


def forbid(admin: "Redis", settings: Settings, *commands: str) -> Settings:
    """Settings of a user who may do all but these."""
    name = uuid.uuid4().hex
    admin.execute_command("ACL", "SETUSER", name, "on", "~*", "+@all", *(f"-{one}" for one in commands), ">secret")
    parts = urlsplit(settings.redis_url)
    url = urlunsplit(parts._replace(netloc=f"{name}:secret@{parts.netloc.split('@')[-1]}"))
    return settings.model_copy(update={"redis_url": url})


def test_where_config_is_forbidden_info_tells_what_it_can(settings: Settings, admin: "Redis") -> None:
    admin.config_set("maxmemory-policy", "allkeys-lru")
    admin.config_set("appendonly", "no")
    policy, file = find(forbid(admin, settings, "config"))
    assert (policy.split()[2], file.split()[2]) == ("allkeys-lru:", "no:")


def test_where_info_is_forbidden_too_nothing_is_said(settings: Settings, admin: "Redis") -> None:
    admin.config_set("appendonly", "no")
    assert find(forbid(admin, settings, "config", "info")) == []


def test_a_cluster_whose_service_sees_to_durability_needs_no_file(settings: Settings, admin: "Redis") -> None:
    admin.config_set("appendonly", "no")
    managed = settings.model_copy(update={"redis_cluster": True, "redis_waitaof_replicas": 0})
    assert find_unsafe(admin, managed) == []


def test_a_server_that_does_not_answer_is_unavailable_and_not_unsafe(settings: Settings) -> None:
    with pytest.raises(Unavailable):
        find(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))


def test_the_poller_up_and_status_say_it_loudly(parts: Parts, settings: Settings, admin: "Redis") -> None:
    admin.config_set("appendfsync", "everysec")
    sentence = "appendfsync is everysec: a power cut loses events that were acknowledged. Set it to always."
    poller = parts.start("poller")
    eventually(lambda: f"THE QUEUE IS UNSAFE: {sentence}" in poller.log, 10, "the poller's word")
    endpoints = Endpoints(None, None, settings.redis_url, settings.database_url, settings.process_url, PROCESS_KEY, "")
    assert stack.find_unsafe(settings, endpoints) == [sentence]
    assert f"UNSAFE        {sentence}" in CliRunner().invoke(status, obj=settings).output
    assert sentence in CliRunner().invoke(status, ["--json"], obj=settings).output
