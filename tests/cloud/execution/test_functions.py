"""Each bundle executed on its own: what works, and every way in which it should fail."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.cloud.execution.cloud import Cloud, http_event, post, read_body
from tests.cloud.execution.function import Configuration, Function, PayloadTooLarge

NOW = datetime.now(UTC)
"""An older event would need a key: the template says EVENTS_FROM_SERVERS=key."""
EVENT = {"site_id": "site", "path": "/home", "user_id": "user-001", "timestamp": NOW.isoformat(timespec="seconds")}
DAY = NOW.date().isoformat()
COLD_START_SECONDS = 4.0
"""Bound for a busy machine; the figures themselves are printed."""


def make_batch(*bodies: Any) -> dict[str, Any]:
    records = [{"messageId": f"0:{index}-0", "body": json.dumps(body)} for index, body in enumerate(bodies)]
    return {"Records": records}


def new_event(**fields: str) -> dict[str, str]:
    return {**EVENT, "event_type": "page_view", "event_id": str(uuid.uuid4()), **fields}


def ask_stats(stats: Function, site_id: str, key: str = "the-key") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = stats.invoke(http_event("GET", "/stats", None, headers, f"site_id={site_id}&date={DAY}")).content
    return answer["statusCode"], read_body(answer)


def test_ingest_answers_202_once_an_event_is_on_the_stream(cloud: Cloud, ingest: Function, empty_queue: None) -> None:
    answer = ingest.invoke(post("/event", EVENT)).content
    assert (answer["statusCode"], answer["body"]) == (202, '{"status":"ok"}')
    with cloud.administer_queue() as redis:
        assert redis.xlen("{events:0}") == 1


def test_a_warm_start_serves_many_requests_over_the_same_connection(
    cloud: Cloud, ingest: Function, empty_queue: None
) -> None:
    ingest.invoke(post("/event", EVENT))
    with cloud.administer_queue() as redis:
        before = redis.info("stats")["total_connections_received"]
        results = [ingest.invoke(post("/event", EVENT)) for _ in range(5)]
        assert redis.info("stats")["total_connections_received"] == before
    assert [result.content["statusCode"] for result in results] == [202] * 5
    assert {result.init_seconds for result in results} == {0.0}


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(
    cloud: Cloud, ingest: Function, empty_queue: None
) -> None:
    ingest.invoke(post("/event", EVENT))
    with cloud.administer_queue() as redis:
        redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert ingest.invoke(post("/event", EVENT)).content["statusCode"] == 202


def test_a_problem_is_a_problem_document_behind_the_api(ingest: Function) -> None:
    answer = ingest.invoke(post("/event", "{")).content
    assert answer["statusCode"] == read_body(answer)["status"] == 400
    assert answer["headers"]["content-type"] == "application/problem+json"


def test_a_body_of_six_megabytes_is_refused_by_name_and_the_instance_lives_on(ingest: Function) -> None:
    body = json.dumps([EVENT]) + " " * (6_000_000 - 200)
    assert ingest.invoke(post("/events", body)).content["statusCode"] == 413
    assert ingest.invoke(http_event("GET", "/healthz")).init_seconds == 0


def test_a_payload_beyond_the_platforms_bound_never_reaches_the_function(ingest: Function) -> None:
    with pytest.raises(PayloadTooLarge):
        ingest.invoke(post("/events", " " * (6 * 1024 * 1024)))


def test_process_stores_a_batch_and_stats_serves_it(process: Function, stats: Function) -> None:
    site = f"site-{uuid.uuid4().hex}"
    result = process.invoke(make_batch([new_event(site_id=site), new_event(site_id=site, user_id="user-002")]))
    assert result.content == {"batchItemFailures": []}
    status, figures = ask_stats(stats, site)
    assert status == 200
    assert figures == {
        "site_id": site,
        "date": DAY,
        "total_views": 2,
        "unique_users": 2,
        "top_paths": [{"path": "/home", "views": 2}],
    }


def test_process_names_the_record_that_is_at_fault(process: Function) -> None:
    result = process.invoke(make_batch([new_event()], "no batch of events"))
    assert [failure["itemIdentifier"] for failure in result.content["batchItemFailures"]] == ["0:1-0"]


def test_process_takes_a_batch_of_almost_six_megabytes(process: Function, stats: Function) -> None:
    site = f"site-{uuid.uuid4().hex}"
    events = [new_event(site_id=site, path="/" + "x" * 1900) for _ in range(2_700)]
    batch = make_batch(*(events[start : start + 450] for start in range(0, len(events), 450)))
    assert 5_500_000 < len(json.dumps(batch)) < 6 * 1024 * 1024
    assert process.invoke(batch).content == {"batchItemFailures": []}
    assert ask_stats(stats, site)[1]["total_views"] == 2_700


@pytest.mark.parametrize(("key", "status"), [("the-key", 200), ("another", 401), ("", 401)])
def test_stats_asks_for_the_key_that_the_secret_holds(stats: Function, key: str, status: int) -> None:
    assert ask_stats(stats, "site", key)[0] == status


def test_stats_says_how_to_present_the_key_and_stays_open_for_health_checks(stats: Function) -> None:
    answer = stats.invoke(http_event("GET", "/stats", None, None, f"site_id=s&date={DAY}")).content
    assert answer["headers"]["www-authenticate"] == 'Bearer realm="stats"'
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert stats.invoke(http_event("GET", "/healthz")).content["statusCode"] == 200


def test_a_missing_module_is_an_import_error_of_the_runtime(cloud: Cloud) -> None:
    bare = cloud.folder / "without-starlette"
    bare.mkdir(exist_ok=True)
    (bare / "main.py").write_text("import starlette\n")
    result = cloud.start(Configuration("bare", bare, "main.handler", {})).invoke({})
    assert result.error_type == "Runtime.ImportModuleError"
    assert b"starlette" in result.payload


def test_a_wrong_handler_name_is_an_error_of_the_runtime(cloud: Cloud) -> None:
    wrong = replace(cloud.configuration("ingest"), handler="main.handle")
    assert cloud.start(wrong).invoke({}).error_type == "Runtime.HandlerNotFound"


def test_a_time_out_ends_the_instance_and_the_next_invocation_starts_cold(cloud: Cloud, schema: None) -> None:
    process = cloud.deploy("process", timeout_seconds=2)
    assert not process.invoke(make_batch([new_event()])).is_error
    with cloud.database() as connection:
        connection.run("begin")
        connection.run("lock table events")
        assert process.invoke(make_batch([new_event()])).error_type == "Sandbox.Timedout"
    again = process.invoke(make_batch([new_event()]))
    assert not again.is_error
    assert again.init_seconds > 0


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("ingest", post("/event", EVENT)),
        ("process", make_batch([new_event()])),
        ("stats", http_event("GET", "/stats", None, {"X-API-Key": "the-key"}, f"site_id=site&date={DAY}")),
    ],
)
def test_a_cold_start_is_short(
    cloud: Cloud, schema: None, name: str, event: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    function = cloud.deploy(name)
    cold, warm = function.invoke(event), function.invoke(event)
    assert not cold.is_error
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{name}: cold {cold.init_seconds * 1000:.0f} ms to load and {cold.seconds * 1000:.0f} ms to its first"
            f" answer, secrets and TLS included; warm {warm.seconds * 1000:.0f} ms"
        )
    assert cold.init_seconds + cold.seconds < COLD_START_SECONDS
