"""The tracker, and what it sends, through functions-framework and as Lambda calls it."""

import base64
import gzip
import uuid

import pytest

from tests.functions.conftest import Load, Serve, http_event

ORIGIN = "https://blog.example"
EVENT = '{"site_id":"blog","url":"https://blog.example/"}'


def test_a_page_of_another_origin_may_load_the_script_and_check_its_integrity(serve: Serve) -> None:
    answer = serve("ingest").get("/script.js", headers={"Origin": ORIGIN})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "window.analytics" in answer.text
    assert {part.strip() for part in answer.headers["vary"].split(",")} == {"Accept-Encoding", "Origin"}


def test_lambda_serves_the_script_compressed(load: Load) -> None:
    answer = load("ingest").handler(http_event("GET", "/script.js", accept_encoding="gzip"), None)
    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, True)
    assert answer["headers"]["content-encoding"] == "gzip"
    assert b"window.analytics" in gzip.decompress(base64.b64decode(answer["body"]))


def test_script_and_endpoint_are_at_the_paths_of_their_settings(serve: Serve, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SCRIPT_PATH", "/assets/own.js")
    environment.setenv("EVENT_PATH", "/assets/note")
    ingest = serve("ingest")
    assert 'new URL("note",' in ingest.get("/assets/own.js").text
    assert ingest.get("/assets/own.all.js").status_code == 200
    assert ingest.get("/script.js").status_code == 404
    assert ingest.post("/assets/note", content=EVENT, headers={"Content-Type": "text/plain"}).status_code == 202
    assert ingest.post("/event", content=EVENT, headers={"Content-Type": "text/plain"}).status_code == 202


@pytest.mark.parametrize("path", ["script.js", "/", "/a b.js", "/../x", "/a?b"])
def test_a_path_that_would_need_escaping_is_refused(path: str) -> None:
    from pydantic import ValidationError

    from common.settings import Settings

    with pytest.raises(ValidationError, match="should begin with /"):
        Settings(script_path=path)


def test_an_id_without_hyphens_is_the_same_id(serve: Serve) -> None:
    one = uuid.UUID("0192f1a6-0000-7abc-8abc-0123456789ab")
    body = f'{{"site_id":"blog","url":"https://blog.example/","event_id":"{one.hex}"}}'
    answer = serve("ingest").post("/validate", content=body, headers={"Content-Type": "text/plain"})
    assert answer.json()["events"][0]["event"]["event_id"] == str(one)
