"""One deployed stack for the whole run."""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.conftest import ClientFactory
from tests.cloud.execution import servers
from tests.cloud.execution.cloud import BUNDLES, PYTHON, Cloud
from tests.cloud.execution.function import Function
from tests.cloud.execution.moto_lambda import executing
from tests.cloud.template import Template


def find_missing() -> str:
    """What this machine lacks to execute the bundles, with what brings it."""
    if os.uname().machine != "x86_64":
        return "an x86-64 machine"
    if not PYTHON.exists():
        return "Python 3.13 (LAMBDA_PYTHON)"
    if not BUNDLES.exists():
        return "make package"
    if servers.REDIS_SERVER is None or shutil.which("redis-cli") is None:
        return "redis-server (apt-get install redis-server)"
    if servers.POSTGRES_PROGRAMS is None:
        return "PostgreSQL with TLS (apt-get install postgresql)"
    return ""


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that the user that PostgreSQL runs as can enter."""
    with tempfile.TemporaryDirectory(prefix="website-analytics-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def authority(folder: Path) -> servers.Authority:
    """Who signed the servers' certificates."""
    return servers.make_authority(folder / "authority")


@pytest.fixture(scope="session")
def cloud(
    folder: Path, authority: servers.Authority, moto_server: str, aws: ClientFactory, mailing: Template
) -> Iterator[Cloud]:
    """The stack on real servers; `schema` makes its tables."""
    if missing := find_missing():
        pytest.skip(f"executing the bundles needs {missing}")
    manager = aws("secretsmanager")
    passwords = {name: secrets.token_hex(16) for name in ("administrator", "database", "ingest", "poller", "reports")}

    def create(name: str, content: str) -> str:
        return str(manager.create_secret(Name=f"{name}-{secrets.token_hex(4)}", SecretString=content)["ARN"])

    with ExitStack() as stack:
        redis_port = stack.enter_context(
            servers.redis_with_tls(folder / "redis", authority, passwords["administrator"])
        )
        postgres_port = stack.enter_context(
            servers.postgres_with_tls(folder / "postgres", authority, passwords["database"])
        )
        login = json.dumps({"username": "analytics", "password": passwords["database"]})
        deployed = Cloud(
            template=mailing,
            endpoint=moto_server,
            authority=authority.certificate,
            redis_port=redis_port,
            postgres_port=postgres_port,
            redis_password=passwords["administrator"],
            postgres_password=passwords["database"],
            secrets={"database": create("database", login), "stats-key": create("stats-key", "the-key")},
            folder=folder / "task",
        )
        for name in ("owner", "writer", "reader"):
            login = json.dumps({"username": f"analytics_{name}", "password": secrets.token_hex(16)})
            deployed.secrets[f"database-{name}"] = create(f"database-{name}", login)
        for name in ("ingest", "poller", "reports"):
            user = deployed.set_queue_password(name, passwords[name])
            login = json.dumps({"username": user, "password": passwords[name]})
            deployed.secrets[f"queue-{name}"] = create(f"queue-{name}", login)
        stack.callback(deployed.close)
        yield deployed


@pytest.fixture(scope="session")
def ingest(cloud: Cloud) -> Function:
    """The ingest function."""
    return cloud.deploy("ingest")


@pytest.fixture(scope="session")
def process(cloud: Cloud, schema: None) -> Function:
    """The process function."""
    return cloud.deploy("process")


@pytest.fixture(scope="session")
def stats(cloud: Cloud, schema: None) -> Function:
    """The stats function."""
    return cloud.deploy("stats")


@pytest.fixture(scope="session")
def schema(cloud: Cloud) -> None:
    """The schema, as the migrate function makes it at deploy."""
    from tests.cloud.execution.custom_resource import request_custom_resource

    answer = request_custom_resource(cloud.deploy("migrate"), "Create")
    assert answer["Status"] == "SUCCESS", answer


@pytest.fixture
def empty_queue(cloud: Cloud) -> None:
    """Nothing waits, and nothing is dead."""
    with cloud.administer_queue() as redis:
        redis.flushall()


@pytest.fixture(scope="session")
def aws_lambda(cloud: Cloud, aws: ClientFactory, role: None, folder: Path) -> Iterator[Any]:
    """A client of moto's Lambda, which executes what is created there."""
    with executing(folder / "lambda", PYTHON):
        yield aws("lambda")


@pytest.fixture(scope="session")
def role(aws: ClientFactory) -> None:
    """The role that functions are created with: moto asks for it."""
    aws("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")
