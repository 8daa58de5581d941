"""A moto server on a free port, clients for it by way of localstack-client, and the transformed template."""

import json
import subprocess
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from localstack_client.session import Session
from moto.server import ThreadedMotoServer

from tests.cloud.template import PATH, REGION, ROOT, Template, read_overrides

ClientFactory = Callable[[str], Any]
AUDIT = ROOT / ".venv" / "audit" / "bin"


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The endpoint of a moto server for the whole run, which AWS clients and localstack-client use by default."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield endpoint
    server.stop()


@pytest.fixture(scope="session")
def aws(moto_server: str) -> ClientFactory:
    """Makes a localstack-client for a service, such as `aws("secretsmanager")`."""
    session = Session(region_name=REGION)

    def make(service: str) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # certificate checks are off, and there is no certificate
            return session.client(service)

    return make


@pytest.fixture(scope="session")
def transformed() -> dict[str, Any]:
    """What SAM makes of template.yaml."""
    command = [str(AUDIT / "python"), str(ROOT / "tests/cloud/transform.py"), str(PATH), REGION]
    if not (AUDIT / "python").exists():
        pytest.skip("aws-sam-translator is not installed: make .venv/audit")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    body: dict[str, Any] = json.loads(done.stdout)
    return body


@pytest.fixture(scope="session")
def small(transformed: dict[str, Any]) -> Template:
    """The template as `sam deploy` deploys it."""
    return Template(transformed, read_overrides("default"), "small")


@pytest.fixture(scope="session")
def large(transformed: dict[str, Any]) -> Template:
    """The template as `sam deploy --config-env large` deploys it."""
    return Template(transformed, read_overrides("large"), "large")


@pytest.fixture(scope="session")
def mailing(transformed: dict[str, Any]) -> Template:
    """The small one with reports and alarms by mail."""
    return Template(transformed, read_overrides("default") | {"MailFrom": "analytics@example.com"}, "small")


@pytest.fixture(scope="session")
def two_databases(transformed: dict[str, Any]) -> Template:
    """The small one with a second database."""
    return Template(transformed, read_overrides("default") | {"SecondDatabase": "true"}, "small")


@pytest.fixture(scope="session")
def two_auroras(transformed: dict[str, Any]) -> Template:
    """The large one with a second database."""
    return Template(transformed, read_overrides("large") | {"SecondDatabase": "true"}, "large")


@pytest.fixture(params=["small", "large"])
def template(request: pytest.FixtureRequest) -> Template:
    """Each of the two."""
    chosen: Template = request.getfixturevalue(request.param)
    return chosen
