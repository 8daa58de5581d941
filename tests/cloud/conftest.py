"""A moto server on a free port, and clients for it by way of localstack-client."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from localstack_client.session import Session
from moto.server import ThreadedMotoServer

REGION = "eu-central-1"
ClientFactory = Callable[[str], Any]


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
