"""Services with secrets in their settings, how many inputs they get, and the table of what they answered."""

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from common.settings import Settings
from tests.conftest import administer
from tests.fuzz.inputs import Inputs
from tests.fuzz.services import SECRETS, Service, find_secrets, running

SEED = os.environ.get("FUZZ_SEED", "1")
INPUTS = int(os.environ.get("FUZZ_INPUTS", "2000"))
"""In all tests together; `make fuzz` asks for 100,000."""

MOST_GROWTH_BYTES = 128 << 20

_counts: dict[str, Counter[str]] = {}
Services = dict[str, Service]
Start = Callable[..., Service]


class Run:
    """One test's inputs, and what became of them."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.inputs = Inputs(f"{SEED} {kind}")
        self.outcomes = _counts.setdefault(kind, Counter())

    def repeat(self, share: float) -> range:
        """As many times as this share of all inputs is."""
        return range(max(1, round(INPUTS * share)))


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """Named after the test."""
    return Run(request.node.originalname.removeprefix("test_").replace("_", " "))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Of several processes each tells the first what was answered in it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fuzzing"] = {kind: dict(outcomes) for kind, outcomes in _counts.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The first adds up what the others tell."""
    for kind, outcomes in getattr(node, "workeroutput", {}).get("fuzzing", {}).items():
        _counts.setdefault(kind, Counter()).update(outcomes)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many inputs there were, and what was answered."""
    if not _counts:
        return
    terminalreporter.section(f"fuzzing: {sum(map(Counter.total, _counts.values())):,} inputs, seed {SEED}")
    for kind, outcomes in _counts.items():
        shown = ", ".join(f"{outcome}: {count:,}" for outcome, count in sorted(outcomes.items()))
        terminalreporter.write_line(f"{outcomes.total():>8,}  {kind}: {shown}")


@pytest.fixture(scope="session")
def secret_settings(valkey_url: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings whose passwords and keys are recognisable."""
    name = f"fuzz_{uuid.uuid4().hex}"
    parts = urlsplit(postgres_url)
    with Redis.from_url(valkey_url) as redis:
        redis.execute_command("ACL", "SETUSER", name, "on", f">{SECRETS['redis']}", "~*", "&*", "+@all")
        administer(postgres_url, f"create role {name} login superuser password '{SECRETS['database']}'")
        administer(postgres_url, f"create database {name} template {parts.path[1:]} strategy file_copy")
        yield Settings(
            redis_url=f"redis://{name}:{SECRETS['redis']}@{urlsplit(valkey_url).netloc.rpartition('@')[2]}/0",
            database_url=f"postgresql://{name}:{SECRETS['database']}@{parts.netloc.rpartition('@')[2]}/{name}",
            stream_name=name,
            data_dir=tmp_path_factory.mktemp("fuzz"),
            stats_api_key=SECRETS["stats_api_key"],
            rate_limit_key=SECRETS["rate_limit_key"],
            process_key=SECRETS["process_key"],
            visitor_key=SECRETS["visitor_key"],
        )
        administer(postgres_url, f"drop database {name} with (force)")
        administer(postgres_url, f"drop role {name}")
        redis.execute_command("ACL", "DELUSER", name)


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a function with settings."""
    with ExitStack() as stack:

        def start_one(name: str, settings: Settings, waits_for: str = "/readyz") -> Service:
            changed = settings.model_dump(include=settings.model_fields_set)
            env = {name.upper(): str(value) for name, value in changed.items()}
            return stack.enter_context(running(name, env, tmp_path_factory.mktemp(name), waits_for))

        yield start_one


@pytest.fixture(scope="session")
def services(secret_settings: Settings, start: Start) -> Services:
    """Ingest, process and stats over one Valkey and one PostgreSQL."""
    return {name: start(name, secret_settings) for name in ("ingest", "process", "stats")}


@pytest.fixture(autouse=True)
def unharmed(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test the services are the same processes, not much larger, and have logged no failure and no secret."""
    if "services" not in request.fixturenames:
        yield
        return
    services: Services = request.getfixturevalue("services")
    before = {name: (service.workers, service.resident_bytes) for name, service in services.items()}
    yield
    for name, service in services.items():
        workers, resident_bytes = before[name]
        log = service.read_log()
        assert service.workers == workers, log[-2_000:]
        assert service.resident_bytes - resident_bytes < MOST_GROWTH_BYTES, name
        assert find_secrets(log) == []
        assert "Traceback" not in log, log[:3_000]
        assert '"level": "ERROR"' not in log, log[:3_000]
