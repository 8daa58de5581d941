"""The proxy of docs/small-server.md, as it stands there, before a real ingest."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from common.incoming_event import MAX_BODY_BYTES
from common.settings import Settings
from functions.ingest.tracker.serving import load_scripts
from infra.local.address import free_port
from tests.pressure.parts import EVENT, Parts, RunningPart, eventually

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "small-server.md").read_text()
JSON = {"Content-Type": "application/json"}
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")]


def read_page(pattern: str) -> str:
    match = re.search(pattern, PAGE, re.DOTALL | re.MULTILINE)
    assert match, pattern
    return match[1]


@pytest.fixture(scope="module")
def settings_of_ingest(valkey_url: str) -> Settings:
    return Settings(
        redis_url=valkey_url, database_url="postgresql://nobody@127.0.0.1:1/none", stream_name="small-server"
    )


@pytest.fixture(scope="module")
def ingest(settings_of_ingest: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPart]:
    parts = Parts(settings_of_ingest, tmp_path_factory.mktemp("ingest"))
    try:
        yield parts.start("ingest", trusted_proxies=read_page(r"^TRUSTED_PROXIES=(\S+)$"))
    finally:
        parts.stop()


@pytest.fixture(scope="module")
def port(ingest: RunningPart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where nginx listens. Nothing does where stats would: what is sent there is answered with 502."""
    assert NGINX
    folder, listens, stats = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    site = read_page(r"^```nginx\n(.*?)^```$")
    changes = {
        "listen 80;": f"listen 127.0.0.1:{listens};",
        "127.0.0.1:3001": f"127.0.0.1:{ingest.port}",
        "127.0.0.1:3003": f"127.0.0.1:{stats}",
        "/var/log/nginx/analytics.log": f"{folder}/site.log",
    }
    for shown, here in changes.items():
        assert shown in site
        site = site.replace(shown, here)
    user = "user root;\n" if os.geteuid() == 0 else ""  # a test's folder is its owner's alone
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    config = folder / "nginx.conf"
    config.write_text(f"{user}daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{paths}{site}}}\n")
    nginx = subprocess.Popen([NGINX, "-c", str(config), "-e", str(folder / "error.log")])
    try:
        eventually(lambda: nginx.poll() is not None or is_open(listens), 10, "nginx listens")
        assert nginx.poll() is None, (folder / "error.log").read_text()
        yield listens
    finally:
        nginx.terminate()
        nginx.wait(10)


def is_open(port: int) -> bool:
    try:
        return ask(port, "/", method="GET")[0] > 0
    except OSError:
        return False


def ask(port: int, path: str, body: bytes = b"", method: str = "POST", source: str = "127.0.0.1") -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10, source_address=(source, 0))
    try:
        connection.request(method, path, body, {**JSON, "X-Forwarded-For": "203.0.113.9"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("address", ["127.0.0.2", "127.0.0.3"])
def test_ingest_sees_the_visitors_address_and_not_the_one_that_he_claims(port: int, address: str) -> None:
    status, answer = ask(port, "/validate", EVENT, source=address)
    assert status == 200
    assert json.loads(answer)["seen"]["address"] == address


def test_events_go_through(port: int) -> None:
    assert ask(port, "/event", EVENT) == (202, b'{"status":"ok"}')
    assert ask(port, "/events", b"[%s]" % EVENT)[0] == 202


def test_the_tracker_and_its_pinned_copies_go_through(port: int) -> None:
    for script in load_scripts("/script.js", "/event"):
        assert ask(port, script.path, method="GET") == (200, script.content)
        assert ask(port, script.pinned_path, method="GET")[0] == 200


def test_figures_are_asked_of_stats(port: int) -> None:
    paths = ("/stats?site_id=blog", "/v1/stats/summary?site_id=blog")
    assert [ask(port, path, method="GET")[0] for path in paths] == [502, 502]


@pytest.mark.parametrize("path", ["/", "/readyz", "/healthz", "/event/", "/statsx", "/v1/statistics"])
def test_nothing_else_can_be_reached(port: int, path: str) -> None:
    assert ask(port, path, method="GET")[0] == 404


def test_a_body_as_large_as_ingest_reads_goes_through_and_no_larger_one(port: int) -> None:
    status, answer = ask(port, "/events", b"x" * MAX_BODY_BYTES)
    assert (status, json.loads(answer)["status"]) == (422, 422)
    assert ask(port, "/events", b"x" * (MAX_BODY_BYTES + 1))[0] == 413
