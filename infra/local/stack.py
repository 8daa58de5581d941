"""The parts of the system, and the order in which they start."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from common.errors import Unavailable
from common.redis.client import connect
from common.settings import Settings
from infra.local.address import LOOPBACK, bracketed, listening_on, reachable
from infra.local.credentials import DatabaseRoles, Endpoints
from infra.local.part import Part
from infra.local.supervisor import Stages
from infra.queue import safety
from infra.roles.logins import log_in_as
from infra.roles.provision import READER, ROLE_PASSWORDS, WRITER

PROJECT = Path(__file__).resolve().parents[2]

_SERVER_READY_WITHIN_SECONDS = 600  # recovery after a kill -9, or loading a long queue
_BACKFILL_WITHIN_SECONDS = 7 * 86_400
"""The rest of the system runs meanwhile."""


def stages(settings: Settings, endpoints: Endpoints) -> Stages:
    """The parts, stage by stage. A stage starts when all parts of the previous one are ready."""
    env = environment(settings, endpoints)
    first, second, third = [], [], []
    if (valkey := endpoints.valkey) is not None:
        valkey.prepare()
        first.append(
            Part(
                "valkey",
                valkey.command(),
                is_ready=valkey.is_ready,
                stop_signal=valkey.stop_signal,
                stop_within_seconds=30,
                ready_within_seconds=_SERVER_READY_WITHIN_SECONDS,
            )
        )
    without = {name: value for name, value in env.items() if name != "DATABASE_URL"}
    as_writer = as_reader = env
    if (roles := endpoints.roles) is not None:
        as_writer, as_reader = (_log_in(role, roles, settings, env) for role in (WRITER, READER))
        passwords = {name: roles.passwords[role] for role, name in ROLE_PASSWORDS.items()}
        third.append(_step("roles", {**env, "DATABASE_URL": roles.admin_url, **passwords}))
    if (postgres := endpoints.postgres) is not None:
        first.append(_step("initdb", {**env, "DATABASE_URL": postgres.url}))
        second.append(
            Part(
                "postgres",
                postgres.command(),
                is_ready=postgres.is_ready,
                stop_signal=postgres.stop_signal,
                stop_within_seconds=30,
                ready_within_seconds=_SERVER_READY_WITHIN_SECONDS,
                claim=postgres.owns,
            )
        )
    functions = [
        _function("ingest", settings.ingest_port, settings, without),
        _function("process", settings.process_port, settings, as_writer),
        _function("stats", settings.stats_port, settings, as_reader),
    ]
    then = [_step("migrate", env)], [_step("keys", env)]
    last = [_poller(settings, without), _sites(settings, env)]
    if settings.metrics_key:
        last.append(_watch(settings, env))
    in_order = [first, second, third, *then, functions, last]
    in_order.append([_step("backfill", env, ready_within_seconds=_BACKFILL_WITHIN_SECONDS)])
    return [stage for stage in in_order if stage]


def ports(settings: Settings, endpoints: Endpoints) -> dict[str, int]:
    """The ports that the parts will listen on, by the name of their setting."""
    names = ["ingest_port", "process_port", "stats_port", "poller_port"]
    names += ["ledger_port", "sites_port"] if settings.metrics_key else []
    names += ["redis_port"] if endpoints.valkey is not None else []
    names += ["postgres_port"] if endpoints.postgres is not None else []
    return {name.upper(): getattr(settings, name) for name in names}


def find_unsafe(settings: Settings, endpoints: Endpoints) -> list[str]:
    """Unsafe settings of an external queue server; none if it does not answer."""
    if endpoints.valkey is not None:
        return []
    queue = settings.model_copy(update={"redis_url": endpoints.redis_url})
    try:
        with closing(connect(queue)) as redis:
            return safety.find_unsafe(redis, queue)
    except Unavailable:
        return []


def environment(settings: Settings, endpoints: Endpoints) -> dict[str, str]:
    """The environment variables that the parts get in addition to ours."""
    return {
        "REDIS_URL": endpoints.redis_url,
        "DATABASE_URL": endpoints.database_url,
        "PROCESS_URL": endpoints.process_url,
        "PROCESS_KEY": endpoints.process_key,
        "ADMIN_KEY": endpoints.admin_key,
        "INGEST_KEY": endpoints.ingest_key,
        "DATA_DIR": str(settings.data_dir.absolute()),
        "LISTEN_HOST": LOOPBACK,  # the poller's
        "POLLER_PORT": str(settings.poller_port),
        "LEDGER_PORT": str(settings.ledger_port),
        "SITES_PORT": str(settings.sites_port),
        "METRICS_KEY": settings.metrics_key,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
        "DEBUG": "",  # functions-framework would read it, and start its development server
    }


def answers(url: str) -> bool:
    """Whether a GET returns 200 within 2 s."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _log_in(role: str, roles: DatabaseRoles, settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    groups = log_in_as(role, roles.passwords[role], settings.database_urls)
    return {**env, "DATABASE_URL": roles.url(role), "DATABASE_GROUPS": groups}


def _step(name: str, env: Mapping[str, str], ready_within_seconds: float = 600) -> Part:
    command = [sys.executable, "-m", "infra.local.steps", name]
    return Part(name, command, env, ready_within_seconds=ready_within_seconds)


def _function(name: str, port: int, settings: Settings, env: Mapping[str, str]) -> Part:
    source = ["--source", str(PROJECT / "functions" / name / "main.py"), "--target", name]
    host = listening_on(f"{name.upper()}_PORT", settings.listen_host)
    address = ["--host", bracketed(host), "--port", str(port)]
    command = [sys.executable, "-m", "infra.host", *source, "--signature-type", "http", "--asgi", *address]
    own = {**env, "LISTEN_HOST": settings.listen_host}  # stats asks everybody for a key where it is exposed
    return Part(name, command, _with_own_runtime_dir(name, settings, own), _health(host, port, "readyz"))


def _poller(settings: Settings, env: Mapping[str, str]) -> Part:
    # Not /readyz: a backlog from the last run must not make the start fail.
    is_alive = _health(LOOPBACK, settings.poller_port, "healthz")
    finishes_its_batch = settings.process_timeout_seconds + 5
    command = [sys.executable, "-m", "infra.poller.main"]
    return Part("poller", command, env, is_alive, stop_within_seconds=finishes_its_batch)


def _sites(settings: Settings, env: Mapping[str, str]) -> Part:
    """As the owner of the tables: it changes the figures of sites that got another time zone."""
    is_alive = _health(LOOPBACK, settings.sites_port, "healthz") if settings.metrics_key else lambda: True
    return Part("sites", [sys.executable, "-m", "infra.sites"], env, is_alive)


def _watch(settings: Settings, env: Mapping[str, str]) -> Part:
    """Only for Prometheus, which reads the ledger's balance there."""
    is_alive = _health(LOOPBACK, settings.ledger_port, "healthz")
    return Part("watch", [sys.executable, "-m", "infra.watch"], env, is_alive)


def _health(host: str, port: int, path: str) -> Callable[[], bool]:
    return partial(answers, f"http://{reachable(host)}:{port}/{path}")


def _with_own_runtime_dir(name: str, settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """Where gunicorn opens its control socket. Instances of the same user must not share it."""
    folder = settings.data_dir.absolute() / "run" / name
    folder.mkdir(parents=True, exist_ok=True)
    return {**env, "XDG_RUNTIME_DIR": str(folder)}
