"""Retention: who came again, of those who can be known again."""

from typing import Any

import pytest

from common.access.links import LinkDraft, Links
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from tests.functions.site import Site, view

RANGE = {"from": "2025-06-02", "to": "2025-06-04", "timezone": "UTC", "unit": "day"}


def store_some(site: Site) -> None:
    site.store(
        [
            view("01T10:00:00", "old"),
            view("02T10:00:00", "old"),
            view("02T10:00:00", "ann", country="DE"),
            view("03T10:00:00", "ann", country="DE"),
            view("03T10:00:10", "ann", event_type="signup"),
            view("02T11:00:00", "bob", country="US"),
            view("04T11:00:00", "bob", country="US"),
            view("03T12:00:00", "cy", country="US"),
            {**view("02T13:00:00"), "user_id": None, "visitor_id": "d" * 16},
        ]
    )


def find(site: Site, **query: str) -> dict[str, tuple[int, list[int | None]]]:
    return {row["cohort"]: (row["visitors"], row["returned"]) for row in ask(site, **query)["data"]}


def ask(site: Site, **query: str) -> Any:
    return site.ask("retention", **(RANGE | query))


def test_a_cohort_is_of_those_who_were_never_there_before(site: Site) -> None:
    store_some(site)
    assert find(site) == {"2025-06-02": (2, [2, 1, 1]), "2025-06-03": (1, [1, 0]), "2025-06-04": (0, [0])}
    assert ask(site)["data"][0]["rate"] == [100.0, 50.0, 50.0]


def test_a_cohort_can_be_of_those_who_came_first_within_the_range(site: Site) -> None:
    store_some(site)
    assert find(site, by="first_in_range")["2025-06-02"] == (3, [3, 1, 1])


def test_who_is_known_for_a_day_is_in_no_cohort_and_told_of(site: Site) -> None:
    store_some(site)
    assert ask(site)["meta"]["population"] == {"identified": 4, "excluded": 1}


def test_a_return_may_be_a_goal(site: Site, database: Database) -> None:
    store_some(site)
    Goals(database).put("test", "s", Goal("signup", event="signup"))
    assert find(site, goal="signup")["2025-06-02"] == (2, [0, 1, 0])


def test_what_is_not_over_is_null_and_never_0(site: Site) -> None:
    store_some(site)
    cells = find(site, **{"from": "2025-06-02T00:00:00Z", "to": "2025-06-04T23:00:00Z"})
    assert cells == {"2025-06-02": (2, [2, 1, None]), "2025-06-03": (1, [1, None]), "2025-06-04": (0, [None])}
    assert find(site, unit="week") == {"2025-06-02": (3, [None])}


def test_an_answer_changes_its_tag_with_the_goal(site: Site, database: Database) -> None:
    store_some(site)
    Goals(database).put("test", "s", Goal("signup", event="signup"))
    query = {"site_id": "s", **RANGE, "goal": "signup"}
    tag = {"If-None-Match": site.stats.get("/v1/stats/retention", params=query).headers["etag"]}
    assert site.stats.get("/v1/stats/retention", params=query, headers=tag).status_code == 304
    Goals(database).put("test", "s", Goal("signup", event="order"))
    assert site.stats.get("/v1/stats/retention", params=query, headers=tag).status_code == 200


def test_a_links_filters_hold_for_retention(site: Site, database: Database) -> None:
    store_some(site)
    american = '[{"dimension": "country", "operator": "is", "value": "US"}]'
    _, token = Links(database).make("test", "s", LinkDraft("l", filters=american))
    headers = {"Authorization": f"Bearer {token.text}"}
    answer = site.stats.get("/v1/stats/retention", params={"site_id": "s", **RANGE}, headers=headers).json()
    assert [row["visitors"] for row in answer["data"]] == [1, 1, 0]
    assert answer["meta"]["population"] == {"identified": 2, "excluded": 0}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"unit": "hour"}, "unit"),
        ({"by": "first"}, "by"),
        ({"goal": "none"}, "goal"),
        ({"to": "2026-06-04"}, "unit"),
        ({"dimension": "path"}, "dimension"),
    ],
)
def test_a_question_without_a_meaning_is_told_what_would_be_right(
    site: Site, query: dict[str, str], parameter: str
) -> None:
    store_some(site)
    answer = site.stats.get("/v1/stats/retention", params={"site_id": "s", **RANGE, **query})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)
