"""GET /v1/stats/… over HTTP and as Lambda calls it, with what the processor has stored."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.postgres.database import Database
from functions.stats.answers.documents import write_cell
from tests.functions.conftest import Load, Serve, http_event

PROBLEM = "application/problem+json"
DAY = {"site_id": "blog", "from": "2025-11-12", "to": "2025-11-12"}
ANN, BOB = {"user_id": "ann", "country": "DE", "source": "Google"}, {"user_id": "bob", "country": "US"}
EVENTS: list[dict[str, Any]] = [
    {"path": "/home", "timestamp": "2025-11-12T10:00:00.000000Z", **ANN},
    {"path": "/=cmd", "timestamp": "2025-11-12T10:01:00.500000Z", **ANN},
    {
        "event_type": "purchase",
        "timestamp": "2025-11-12T10:20:00.000000Z",
        "revenue": {"amount": "12.30", "currency": "EUR"},
        "props": {"plan": "pro", "=1+1": "x"},
        **ANN,
    },
    {"path": "/home", "timestamp": "2025-11-12T23:30:00.000000Z", **BOB},
    {"path": "/home", "timestamp": "2025-11-10T23:30:00.000000Z", **BOB},
]

Ask = Callable[..., dict[str, Any]]


def make_batch() -> dict[str, Any]:
    events = [
        {"site_id": "blog", "event_type": "page_view", "event_id": f"0193209e-3a80-7000-8000-{number:012}", **event}
        for number, event in enumerate(EVENTS)
    ]
    return {"Records": [{"messageId": "0:1-0", "body": json.dumps(events)}]}


@pytest.fixture
def stats(serve: Serve, database: Database) -> TestClient:
    """The function, with the events on a site in Berlin."""
    database.run("insert into sites (site_id, time_zone) values ('blog', 'Europe/Berlin')")
    assert serve("process").post("/", json=make_batch()).json() == {"batchItemFailures": []}
    return serve("stats")


@pytest.fixture
def ask(stats: TestClient) -> Ask:
    """The JSON of an answer about the day, which is that of the site's time zone."""

    def ask_one(endpoint: str, **parameters: str) -> dict[str, Any]:
        answer = stats.get(f"/v1/stats/{endpoint}", params={**DAY, **parameters})
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content

    return ask_one


def test_a_summary_says_what_it_is_of(ask: Ask) -> None:
    answer = ask(
        "summary", metrics="visitors,visits,page_views,events,bounce_rate,visit_duration,views_per_visit,revenue"
    )
    assert answer["data"] == {
        "visitors": 1,
        "visits": 1,
        "page_views": 2,
        "events": 3,
        "bounce_rate": 0.0,
        "visit_duration": 1200.0,
        "views_per_visit": 2.0,
        "revenue": {"EUR": "12.30"},
    }
    meta = answer["meta"]
    assert (meta["from"], meta["to"]) == ("2025-11-12T00:00:00+01:00", "2025-11-13T00:00:00+01:00")
    assert (meta["timezone"], meta["exact"]) == ("Europe/Berlin", True)
    assert meta["fresh_as_of"].endswith("+00:00")


def test_another_time_zone_has_other_days(ask: Ask) -> None:
    assert ask("summary", timezone="UTC")["data"]["visitors"] == 2
    assert ask("summary", timezone="America/New_York")["data"]["visitors"] == 2
    assert ask("summary", timezone="Asia/Kathmandu")["data"]["visitors"] == 1


def test_gaps_of_a_time_series_are_zeros(ask: Ask) -> None:
    answer = ask("timeseries", metrics="visitors,page_views,bounce_rate", to="2025-11-13", **{"from": "2025-11-11"})
    assert answer["meta"]["interval"] == "day"
    assert answer["data"] == [
        {"time": "2025-11-11T00:00:00+01:00", "visitors": 1, "page_views": 1, "bounce_rate": 100.0},
        {"time": "2025-11-12T00:00:00+01:00", "visitors": 1, "page_views": 2, "bounce_rate": 0.0},
        {"time": "2025-11-13T00:00:00+01:00", "visitors": 1, "page_views": 1, "bounce_rate": 100.0},
    ]
    assert ask("timeseries", metrics="events", interval="hour")["data"][12]["events"] == 0


@pytest.mark.parametrize(
    ("dimension", "rows"),
    [
        ("path", [("/=cmd", 1), ("/home", 1)]),
        ("entry", [("/home", 1)]),
        ("exit", [("/=cmd", 1)]),
        ("country", [("DE", 1)]),
        ("utm_source", []),
        ("event_type", [("page_view", 1), ("purchase", 1)]),
        ("props.plan", [("pro", 1)]),
    ],
)
def test_a_breakdown_is_by_a_dimension(dimension: str, rows: list[tuple[str, int]], ask: Ask) -> None:
    answer = ask("breakdown", dimension=dimension, metrics="visitors")
    assert [(row[dimension], row["visitors"]) for row in answer["data"]] == rows
    assert answer["meta"]["total"] == len(rows)


def test_pages_of_a_breakdown_know_how_many_rows_there_are(ask: Ask) -> None:
    answer = ask("breakdown", dimension="path", sort="page_views:asc", limit="1", offset="1")
    assert [row["path"] for row in answer["data"]] == ["/home"]
    assert ask("breakdown", dimension="path", offset="7")["meta"]["total"] == answer["meta"]["total"] == 2


def test_filters_choose_among_the_events(ask: Ask) -> None:
    home = [{"dimension": "path", "operator": "matches", "value": "/h?m*"}]
    buyers = [{"or": [{"dimension": "event_type", "operator": "is", "value": "purchase"}, {"and": home}]}]
    assert ask("summary", metrics="events,page_views", filters=json.dumps(home))["data"] == {
        "events": 1,
        "page_views": 1,
    }
    assert ask("summary", metrics="events", filters=json.dumps(buyers))["data"] == {"events": 2}


