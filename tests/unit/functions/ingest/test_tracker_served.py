"""The tracker as it is served: its forms, its header fields, and its size."""

import base64
import gzip
import hashlib
import sys

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from functions.ingest.tracker.serving import Script, load_scripts, make_routes

MOST_BYTES = {"/script.js": 1_500, "/script.all.js": 2_200}
"""What a page loads, gzipped."""


def client(script_path: str = "/script.js", event_path: str = "/event") -> TestClient:
    return TestClient(Starlette(routes=list(make_routes(script_path, event_path))))


@pytest.mark.parametrize("script", load_scripts("/script.js", "/event"), ids=lambda script: script.path)
def test_a_script_is_small(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    size = len(gzip.compress(script.content, 9))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{script.path}: {len(script.content)} bytes, {size} gzipped; at most {MOST_BYTES[script.path]}\n"
        )
    assert size <= MOST_BYTES[script.path]


@pytest.mark.parametrize("path", MOST_BYTES)
def test_a_script_is_kept_for_an_hour_and_asked_for_again_by_its_tag(path: str) -> None:
    answer = client().get(path)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=86400"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = client().get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert client().get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("path", MOST_BYTES)
def test_the_pinned_copy_is_the_same_for_ever_and_matches_its_integrity(path: str) -> None:
    answer = client().get(path)
    pinned = client().get(f"/{answer.headers['content-location']}")
    assert pinned.content == answer.content
    assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
    [script] = [script for script in load_scripts("/script.js", "/event") if script.path == path]
    expected = base64.b64encode(hashlib.sha384(pinned.content).digest()).decode()
    assert (script.pinned_path, script.integrity) == (pinned.request.url.path, f"sha384-{expected}")


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [("gzip, deflate, br", True), ("GZIP;q=0.5", True), ("", False), ("br", False), ("gzip;q=0", False)],
)
def test_a_script_is_compressed_for_those_who_take_that(accepted: str, is_compressed: bool) -> None:
    answer = client().get("/script.js", headers={"Accept-Encoding": accepted})
    plain = client().get("/script.js", headers={"Accept-Encoding": "identity"})
    assert answer.headers.get("content-encoding") == ("gzip" if is_compressed else None)
    assert answer.text == plain.text
    assert (answer.headers["etag"] == plain.headers["etag"]) is not is_compressed
    assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize(
    ("script_path", "event_path", "endpoint"),
    [
        ("/script.js", "/event", "event"),
        ("/js/own.js", "/event", "../event"),
        ("/a/own.js", "/a/note", "note"),
        ("/own.js", "/a/note", "a/note"),
    ],
)
def test_the_script_sends_events_to_the_path_of_the_setting(script_path: str, event_path: str, endpoint: str) -> None:
    own = client(script_path, event_path)
    everything = script_path.replace(".js", ".all.js")
    for path in (script_path, everything):
        assert f'new URL("{endpoint}",' in own.get(path).text


def test_another_setting_makes_another_pinned_copy() -> None:
    one, other = (load_scripts("/script.js", path)[0].pinned_path for path in ("/event", "/note"))
    assert one != other
