"""Settings that can't be right are refused at the start, by name, and not by the first event."""

import pytest
from pydantic import ValidationError

from common.settings import Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVENT_OLDEST", "2020-01-01"),  # compared with an event's time it would fail: no offset
        ("EVENT_OLDEST", "1960-01-01T00:00:00Z"),  # would be accepted, and then could not be stored
        ("EVENT_AHEAD_HOURS", "1e12"),
        ("LOG_LEVEL", "loud"),
        ("REDIS_URL", "localhost:6379"),
        ("DATABASE_URL", "mysql://localhost/analytics"),
        ("REDIS_TIMEOUT_SECONDS", "0"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings.load()
    assert [fault["loc"] for fault in caught.value.errors()] == [(name.lower(),)]


@pytest.mark.parametrize("level", ["debug", "INFO", "Warning", "error"])
def test_a_log_level_may_be_in_either_case(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    assert Settings.load().log_level == level
