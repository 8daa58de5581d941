"""Slots, and the settings that name groups."""

import pytest
from pydantic import ValidationError

from common.groups.slots import SLOTS, find_slot
from common.placement import find_stripe
from common.settings import Settings


def test_sites_are_spread_over_all_slots_and_stay_in_theirs() -> None:
    slots = [find_slot(f"site-{number}") for number in range(5_000)]
    assert set(slots) == set(range(SLOTS))
    assert find_slot("blog") == 162  # a stored map relies on it


def test_what_ingest_puts_into_one_entry_is_in_a_range_of_slots() -> None:
    sites = [f"site-{number}" for number in range(500)]
    assert all(find_slot(site_id) // 32 == find_stripe(site_id) for site_id in sites)


def test_groups_are_read_from_one_setting() -> None:
    settings = Settings(database_groups="second=postgresql://a@b/c\nthird=postgresql://a@d/e?options=-csearch_path%3Dx")
    assert settings.database_urls == {
        "second": "postgresql://a@b/c",
        "third": "postgresql://a@d/e?options=-csearch_path%3Dx",
    }


@pytest.mark.parametrize("text", ["home=postgresql://a@b/c", "x=http://a", "x", "x=postgresql://a@b/c " * 2])
def test_a_setting_that_names_no_groups_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="database_groups"):
        Settings(database_groups=text)
