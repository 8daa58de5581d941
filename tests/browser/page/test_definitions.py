"""Goals, segments and notes are edited on the page, and what its forms do not show stays as it is."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from common.annotations.annotations import Annotations
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.segments.segment import Segment
from common.segments.segments import Segments
from tests.browser.page.conftest import SITE
from tests.browser.page.dialogs import become_admin, open_database
from tests.browser.page.stand import Stand
from tests.pressure.parts import Parts

EITHER = {
    "or": [
        {"dimension": "country", "operator": "is", "value": "DE"},
        {"dimension": "os", "operator": "is", "value": "Linux"},
    ]
}
FIREFOX = {"dimension": "browser", "operator": "is", "value": ["Firefox"]}


@pytest.fixture
def definitions(page: Page, parts: Parts, stand: Stand) -> Page:
    """The page of definitions, for an admin; the site has one of each."""
    with open_database(parts) as database:
        Goals(database).put(
            "test", SITE, Goal("signup", event="signup", filters=json.dumps([EITHER]), has_revenue=True)
        )
        Segments(database).put("test", SITE, Segment("some", json.dumps([EITHER, FIREFOX])))
        for one in Annotations(database).list(SITE):
            Annotations(database).delete("test", SITE, one.annotation_id)
        Annotations(database).make("test", SITE, datetime(2025, 6, 2, 12, 34, 56, 789, tzinfo=UTC), "New pices")
    become_admin(page, parts)
    page.goto(stand.at(SITE) + "&view=goals")
    return page


def edit(page: Page, text: str) -> Locator:
    page.locator("tbody tr", has_text=text).get_by_role("button", name="Edit").click()
    return page.locator("form", has_text="Edit ").last


def save(form: Locator) -> None:
    form.get_by_role("button", name="Save").click()
    expect(form.page.locator("h3", has_text="Edit ")).to_have_count(0)


def add_browser(page: Page, form: Locator, value: str) -> None:
    form.get_by_role("button", name="Add a condition").click()
    dialog = page.locator(".filter-form")
    dialog.get_by_label("What").select_option("browser")
    dialog.get_by_label("Value").fill(value)
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)


def list_goals(parts: Parts) -> list[dict[str, Any]]:
    with open_database(parts) as database:
        return [goal.as_dict() for goal in Goals(database).list(SITE) if goal.name != "new"]


def test_a_goal_is_edited_and_its_conditions_stay(definitions: Page, parts: Parts) -> None:
    form = edit(definitions, "event signup")
    expect(form.get_by_label("Type, or path")).to_have_value("signup")
    expect(form.get_by_label("Show its revenue")).to_be_checked()
    form.get_by_label("Reached by").select_option("path")
    form.get_by_label("Type, or path").fill("/thanks*")
    save(form)
    expect(definitions.locator("tbody tr", has_text="page /thanks*")).to_have_count(1)
    assert list_goals(parts) == [{"name": "signup", "path": "/thanks*", "filters": [EITHER], "has_revenue": True}]


def test_conditions_of_a_goal_are_changed_apart_from_the_pages_filters(definitions: Page, parts: Parts) -> None:
    form = edit(definitions, "event signup")
    form.get_by_label("Type, or path").fill("join")
    add_browser(definitions, form, "Firefox")
    expect(form.get_by_label("Type, or path")).to_have_value("join")
    assert "filters" not in definitions.url
    form.get_by_label("Show its revenue").uncheck()
    save(form)
    filters = [EITHER, FIREFOX]
    assert list_goals(parts) == [{"name": "signup", "event": "join", "filters": filters, "has_revenue": False}]


def test_a_new_goal_can_have_conditions_and_takes_no_others_name(definitions: Page, parts: Parts) -> None:
    before = list_goals(parts)
    form = definitions.locator("form", has_text="New goal")
    form.get_by_label("Name").fill("signup")
    form.get_by_label("Type, or path").fill("other")
    add_browser(definitions, form, "Firefox")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert")).to_contain_text("There is a signup already")
    assert list_goals(parts) == before
    form.get_by_label("Name").fill("new")
    form.get_by_role("button", name="Save").click()
    expect(definitions.locator("tbody tr", has_text="event other")).to_contain_text("Browser is Firefox")


def test_a_segment_is_edited_condition_by_condition(definitions: Page, parts: Parts) -> None:
    form = edit(definitions, "some")
    expect(form.locator(".chip")).to_have_count(2)
    form.get_by_role("button", name="Browser is Firefox", exact=True).click()
    definitions.locator(".filter-form").get_by_label("How").select_option("is_not")
    definitions.locator(".filter-form").get_by_role("button", name="Apply").click()
    save(form)
    expect(definitions.locator("tbody tr", has_text="some")).to_contain_text("Browser is not Firefox")
    with open_database(parts) as database:
        [segment] = Segments(database).list(SITE)
    assert json.loads(segment.filters) == [EITHER, {**FIREFOX, "operator": "is_not"}]


def test_a_note_gets_another_text_at_the_very_same_time(definitions: Page, parts: Parts) -> None:
    form = edit(definitions, "New pices")
    expect(form.get_by_label("When, by your clock")).to_be_focused()
    form.get_by_label("What happened").fill("New prices")
    save(form)
    expect(definitions.locator("tbody tr", has_text="New prices")).to_have_count(1)
    with open_database(parts) as database:
        [note] = Annotations(database).list(SITE)
    assert (note.at, note.text) == (datetime(2025, 6, 2, 12, 34, 56, 789, tzinfo=UTC), "New prices")


def test_a_note_gets_another_time_by_the_readers_clock(definitions: Page, parts: Parts) -> None:
    form = edit(definitions, "New pices")
    form.get_by_label("When, by your clock").fill("2025-06-03T10:00")
    save(form)
    with open_database(parts) as database:
        [note] = Annotations(database).list(SITE)
    local = definitions.evaluate("new Date('2025-06-03T10:00').toISOString()")
    assert note.at == datetime.fromisoformat(local)


def test_an_edit_is_cancelled_and_what_is_deleted_is_edited_no_more(definitions: Page, parts: Parts) -> None:
    form = edit(definitions, "event signup")
    form.get_by_label("Type, or path").fill("other")
    form.get_by_role("button", name="Cancel").click()
    expect(definitions.locator("h3", has_text="New goal")).to_have_count(1)
    assert list_goals(parts)[0]["event"] == "signup"

    edit(definitions, "event signup")
    row = definitions.locator("tbody tr", has_text="event signup")
    row.get_by_role("button", name="Delete").click()
    row.locator(".danger-button").click()
    expect(definitions.locator("h3", has_text="New goal")).to_have_count(1)
    assert list_goals(parts) == []
