"""The running services answer as docs/openapi.yaml says: statuses, content types, headers, bodies."""

import json
import random
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as bounded
from schemathesis.checks import CHECKS

from tests.e2e.conftest import PROJECT
from tests.fuzz.conftest import INPUTS, SEED, Services
from tests.fuzz.services import SECRETS

SHARE = 0.05
OPERATIONS = 5
schema = schemathesis.openapi.from_path(PROJECT / "docs/openapi.yaml")
CHECKED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


@schemathesis.serializer("application/x-ndjson")
def write_lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """The body as it is described: a text."""
    return value.encode(errors="replace") if isinstance(value, str) else json.dumps(value).encode()


@schema.parametrize()
@seed(random.Random(SEED).getrandbits(32))
@bounded(
    max_examples=max(5, round(INPUTS * SHARE / OPERATIONS)),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: schemathesis.Case, services: Services) -> None:
    names = {"/stats": ["stats"], "/event": ["ingest"], "/events": ["ingest"]}.get(case.path, ["ingest", "stats"])
    for name in names:
        if name == "stats" and case.path == "/stats" and random.random() < 0.8:
            case.headers = {**(case.headers or {}), "X-API-Key": SECRETS["stats_api_key"]}
        case.call_and_validate(base_url=services[name].url, checks=CHECKS.get_by_names(CHECKED))
