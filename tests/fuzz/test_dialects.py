"""Whatever arrives at other trackers' endpoints: they answer with a 2xx or a 4xx, and what is queued can be stored."""

import gzip
import json
from typing import Any
from urllib.parse import quote

from redis import Redis

from common.event import check_events
from common.redis.keys import ShardKeys
from common.settings import Settings
from tests.functions.dialects.samples import SAMPLES, Sample
from tests.fuzz.conftest import Run, Services
from tests.fuzz.inputs import Inputs
from tests.fuzz.services import find_secrets
from tests.fuzz.wire import exchange, post

ENCODINGS = (*("",) * 6, "gzip", "deflate", "br", "é")


def distort(value: Any, inputs: Inputs) -> Any:
    """A value of which any part may be another one."""
    if inputs.is_one_in(6):
        return inputs.value()
    if isinstance(value, dict):
        kept = {name: distort(inner, inputs) for name, inner in value.items() if not inputs.is_one_in(12)}
        return kept | ({inputs.text(): inputs.value()} if inputs.is_one_in(4) else {})
    if isinstance(value, list):
        return [distort(inner, inputs) for inner in value * inputs.random.randint(1, 3)]
    return value


def make_request(sample: Sample, inputs: Inputs) -> bytes:
    path, _, query = sample.path.partition("?")
    parts = [
        part if not inputs.is_one_in(3) else f"{part}{quote(inputs.text(), errors='ignore')}"
        for part in query.split("&")
    ]
    if inputs.is_one_in(3):
        parts.append(f"{quote(inputs.text(), errors='ignore')}={quote(inputs.text(), errors='ignore')}")
    target = f"{path}?{'&'.join(parts)}"[:8_000]
    if sample.content is None:
        return post(target, inputs.body()[:2_000] if inputs.is_one_in(4) else b"", "application/x-www-form-urlencoded")
    body = json.dumps(distort(sample.content, inputs)).encode(errors="replace")
    if inputs.is_one_in(5):
        body = inputs.mutate(body)
    if inputs.is_one_in(5):
        body = gzip.compress(body)
    encoding = inputs.random.choice(ENCODINGS)
    request = post(target, body, sample.content_type)
    return (
        request.replace(b"Connection:", f"Content-Encoding: {encoding}\r\nConnection:".encode())
        if encoding
        else request
    )


def test_requests_of_other_trackers(run: Run, services: Services, secret_settings: Settings, redis: "Redis") -> None:
    for _ in run.repeat(0.2):
        sample = run.inputs.random.choice(SAMPLES)
        request = make_request(sample, run.inputs)
        answers, received = exchange(services["ingest"].port, request)
        assert len(answers) == 1, request
        [answer] = answers
        assert answer.status < 500, request
        assert find_secrets(received) == []
        run.outcomes[f"{sample.dialect} {answer.status}"] += 1
    for _, fields in redis.xrange(ShardKeys.of(secret_settings.stream_name, 0).stream):
        assert check_events(fields[b"data"].decode()) == ""