def test_a_comparison_stands_beside_its_figures(ask: Ask) -> None:
    answer = ask("summary", metrics="visitors,page_views,revenue", compare="previous")
    assert answer["comparison"] == {"visitors": 1, "page_views": 1, "revenue": {}}
    assert answer["change"] == {"visitors": 0.0, "page_views": 100.0}
    assert answer["meta"]["compared"]["from"] == "2025-11-11T00:00:00+01:00"
    series = ask("timeseries", metrics="events", interval="day", compare="previous")
    assert series["comparison"] == [{"time": "2025-11-11T00:00:00+01:00", "events": 1}]
    [first, second] = ask("breakdown", dimension="path", metrics="events", compare="previous")["data"]
    assert (first["comparison"], second["comparison"]) == (None, {"events": 1})


def test_rows_come_as_csv_in_which_nothing_is_a_formula(stats: TestClient) -> None:
    query = {**DAY, "dimension": "event_type", "metrics": "events,revenue"}
    for answer in (
        stats.get("/v1/stats/breakdown", params={**query, "format": "csv"}),
        stats.get("/v1/stats/breakdown", params=query, headers={"Accept": "text/csv"}),
    ):
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.text == "event_type,events,revenue\r\npage_view,2,\r\npurchase,1,12.30 EUR\r\n"
    answer = stats.get("/v1/stats/summary", params={**DAY, "metrics": "visitors,bounce_rate", "format": "csv"})
    assert answer.text == "visitors,bounce_rate\r\n1,0.0\r\n"
    assert [write_cell(text) for text in ("=1+1", "+1", "-1", "@x", "/a", -1)] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "/a",
        -1,
    ]


def test_an_answer_that_would_be_the_same_is_a_304(stats: TestClient, serve: Serve, database: Database) -> None:
    first = stats.get("/v1/stats/summary", params=DAY)
    tag = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
    again = stats.get("/v1/stats/summary", params=DAY, headers=tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert stats.get("/v1/stats/summary", params={**DAY, "metrics": "visits"}, headers=tag).status_code == 200
    database.run("update sites set version = version + 1")
    assert stats.get("/v1/stats/summary", params=DAY, headers=tag).status_code == 200


def test_a_site_without_events_is_zeros(stats: TestClient) -> None:
    answer = stats.get("/v1/stats/summary", params={**DAY, "site_id": "none"}).json()
    assert answer["data"]["visitors"] == 0
    assert answer["data"]["bounce_rate"] is None
    assert (answer["meta"]["fresh_as_of"], answer["meta"]["timezone"]) == (None, "UTC")
    assert stats.get("/v1/stats/breakdown", params={"site_id": "none", "dimension": "path"}).json()["data"] == []
    for period in ("all", "24h"):
        assert stats.get("/v1/stats/timeseries", params={"site_id": "none", "period": period}).status_code == 200


def test_what_happens_now_is_by_the_minute(serve: Serve) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    event = {"site_id": "blog", "event_type": "page_view", "event_id": "0193209e-3a80-7000-8000-000000000009"}
    body = json.dumps([{**event, "path": "/now", "timestamp": now, "user_id": "eve", "source": "Bing"}])
    serve("process").post("/", json={"Records": [{"messageId": "0:9-0", "body": body}]})
    data = serve("stats").get("/v1/stats/realtime?site_id=blog").json()["data"]
    assert (data["visitors_now"], data["visitors"], data["page_views"]) == (1, 1, 1)
    assert data["paths"] == [{"path": "/now", "visitors": 1, "page_views": 1}]
    assert data["sources"] == [{"source": "Bing", "visitors": 1, "page_views": 1}]
    assert len(data["by_minute"]) == 30
    assert sum(minute["page_views"] for minute in data["by_minute"]) == 1


def test_what_may_be_asked_is_listed_with_the_sites_properties(ask: Ask, stats: TestClient) -> None:
    answer = stats.get("/v1/stats/dimensions?site_id=blog").json()
    assert answer["data"]["properties"] == ["props.=1+1", "props.plan"]
    assert "utm_campaign" in answer["data"]["dimensions"]
    assert answer["meta"]["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize("query", ["", "site_id=blog&period=never", "site_id=blog&dimension=path"])
def test_a_query_that_is_not_valid_is_a_problem(query: str, serve: Serve) -> None:
    answer = serve("stats").get(f"/v1/stats/summary?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["errors"]


def test_every_endpoint_of_figures_refuses_a_request_without_the_key(
    environment: pytest.MonkeyPatch, serve: Serve
) -> None:
    environment.setenv("STATS_API_KEY", "sesame")
    stats = serve("stats")
    for endpoint in ("summary", "timeseries", "breakdown", "realtime", "dimensions"):
        assert stats.get(f"/v1/stats/{endpoint}").status_code == 401
    assert stats.get("/v1/stats/summary?site_id=blog", headers={"X-API-Key": "sesame"}).status_code == 200


def test_lambda_calls_get_the_same_answers(load: Load, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("STATS_API_KEY", "sesame")
    load("process").handler(make_batch(), None)
    query = "site_id=blog&from=2025-11-12&to=2025-11-12&dimension=country&metrics=visitors"
    answer = load("stats").handler(http_event("GET", "/v1/stats/breakdown", query=query, x_api_key="sesame"), {})
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["data"] == [{"country": "DE", "visitors": 1}, {"country": "US", "visitors": 1}]


def test_without_its_store_it_says_so(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    answer = serve("stats").get("/v1/stats/summary?site_id=blog")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
