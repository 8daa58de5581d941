"""How long pages are looked at: reports that lengthen a visit, and count as no event."""

from typing import Any

from common.settings import Settings
from infra.verification.recount import verify_aggregates
from tests.functions.site import DAY, Site, view

METRICS = "visits,page_views,events,bounce_rate,visit_duration,engaged_time,scroll_depth"


def report(at: str, seconds: float, depth: int, before: int | None = None, **more: Any) -> dict[str, Any]:
    given = {"event_type": "engagement", "engaged_ms": int(1_000 * seconds), "scroll_depth": depth}
    return view(at, **{**given, **({} if before is None else {"scroll_depth_before": before}), **more})


def summarise(site: Site, **query: str) -> list[Any]:
    return list(site.ask("summary", **{**DAY, "metrics": METRICS, **query})["data"].values())


def test_a_report_lengthens_its_visit_and_is_no_event(site: Site) -> None:
    site.store([view("02T10:00:00"), report("02T10:00:40", 35, 80)])
    assert summarise(site) == [1, 1, 1, 100.0, 40.0, 35.0, 80.0]


def test_reports_of_a_page_view_add_up_their_time_and_the_depth_that_each_gained(site: Site) -> None:
    site.store([view("02T10:00:00"), report("02T10:01:00", 50, 30), report("02T10:05:00", 20, 70, before=30)])
    assert summarise(site) == [1, 1, 1, 100.0, 300.0, 70.0, 70.0]


def test_a_report_that_comes_again_changes_nothing(site: Site) -> None:
    events = [view("02T10:00:00"), report("02T10:00:40", 35, 80)]
    site.store(events)
    site.store(events)
    assert summarise(site) == [1, 1, 1, 100.0, 40.0, 35.0, 80.0]


def test_a_late_report_joins_the_visit_that_it_is_of(site: Site) -> None:
    site.store([view("02T10:00:00"), view("02T10:50:00", path="/b")])
    assert summarise(site)[:1] == [2]
    site.store([report("02T10:25:00", 1_400, 100)], offset=9)
    assert summarise(site) == [1, 2, 2, 0.0, 3_000.0, 1_400.0, 100.0]


def test_engaged_time_of_a_page_is_that_of_a_view_and_of_all_pages_that_of_a_visit(site: Site) -> None:
    site.store([view("02T10:00:00"), report("02T10:01:00", 60, 50), view("02T10:01:00", path="/b")])
    site.store([report("02T10:01:30", 20, 100, path="/b"), view("02T10:02:00")], offset=3)
    site.store([report("02T10:02:40", 30, 10)], offset=5)
    answer = site.ask("breakdown", **DAY, dimension="path", metrics="engaged_time,scroll_depth,page_views")
    assert [list(row.values()) for row in answer["data"]] == [["/", 45.0, 30.0, 2], ["/b", 20.0, 100.0, 1]]
    assert summarise(site)[-2:] == [110.0, 53.33]


def test_a_report_has_no_row_among_the_types_of_events(site: Site) -> None:
    site.store([view("02T10:00:00"), report("02T10:00:40", 35, 80)])
    answer = site.ask("breakdown", **DAY, dimension="event_type", metrics="events")
    assert answer["data"] == [{"event_type": "page_view", "events": 1}]


def test_where_no_page_reports_engaged_time_is_unknown(site: Site) -> None:
    site.store([view("02T10:00:00")])
    assert summarise(site)[-2:] == [None, None]


def test_an_event_that_is_not_interactive_counts_and_ends_no_bounce(site: Site) -> None:
    site.store([view("02T10:00:00"), view("02T10:01:00", event_type="autoplay", interactive=False)])
    assert summarise(site)[:5] == [1, 1, 2, 100.0, 60.0]
    site.store([view("02T10:02:00", event_type="signup")], offset=9)
    assert summarise(site)[:5] == [1, 1, 3, 0.0, 120.0]


def test_reports_over_midnight_are_recounted_alike(site: Site, settings: Settings) -> None:
    site.store([view("02T23:50:00"), report("03T00:10:00", 900, 90), view("03T00:11:00", interactive=False)])
    site.store([report("03T00:20:00", 5, 95, before=90), report("02T12:00:00", 9, 10, user="bob")], offset=9)
    assert verify_aggregates(settings.database_url) == []


def test_an_engagement_without_its_time_is_an_event_of_the_senders_own(site: Site) -> None:
    site.store([view("02T10:00:00", event_type="engagement")])
    assert summarise(site)[2] == 1
