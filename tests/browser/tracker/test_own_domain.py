"""Script and endpoint under the site's own domain: each recipe of docs/tracker.md, with the server that it is for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.queue import Queue
from tests.browser.tracker.recipes import SERVERS, WebServer, serving
from tests.browser.tracker.website import Website
from tests.pressure.parts import Parts, RunningPart


@pytest.fixture
def ingest(parts: Parts) -> RunningPart:
    """An ingest that believes the site's server."""
    return parts.start("ingest", trusted_proxies="127.0.0.1")


@pytest.fixture(params=SERVERS, ids=lambda server: server.name)
def server(request: pytest.FixtureRequest) -> WebServer:
    """Each of the servers that this machine has."""
    one: WebServer = request.param
    if one.find() is None:
        pytest.skip(f"no {one.program} on this machine")
    return one


@pytest.fixture
def port(server: WebServer, website: Website, ingest: RunningPart, tmp_path: Path) -> Iterator[int]:
    """Where the server serves the site."""
    with serving(server, tmp_path, ingest.port, website.port) as listens:
        yield listens


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


def test_nothing_else_of_ingest_is_reached(page: Page, port: int) -> None:
    paths = ["", "events", "readyz", "validate", "script.js/x", "event/"]
    answers = [page.context.request.get(f"http://127.0.0.1:{port}/note/{path}").status for path in paths]
    assert answers == [404] * len(paths)


def test_a_pinned_copy_is_reached(page: Page, port: int) -> None:
    request = page.context.request
    name = request.get(f"http://127.0.0.1:{port}/note/script.js").headers["content-location"]
    assert "immutable" in request.get(f"http://127.0.0.1:{port}/note/{name}").headers["cache-control"]


def test_ingest_gets_the_visitors_address_and_not_the_sites_cookies(
    page: Page, server: WebServer, website: Website, tmp_path: Path
) -> None:
    heard = Website()
    heard.add("/script.js", "")
    with serving(server, tmp_path, heard.port, website.port) as port:
        headers = {"Cookie": "session=secret", "X-Forwarded-For": "203.0.113.9"}
        answer = page.context.request.get(f"http://127.0.0.1:{port}/note/script.js", headers=headers)
    heard.close()
    assert answer.status == 200
    assert "cookie" not in heard.headers["/script.js"]
    assert heard.headers["/script.js"]["x-forwarded-for"].split(", ")[-1] == "127.0.0.1"
