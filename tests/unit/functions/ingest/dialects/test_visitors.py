"""Times and ids of other trackers' clients."""

from typing import Any

import pytest

from functions.ingest.dialects.visitors import is_browser, read_time, read_uuid


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("2026-11-01T10:00:00.123Z", "2026-11-01T10:00:00.123Z"),
        ("2026-11-01T10:00:00.123456+00:00", "2026-11-01T10:00:00.123456+00:00"),
        ("2026-11-01 10:00:00", "2026-11-01T10:00:00Z"),
        ("2026-11-01T10:00", "2026-11-01T10:00:00Z"),
        ("2026-11-01T10:00:00-0500", "2026-11-01T10:00:00-05:00"),
        (1793527200, "2026-11-01T10:00:00.000Z"),
        (1793527200.123, "2026-11-01T10:00:00.123Z"),
        ("1793527200123", "2026-11-01T10:00:00.123Z"),
        ("soon", "soon"),
        (True, "True"),
        ("9" * 16, "9" * 16),
        (None, "None"),
    ],
)
def test_a_time_is_read_in_each_form_and_left_where_it_is_none(given: Any, text: str) -> None:
    assert read_time(given) == text


def test_an_id_is_read_if_it_is_a_uuid() -> None:
    assert read_uuid("0192F0C1-2D3E-7A4B-8C5D-6E7F8A9B0C1D") == "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d"
    assert [read_uuid(one) for one in ("x", "", None, 3, "\ud800")] == [None] * 5


@pytest.mark.parametrize(
    ("agent", "is_one"),
    [("Mozilla/5.0 (X11)", True), ("Opera/9.80", True), ("python-requests/2.32", False), ("", False)],
)
def test_a_browser_is_told_by_how_its_agent_begins(agent: str, is_one: bool) -> None:
    assert is_browser({"user-agent": agent}) is is_one
