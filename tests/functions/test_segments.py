"""Segments, filters with a name; and annotations, notes at a time."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from httpx2 import Response

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.annotations import annotations as annotations_module
from common.postgres.database import Database
from common.segments import segments as segments_module
from common.settings import Settings
from infra.cli.annotations import annotations as annotations_command
from infra.cli.segments import segments as segments_command
from tests.functions.site import DAY, Site, view

Send = Callable[..., Response]
GERMAN = {"dimension": "country", "operator": "is", "value": "DE"}


@pytest.fixture
def send(site: Site, database: Database) -> Send:
    """Sends a request as one who manages a site at which ann (DE) signs up, and bob (US) and cy (DE) look around."""
    site.store(
        [
            view("02T10:00:00", "ann", "/", country="DE"),
            view("02T10:01:00", "ann", "/join", country="DE", event_type="signup"),
            view("02T11:00:00", "bob", "/", country="US"),
            view("02T12:00:00", "cy", "/", country="DE"),
        ]
    )
    _, key = Keys(database).make("test", "manager", ["goals", "stats"], ["s"])

    def ask(method: str, path: str, content: Any = None, site_id: str = "s") -> Response:
        headers = {"Authorization": f"Bearer {key.text}"}
        return site.stats.request(method, f"/v1/sites/{site_id}/{path}", headers=headers, json=content)

    return ask


def count_visitors(site: Site, *conditions: Any, **headers: str) -> Any:
    query = {"site_id": "s", "metrics": "visitors", "filters": json.dumps(conditions), **DAY}
    answer = site.stats.get("/v1/stats/summary", params=query, headers=headers)
    return answer.json()["data"]["visitors"] if answer.status_code == 200 else answer


def named(name: Any) -> dict[str, Any]:
    return {"dimension": "segment", "operator": "is", "value": name}


def test_a_segment_stands_for_its_conditions_beside_others(site: Site, send: Send) -> None:
    made = send("PUT", "segments/germans", {"filters": [GERMAN]})
    assert made.json() == {"data": {"name": "germans", "filters": [GERMAN]}}
    assert count_visitors(site, named("germans")) == 2
    assert count_visitors(site, named("germans"), {"dimension": "path", "operator": "is", "value": "/join"}) == 1
    send("PUT", "segments/visitors-of-home", {"filters": [{"dimension": "path", "operator": "is", "value": "/"}]})
    assert count_visitors(site, named(["germans", "visitors-of-home"])) == 3


def test_a_segment_may_be_about_a_goal_and_not_about_a_segment(site: Site, send: Send) -> None:
    send("PUT", "goals/signup", {"event": "signup"})
    undecided = [GERMAN, {"dimension": "goal", "operator": "has_not", "value": "signup"}]
    assert send("PUT", "segments/undecided", {"filters": undecided}).status_code == 200
    assert count_visitors(site, named("undecided")) == 1
    refused = send("PUT", "segments/more", {"filters": [named("undecided")]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/filters")


def test_a_segment_that_the_site_does_not_have_is_refused_with_those_that_it_has(site: Site, send: Send) -> None:
    send("PUT", "segments/germans", {"filters": [GERMAN]})
    answer = count_visitors(site, named("french"))
    assert answer.status_code == 422
    assert "germans" in answer.json()["errors"][0]["detail"]


def test_a_link_follows_the_segment_that_it_is_held_to_and_shows_nothing_without_it(
    site: Site, send: Send, database: Database
) -> None:
    send("PUT", "segments/some", {"filters": [GERMAN]})
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=json.dumps([named("some")])))
    headers = {"Authorization": f"Bearer {token.text}"}
    assert count_visitors(site, **headers) == 2
    send("PUT", "segments/some", {"filters": [{**GERMAN, "value": "US"}]})
    assert count_visitors(site, **headers) == 1
    for path in ("segments", "annotations"):
        assert site.stats.get(f"/v1/sites/s/{path}", headers=headers).status_code == 403
    assert send("DELETE", "segments/some").status_code == 200
    assert count_visitors(site, **headers).status_code == 403


def test_the_names_that_a_filter_may_have_are_told_and_the_tag_follows_them(site: Site, send: Send) -> None:
    send("PUT", "goals/signup", {"event": "signup"})
    before = site.stats.get("/v1/stats/dimensions", params={"site_id": "s"})
    assert before.json()["data"]["named"] == {
        "goal": {"operators": ["is", "has", "has_not"], "names": ["signup"]},
        "segment": {"operators": ["is"], "names": []},
    }
    send("PUT", "segments/germans", {"filters": [GERMAN]})
    tag = {"If-None-Match": before.headers["etag"]}
    assert site.stats.get("/v1/stats/dimensions", params={"site_id": "s"}, headers=tag).status_code == 200


@pytest.mark.parametrize(
    ("path", "content", "pointer"),
    [
        ("segments/s", {}, "/filters"),
        ("segments/s", {"filters": []}, "/filters"),
        ("segments/s", {"filters": [{"dimension": "x"}]}, "/filters/0"),
        ("segments/a,b", {"filters": [GERMAN]}, "/name"),
        ("annotations", {"at": "2025-06-02", "text": "n"}, "/at"),
        ("annotations", {"at": None, "text": "n"}, "/at"),
        ("annotations", {"at": "1969-06-02T00:00:00Z", "text": "n"}, "/at"),
        ("annotations", {"at": "2025-06-02T00:00:00Z", "text": " "}, "/text"),
        ("annotations", {"at": "2025-06-02T00:00:00Z", "text": "a\nb"}, "/text"),
    ],
)
def test_what_has_no_meaning_is_refused(send: Send, path: str, content: dict[str, Any], pointer: str) -> None:
    answer = send("POST" if path == "annotations" else "PUT", path, content)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert send("GET", path.partition("/")[0]).json() == {"data": []}


def test_annotations_come_by_time_and_can_be_deleted(send: Send) -> None:
    later = send("POST", "annotations", {"at": "2025-06-03T02:00:00+02:00", "text": "New prices"})
    send("POST", "annotations", {"at": "2025-06-02T00:00:00Z", "text": "Launch"})
    assert later.status_code == 201
    listed = send("GET", "annotations").json()["data"]
    assert [(one["at"], one["text"]) for one in listed] == [
        ("2025-06-02T00:00:00+00:00", "Launch"),
        ("2025-06-03T00:00:00+00:00", "New prices"),
    ]
    assert send("DELETE", f"annotations/{listed[1]['annotation_id']}").status_code == 200
    assert len(send("GET", "annotations").json()["data"]) == 1
    assert send("DELETE", "annotations/nothing").status_code == 404


def test_an_annotation_gets_another_time_and_text_and_keeps_its_id(send: Send) -> None:
    made = send("POST", "annotations", {"at": "2025-06-03T02:00:00+02:00", "text": "New pices"}).json()["data"]
    path = f"annotations/{made['annotation_id']}"
    changed = send("PUT", path, {"at": "2025-06-02T00:00:00Z", "text": "New prices"})
    expected = {"annotation_id": made["annotation_id"], "at": "2025-06-02T00:00:00+00:00", "text": "New prices"}
    assert (changed.status_code, changed.json()) == (200, {"data": expected})
    refused = send("PUT", path, {"at": "2025-06-02T00:00:00Z", "text": ""})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/text")
    assert send("GET", "annotations").json() == {"data": [expected]}
    for absent in ("annotations/nothing", "annotations/0123456789"):
        assert send("PUT", absent, {"at": "2025-06-02T00:00:00Z", "text": "n"}).status_code == 404
    assert send("PUT", path, {"at": "2025-06-02T00:00:00Z", "text": "n"}, site_id="other").status_code == 404


def test_a_site_has_so_many_segments_and_annotations(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments_module, "MOST_SEGMENTS", 1)
    monkeypatch.setattr(annotations_module, "MOST_ANNOTATIONS", 1)
    note = {"at": "2025-06-02T00:00:00Z", "text": "n"}
    assert send("PUT", "segments/one", {"filters": [GERMAN]}).status_code == 200
    assert send("PUT", "segments/one", {"filters": [GERMAN]}).status_code == 200
    assert send("PUT", "segments/two", {"filters": [GERMAN]}).status_code == 409
    assert send("POST", "annotations", note).status_code == 201
    assert send("POST", "annotations", note).status_code == 409


def test_another_site_has_none_that_can_be_seen_or_made(send: Send) -> None:
    assert send("GET", "segments", site_id="other").status_code == 404
    assert send("PUT", "segments/a", {"filters": [GERMAN]}, site_id="other").status_code == 404
    assert send("GET", "annotations", site_id="other").status_code == 404


def test_the_command_line_keeps_segments_and_annotations(site: Site, send: Send, settings: Settings) -> None:
    def run(command: Any, *arguments: str) -> str:
        done = CliRunner().invoke(command, arguments, obj=settings)
        assert done.exit_code == 0, done.output
        return done.output

    run(segments_command, "set", "s", "germans", "--filters", json.dumps([GERMAN]))
    assert run(segments_command, "list", "s") == f"germans  {json.dumps([GERMAN])}\n"
    assert run(segments_command, "delete", "s", "germans") == "deleted germans\n"
    made = json.loads(run(annotations_command, "add", "s", "2025-06-02T10:00:00+02:00", "Launch", "--json"))
    assert run(annotations_command, "list", "s") == f"{made['annotation_id']}  2025-06-02T08:00:00+00:00  Launch\n"
    run(annotations_command, "set", "s", made["annotation_id"], "2025-06-02T11:00:00+02:00", "Launched")
    assert run(annotations_command, "list", "s") == f"{made['annotation_id']}  2025-06-02T09:00:00+00:00  Launched\n"
    run(annotations_command, "delete", "s", made["annotation_id"])
    assert run(annotations_command, "list", "s") == "No annotations.\n"
