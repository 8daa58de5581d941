"""docs/openapi.yaml describes the events, and the limits, that the code has."""

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from common import event, incoming_event
from common.filters import conditions, words
from common.incoming_event import IncomingEvent, IncomingRevenue
from functions.ingest import body
from functions.stats.day import route as day
from functions.stats.query import faults, grammar, names
from tests.unit.documents.yaml_files import PROJECT, read_yaml

DOCUMENT: dict[str, Any] = read_yaml("docs/openapi.yaml")
ELSEWHERE = {"day": "/stats", "export": "/v1/export"}
COMPARED = ("minLength", "maxLength", "pattern", "format", "default", "description", "maxProperties")

KINDS = {"props": "object", "revenue": "object", "interactive": "boolean"} | dict.fromkeys(
    ("engaged_ms", "scroll_depth", "scroll_depth_before"), "number"
)


def unwrap(field: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """A field's schema, and whether it may be null."""
    variants = field.get("anyOf", [field])
    [schema] = [variant for variant in variants if variant.get("type") != "null"]
    return {**field, **schema}, len(variants) > 1


def test_the_document_is_a_valid_one() -> None:
    validate(DOCUMENT)


def test_the_document_describes_the_events_fields_as_the_model_has_them() -> None:
    model = IncomingEvent.model_json_schema()
    described = DOCUMENT["components"]["schemas"]["Event"]
    assert described["required"] == model["required"]
    assert described["additionalProperties"] is model["additionalProperties"] is False
    assert list(described["properties"]) == list(model["properties"])
    for name, field in model["properties"].items():
        schema, is_nullable = unwrap(field)
        written = described["properties"][name]
        assert written["type"] == ([KINDS.get(name, "string"), "null"] if is_nullable else "string"), name
        assert {key: written.get(key) for key in COMPARED} == {key: schema.get(key) for key in COMPARED}, name


def test_the_document_describes_properties_as_the_model_has_them() -> None:
    model, _ = unwrap(IncomingEvent.model_json_schema()["properties"]["props"])
    described = DOCUMENT["components"]["schemas"]["Event"]["properties"]["props"]
    for key in ("propertyNames", "patternProperties"):
        assert described[key] == model[key]


def test_the_document_describes_revenue_as_the_model_has_it() -> None:
    model = IncomingRevenue.model_json_schema()
    described = DOCUMENT["components"]["schemas"]["Event"]["properties"]["revenue"]
    for key in ("required", "additionalProperties"):
        assert described[key] == model[key]
    fields = {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in model["properties"].items()
    }
    assert described["properties"] == fields


def test_the_document_names_the_limits_of_a_request() -> None:
    many = DOCUMENT["paths"]["/events"]["post"]
    assert many["requestBody"]["content"]["application/json"]["schema"]["maxItems"] == incoming_event.MAX_EVENTS
    assert f"{incoming_event.MAX_BODY_BYTES:,} bytes" in many["responses"]["413"]["description"]
    assert DOCUMENT["components"]["schemas"]["Problem"]["properties"]["errors"]["maxItems"] == body.MAX_FAULTS


def test_the_document_names_the_limits_of_a_query() -> None:
    parameters = {one["name"]: one["schema"] for one in DOCUMENT["paths"]["/stats"]["get"]["parameters"]}
    assert parameters["site_id"]["maxLength"] == event.MAX_NAME_BYTES
    limit = parameters["limit"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, day.MOST_TOP_PATHS, day.TOP_PATHS)


def list_parameters(endpoint: str) -> list[dict[str, Any]]:
    """Of a query, without the headers."""
    shared = DOCUMENT["components"]["parameters"]
    path = ELSEWHERE.get(endpoint, f"/v1/stats/{endpoint}")
    parameters = DOCUMENT["paths"][path]["get"]["parameters"]
    found = [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in parameters]
    return [one for one in found if one["in"] == "query"]


@pytest.mark.parametrize("endpoint", faults.PARAMETERS)
def test_the_document_lists_the_parameters_of_a_query(endpoint: str) -> None:
    assert sorted(one["name"] for one in list_parameters(endpoint)) == sorted(faults.PARAMETERS[endpoint])


def test_the_document_names_what_a_query_may_name() -> None:
    schemas, shared = DOCUMENT["components"]["schemas"], DOCUMENT["components"]["parameters"]
    assert tuple(schemas["Dimension"]["anyOf"][0]["enum"]) == words.DIMENSIONS
    assert tuple(schemas["Filter"]["anyOf"][0]["properties"]["operator"]["enum"]) == words.OPERATORS
    assert tuple(shared["metrics"]["schema"]["items"]["enum"]) == names.METRICS
    assert tuple(shared["period"]["schema"]["enum"]) == names.PERIODS
    assert tuple(shared["interval"]["schema"]["enum"]) == names.INTERVALS
    assert tuple(shared["compare"]["schema"]["enum"]) == names.COMPARISONS
    assert shared["period"]["schema"]["default"] == grammar.DEFAULT_PERIOD
    assert shared["limit"]["schema"]["maximum"] == grammar.MAX_LIMIT
    assert shared["offset"]["schema"]["maximum"] == grammar.MAX_OFFSET
    assert shared["filters"]["content"]["application/json"]["schema"]["maxItems"] == conditions.MAX_CONDITIONS


@pytest.mark.parametrize("name", [*words.DIMENSIONS, *names.METRICS, *words.OPERATORS, *names.PERIODS])
def test_the_page_for_people_lists_what_a_query_may_name(name: str) -> None:
    assert f"`{name}`" in (PROJECT / "docs/api.md").read_text()


@pytest.mark.parametrize("name", sorted({name for named in faults.PARAMETERS.values() for name in named}))
def test_the_page_for_people_lists_every_parameter_of_a_query(name: str) -> None:
    assert re.search(rf"^\|[^|]*`{name}`", (PROJECT / "docs/api.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", IncomingEvent.model_fields)
def test_the_page_for_people_lists_every_field(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", (PROJECT / "docs/api.md").read_text(), re.MULTILINE)


def test_the_page_for_people_lists_every_status() -> None:
    answers = [op["responses"] for path in DOCUMENT["paths"].values() for op in path.values() if "responses" in op]
    page = (PROJECT / "docs/api.md").read_text()
    for status in {status for responses in answers for status in responses if status >= "4"}:
        assert re.search(rf"^\|[^|]*\b{status}\b", page, re.MULTILINE), status
