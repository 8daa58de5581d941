"""How many different values a site's events may bring in a day."""

from typing import Any

import pytest

from functions.ingest import daily_values
from functions.ingest.daily_values import DailyValues

OTHER = "(other)"


def make(**fields: Any) -> dict[str, Any]:
    return {"site_id": "blog", "event_type": "page_view", "timestamp": "2025-11-12T10:00:00.000000Z", **fields}


def gather(values: DailyValues, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    event = make(**fields)
    faults = values.gather(event)
    return event, [fault.pointer for fault in faults]


def test_paths_past_the_bound_are_gathered_and_those_seen_before_stay() -> None:
    values = DailyValues(2, 9, 9)
    assert [gather(values, path=path)[0]["path"] for path in ("/a", "/b", "/c", "/a", "/d")] == [
        "/a", "/b", OTHER, "/a", OTHER,
    ]  # fmt: skip
    assert gather(values, path="/e")[1] == ["/path"]


@pytest.mark.parametrize("fields", [{"site_id": "shop"}, {"timestamp": "2025-11-13T00:00:00.000000Z"}])
def test_each_site_and_day_has_a_bound_of_its_own(fields: dict[str, str]) -> None:
    values = DailyValues(1, 9, 9)
    gather(values, path="/a")
    assert gather(values, path="/b", **fields)[0]["path"] == "/b"


@pytest.mark.parametrize("name", ["utm_campaign", "referrer", "source", "hostname", "screen"])
def test_every_field_that_a_sender_fills_is_bounded(name: str) -> None:
    values = DailyValues(9, 1, 9)
    gather(values, **{name: "one"})
    assert gather(values, **{name: "two"}) == (make(**{name: OTHER}), [f"/{name}"])


def test_types_of_events_past_the_bound_are_gathered() -> None:
    values = DailyValues(9, 9, 1)
    gather(values)
    assert gather(values, event_type="click")[0]["event_type"] == OTHER


def test_properties_are_bounded_by_name_and_by_value() -> None:
    values = DailyValues(9, 1, 2)
    assert gather(values, props={"plan": "pro", "size": "m"})[1] == []
    event, faults = gather(values, props={"plan": "free", "size": "m", "colour": "red", "shape": "round"})
    assert event["props"] == {"plan": OTHER, "size": "m", OTHER: OTHER}
    assert faults == ["/props"]


def test_the_memory_is_bounded_and_the_days_idle_longest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily_values, "MOST_KEPT", 6)
    values = DailyValues(1, 9, 9)
    for site in ("a", "b", "c", "d"):
        gather(values, site_id=site, path="/1")
    assert gather(values, site_id="d", path="/2")[0]["path"] == OTHER
    assert gather(values, site_id="a", path="/2")[0]["path"] == "/2"
