"""Script and endpoint under the site's own domain, by the recipe for nginx as it stands in docs/tracker.md."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from infra.local.address import free_port
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website
from tests.pressure.parts import Parts, RunningPart, eventually

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "tracker.md").read_text()
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@pytest.fixture
def ingest(parts: Parts) -> RunningPart:
    """An ingest that believes nginx."""
    return parts.start("ingest", trusted_proxies="127.0.0.1")


@pytest.fixture
def port(website: Website, ingest: RunningPart, tmp_path: Path) -> Iterator[int]:
    """Where nginx serves the site."""
    if NGINX is None:
        pytest.skip("no nginx on this machine")
    listens = free_port()
    recipe = re.search(r"^```nginx\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert recipe
    assert "127.0.0.1:3001" in recipe[1]
    site = recipe[1].replace("127.0.0.1:3001", f"127.0.0.1:{ingest.port}")
    site += f"location / {{ proxy_pass http://127.0.0.1:{website.port}; }}"
    paths = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in KINDS)
    user = "user root;\n" if os.geteuid() == 0 else ""
    server = f"server {{ listen 127.0.0.1:{listens}; access_log off; {site} }}"
    config = tmp_path / "nginx.conf"
    config.write_text(f"{user}daemon off;\npid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{paths}{server}}}\n")
    nginx = subprocess.Popen([NGINX, "-c", str(config), "-e", str(tmp_path / "error.log")])
    try:
        eventually(lambda: (tmp_path / "pid").exists() or nginx.poll() is not None, 10, "nginx runs")
        assert nginx.poll() is None, (tmp_path / "error.log").read_text()
        yield listens
    finally:
        nginx.terminate()
        nginx.wait(10)


@pytest.mark.parametrize("name", ["script.js", "script.all.js"])
def test_a_page_sends_to_its_own_server_alone_and_ingest_knows_the_visitor(
    page: Page, website: Website, queue: Queue, port: int, name: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    website.add(
        "/", "<button data-event=buy>buy</button>", f'<script defer src="/note/{name}" data-site="blog"></script>'
    )
    page.goto(f"http://blog.test:{port}/")
    queue.wait_for(page, "page_view")
    page.click("button")
    [event, _] = queue.wait_for(page, "page_view", "buy")
    assert event["visitor_id"]
    own = f"http://blog.test:{port}/"
    assert {url for url in asked if "favicon" not in url} == {own, f"{own}note/{name}", f"{own}note/event"}


@pytest.mark.parametrize("path", ["", "events", "readyz", "validate", "script.js/x", "event/"])
def test_nothing_else_of_ingest_is_reached(page: Page, port: int, path: str) -> None:
    assert page.context.request.get(f"http://127.0.0.1:{port}/note/{path}").status == 404


def test_a_pinned_copy_is_reached(page: Page, port: int) -> None:
    request = page.context.request
    name = request.get(f"http://127.0.0.1:{port}/note/script.js").headers["content-location"]
    assert "immutable" in request.get(f"http://127.0.0.1:{port}/note/{name}").headers["cache-control"]
