"""Reports of engagement that do not say what was said before."""

from typing import Any

from functions.ingest.depths import Depths


def report(depths: Depths, **fields: Any) -> Any:
    event = {"site_id": "s", "event_type": "engagement", "visitor_id": "v", "path": "/", "engaged_ms": 5, **fields}
    depths.follow(event)
    return event.get("scroll_depth_before")


def test_a_report_after_the_first_says_how_deep_the_view_was_seen() -> None:
    depths = Depths()
    assert [report(depths, scroll_depth=depth) for depth in (40, 30, 70, 80)] == [None, 40, 40, 70]


def test_a_report_without_a_depth_is_no_first_one_either() -> None:
    depths = Depths()
    assert [report(depths), report(depths), report(depths, scroll_depth=20), report(depths)] == [None, 0, 0, 20]


def test_a_page_view_begins_anew_and_others_have_their_own() -> None:
    depths = Depths()
    report(depths, scroll_depth=40)
    assert report(depths, scroll_depth=50, path="/b") is None
    assert report(depths, scroll_depth=50, visitor_id="w") is None
    assert report(depths, scroll_depth=50, site_id="t") is None
    depths.follow({"site_id": "s", "event_type": "page_view", "visitor_id": "v", "path": "/"})
    assert report(depths, scroll_depth=50) is None


def test_whoever_is_not_to_be_known_and_whoever_says_it_is_left_alone() -> None:
    depths = Depths()
    assert [report(depths, visitor_id=None, scroll_depth=10) for _ in range(2)] == [None, None]
    assert [report(depths, scroll_depth=10, scroll_depth_before=5) for _ in range(2)] == [5, 5]


def test_no_more_views_are_remembered_than_may_be() -> None:
    depths = Depths(most=2)
    for path in ("/a", "/b", "/c"):
        report(depths, path=path, scroll_depth=10)
    assert [report(depths, path=path, scroll_depth=10) for path in ("/c", "/b", "/a")] == [10, 10, None]
