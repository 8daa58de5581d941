"""What holds for the requests of every dialect: the same promises as for POST /event."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis import Redis

from common.settings import Settings
from common.sites.document import SitesDocument, write_document
from functions.ingest.dialects.paths import DIALECTS, DOORS, Door, find_twin, list_paths, load_dialect
from tests.functions.conftest import Serve
from tests.functions.dialects.conftest import Ingest
from tests.functions.dialects.samples import ASKING, SAMPLES, SITE, Sample

PROJECT = Path(__file__).resolve().parents[3]
Start = Callable[..., Ingest]
each_sample = pytest.mark.parametrize(
    "sample", SAMPLES, ids=lambda sample: f"{sample.method} {sample.path.partition('?')[0]}"
)


@pytest.fixture
def start(environment: pytest.MonkeyPatch, serve: Serve, redis: Redis, settings: Settings) -> Start:
    """Starts ingest with more settings."""

    def start(**more: str) -> Ingest:
        for name, value in more.items():
            environment.setenv(name.upper(), value)
        return Ingest(serve("ingest"), redis, settings)

    return start


def test_every_door_has_a_sample() -> None:
    sampled = {(sample.dialect, sample.method, urlsplit(sample.path).path) for sample in SAMPLES} | {*ASKING}
    for door in DOORS:
        path = re.compile(re.sub("{.*?}", "[^/]+", door.path))
        for method in door.methods:
            found = [one for one in sampled if one[:2] == (door.dialect, method) and path.fullmatch(one[2])]
            assert found, (door, method)


def test_every_dialect_has_its_module() -> None:
    for name in DIALECTS:
        assert load_dialect(name).__name__.endswith(f".{name}")  # type: ignore[attr-defined]


@each_sample
def test_a_page_view_is_queued_and_answered_as_its_client_expects(sample: Sample, start: Start) -> None:
    ingest = start()
    assert sample.send(ingest.client).status_code == sample.status
    [event] = ingest.queued()
    assert (event["site_id"], event["event_type"], event["path"]) == (SITE, "page_view", "/post")


@each_sample
def test_without_its_queue_ingest_acknowledges_nothing(sample: Sample, start: Start) -> None:
    ingest = start(redis_url="redis://127.0.0.1:1", redis_timeout_seconds="0.5")
    answer = sample.send(ingest.client)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert int(answer.headers["retry-after"]) > 0


@each_sample
def test_an_unknown_site_is_refused_where_sites_have_to_be_known(sample: Sample, start: Start) -> None:
    ingest = start(unknown_sites="reject")
    document = SitesDocument(aliases={(sample.dialect, SITE): "blog"}, known=frozenset({"blog"}))
    ingest.redis.hset(ingest.keys.sites_document, mapping={"version": "1", "document": write_document(document)})
    assert sample.send(ingest.client).status_code == sample.status
    assert [event["site_id"] for event in ingest.queued()] == ["blog"]
    other = sample._replace(
        path=sample.path.replace(SITE, "other.example"),
        content=json.loads(json.dumps(sample.content).replace(SITE, "other.example")),
        header=sample.header and (sample.header[0], "other.example"),
    )
    answer = other.send(ingest.client)
    assert len(ingest.queued()) == 1
    assert ingest.refused() == 1
    assert answer.status_code >= 400 or answer.json().get("errors") or '"result":"drop"' in answer.text


def fill_next_hour(ingest: Ingest) -> None:
    """Have the one new site counted in the next hour as well, which may begin before another one comes."""
    prefix = ingest.keys.new_sites
    [counted] = ingest.redis.keys(f"{prefix}*")
    assert ingest.redis.hgetall(counted) == {b"sites": b"1"}
    hour = int(counted.decode().removeprefix(prefix))
    ingest.redis.hset(f"{prefix}{hour + 1}", "sites", 1)


@each_sample
def test_too_many_new_sites_are_refused(sample: Sample, start: Start) -> None:
    ingest = start(new_sites_per_hour="1")
    assert ingest.client.post("/event", json={"site_id": "first", "path": "/"}).status_code == 202
    fill_next_hour(ingest)
    answer = sample.send(ingest.client)
    assert (answer.status_code, len(ingest.queued()), ingest.refused()) == (429, 1, 1)
    assert int(answer.headers["retry-after"]) > 0


@each_sample
def test_a_client_that_sends_too_much_is_refused(sample: Sample, start: Start) -> None:
    ingest = start(rate_limit_client_requests="1", rate_limit_window_seconds="3600")
    assert [sample.send(ingest.client).status_code for _ in range(2)] == [sample.status, 429]


@each_sample
def test_a_page_of_another_origin_is_refused_where_origins_are_named(sample: Sample, start: Start) -> None:
    ingest = start(cors_allow_origins="https://blog.example")
    answer = sample.send(ingest.client, Origin="https://elsewhere.example")
    assert (answer.status_code, ingest.queued()) == (403, [])
    answer = sample.send(ingest.client, Origin="https://blog.example")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
        sample.status,
        "https://blog.example",
    )


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.method == "GET"])
def test_a_pixel_of_a_page_of_another_origin_is_refused_too(sample: Sample, start: Start) -> None:
    ingest = start(cors_allow_origins="https://blog.example")
    assert sample.send(ingest.client, Referer="https://elsewhere.example/page").status_code == 403
    for page in ("https://blog.example/page", "https://blog.example"):
        assert sample.send(ingest.client, Referer=page).status_code == sample.status


def test_no_dialect_is_loaded_before_it_is_needed() -> None:
    code = "import sys, functions.ingest.main; print([name for name in sys.modules if '.ingest.dialects.' in name])"
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert not [name for name in DIALECTS if f"dialects.{name}'" in done.stdout]


@each_sample
def test_a_slash_at_the_end_makes_no_difference(sample: Sample, start: Start) -> None:
    path, question, query = sample.path.partition("?")
    if path.endswith(SITE):
        pytest.skip("its last segment is the site")
    assert sample._replace(path=f"{find_twin(path)}{question}{query}").send(start().client).status_code == sample.status


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.content is not None])
def test_a_compressed_body_is_read_and_bounded(sample: Sample, start: Start) -> None:
    ingest = start()
    packed = gzip.compress(json.dumps(sample.content).encode())
    named = dict([sample.header] if sample.header else [])
    answer = ingest.client.post(sample.path, content=packed, headers={"Content-Encoding": "gzip", **named})
    assert (answer.status_code, len(ingest.queued())) == (sample.status, 1)
    bomb = gzip.compress(b"[" * (5 << 20))
    assert ingest.client.post(sample.path, content=bomb).status_code == 413


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.content is not None])
@pytest.mark.parametrize("body", [b"", b"{", b"[", b"null", b"7", b'"x"', b"\xff", b"[[]]", b'{"a":{}}', b"[" * 5_000])
def test_no_body_makes_ingest_fail(body: bytes, sample: Sample, start: Start) -> None:
    ingest = start()
    answer = ingest.client.post(sample.path, content=body, headers={"Content-Type": sample.content_type})
    assert answer.status_code < 500
    assert ingest.queued() == []


def test_validate_knows_no_other_dialect(start: Start) -> None:
    answer = start().client.post("/validate?dialect=other", content="{}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "dialect")


@pytest.mark.parametrize("door", [door for door in DOORS if "{" not in door.path], ids=lambda door: door.path)
def test_pages_that_send_credentials_may_where_their_client_does(door: Door, start: Start) -> None:
    asked = {"Origin": "https://blog.example", "Access-Control-Request-Method": door.methods[0]}
    for path in list_paths(door):
        answer = start().client.options(path, headers=asked | {"Access-Control-Request-Headers": "x-any"})
        allowed = [answer.headers.get(f"access-control-allow-{name}") for name in ("origin", "credentials", "headers")]
        assert allowed == (
            ["https://blog.example", "true", "x-any"] if door.sends_credentials else ["*", None, "x-any"]
        )


def test_the_page_of_umamis_script_may_send_credentials_if_it_is_told_to(start: Start) -> None:
    [sample] = [one for one in SAMPLES if one.path == "/api/send"]
    answer = sample.send(start().client, Origin="https://blog.example")
    assert answer.headers["access-control-allow-origin"] == "https://blog.example"
    assert answer.headers["access-control-allow-credentials"] == "true"
