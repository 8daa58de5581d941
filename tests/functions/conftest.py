"""The functions as their hosts run them: through functions-framework's own app, and as Lambda calls them."""

import asyncio
import gc
import importlib.util
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import urllib3
from functions_framework.aio import create_asgi_app
from redis import Redis
from starlette.testclient import TestClient

from common.access.keys import Keys
from common.postgres.database import Database
from common.settings import Settings
from infra.importer.report import ImportReport
from infra.importer.run import ImportOptions, run
from tests.functions.site import Site
from tests.functions.stepped_system import SteppedSystem

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
Serve = Callable[[str], TestClient]
Load = Callable[[str], ModuleType]
ImportFile = Callable[..., ImportReport]


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The test's settings, as a function finds them in its environment."""
    for name in ("redis_url", "database_url", "stream_name", "data_dir", "redis_timeout_seconds"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    monkeypatch.setenv("LOG_LEVEL", "WARNING")
    thresholds = gc.get_threshold()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # a function that is loaded takes the thread's, which Lambda's process keeps
    yield monkeypatch
    asyncio.set_event_loop(None)
    loop.close()
    # a function keeps its connections for as long as its process lives; here it goes before
    sys.modules.pop("main", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    gc.set_threshold(*thresholds)  # which a function sets for its process


@pytest.fixture
def serve(environment: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A client of a function under functions-framework."""
    clients: list[TestClient] = []

    def start(name: str) -> TestClient:
        for leaked in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):
            environment.delenv(leaked, raising=False)
        app = create_asgi_app(name, str(FUNCTIONS / name / "main.py"), "http")
        # as somebody on this machine: without a key set, the processor answers nobody else
        client = TestClient(
            app, base_url="http://localhost", client=("127.0.0.1", 50_000), raise_server_exceptions=False
        )
        clients.append(client.__enter__())
        return client

    yield start
    for client in clients:
        client.__exit__(None, None, None)
        vars(client).clear()  # pytest keeps the client for longer than its app may live


@pytest.fixture
def system(environment: pytest.MonkeyPatch, settings: Settings, database: Database, redis: Redis) -> SteppedSystem:
    """Everything but ingest, over the test's own stream and database."""
    return SteppedSystem(settings, database, redis)


@pytest.fixture
def importer(system: SteppedSystem, database: Database, serve: Serve) -> TestClient:
    """Ingest, asked by one who may import."""
    _, key = Keys(database).make("test", "importer", ["import"], None)
    system.publisher.step()
    client = serve("ingest")
    client.headers["Authorization"] = f"Bearer {key.text}"
    return client


@pytest.fixture
def import_file(importer: TestClient, system: SteppedSystem, monkeypatch: pytest.MonkeyPatch) -> ImportFile:
    """`analytics import` of a file, or of bytes as if piped, with ingest in this process."""

    def post(_: Any, __: str, url: str, body: bytes, headers: dict[str, str]) -> urllib3.HTTPResponse:
        answer = importer.post(url.removeprefix("http://ingest"), content=body, headers=headers)
        return urllib3.HTTPResponse(answer.content, dict(answer.headers), answer.status_code, preload_content=True)

    monkeypatch.setattr(urllib3.PoolManager, "request", post)
    key = importer.headers["Authorization"].removeprefix("Bearer ")
    settings = system.settings.model_copy(update={"ingest_url": "http://ingest", "ingest_key": key})

    def import_source(source: Path | bytes, site_id: str, **options: Any) -> ImportReport:
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        return run(stream, ImportOptions(site_id, **options), settings)

    return import_source


@pytest.fixture
def load(environment: pytest.MonkeyPatch) -> Iterator[Load]:
    """A function's module, as Lambda loads it: its `handler` takes events."""
    loaded = []

    def import_main(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"main_of_{name}", FUNCTIONS / name / "main.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        loaded.append(module)
        return module

    yield import_main
    loaded.clear()


@pytest.fixture
def site(serve: Serve) -> Site:
    """A site over the functions that store and answer."""
    return Site(serve("process"), serve("stats"))


def http_event(method: str, path: str, body: str = "", query: str = "", **headers: str) -> dict[str, Any]:
    """An HTTP API (payload 2.0) event."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example.com", **{name.replace("_", "-"): value for name, value in headers.items()}},
        "requestContext": {
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }
