"""Funnels that a site keeps: made, edited and deleted on the page, each time with the API's figures."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from common.funnels.funnel import Funnel
from common.funnels.funnels import Funnels
from tests.browser.page.dialogs import at, become_admin, dump, open_database, open_detail, read
from tests.browser.page.stand import Stand
from tests.pressure.parts import Parts

SITE = "kept"
HOME = [
    {
        "or": [
            {"dimension": "path", "operator": "is", "value": "/"},
            {"dimension": "path", "operator": "is", "value": "/home"},
        ]
    }
]
"""Conditions that are neither a page nor an event alone."""
NO_ROBOTS = [{"dimension": "browser", "operator": "is_not", "value": ["Robot"]}, HOME[0]]


@pytest.fixture(scope="module")
def kept(stand: Stand) -> Stand:
    """A site whose visitors walk on, each a page less far than the one before."""
    paths = ["/", "/cart/1", "/thanks"]
    stand.store(
        SITE,
        [
            {"timestamp": f"2025-06-02T10:{minute:02}:00.000000Z", "path": path, "user_id": f"u{visitor}"}
            for visitor in range(9)
            for minute, path in enumerate(paths[: 1 + visitor % 3])
        ],
    )
    return stand


@pytest.fixture
def admin(page: Page, parts: Parts) -> Page:
    """The page of one who manages the site."""
    become_admin(page, parts)
    return page


def keep(parts: Parts, name: str, **more: str) -> None:
    with open_database(parts) as database:
        Funnels(database).put("test", SITE, Funnel(name, **{"steps": json.dumps([HOME, at("/cart*")]), **more}))


def find(parts: Parts, name: str) -> dict[str, Any] | None:
    with open_database(parts) as database:
        return next((funnel.as_dict() for funnel in Funnels(database).list(SITE) if funnel.name == name), None)


def test_who_manages_the_site_keeps_a_funnel_by_a_name(admin: Page, kept: Stand) -> None:
    admin.goto(kept.at(SITE) + "&detail=funnel&tab.funnel=[]")
    admin.get_by_label("Step 2", exact=True).fill("/cart*")
    admin.get_by_label("Keep it for the site").fill("cart")
    admin.get_by_role("button", name="Show").click()
    admin.wait_for_url("**tab.funnel=cart**")
    expect(admin.locator("dialog tbody tr")).to_have_count(2)
    admin.reload()
    expect(admin.locator("dialog select[aria-label=Funnel]")).to_have_value("cart")


def test_a_kept_funnel_is_edited_and_its_new_figures_are_shown(admin: Page, parts: Parts, kept: Stand) -> None:
    keep(parts, "edited", steps=json.dumps([at("/"), at("/cart*")]))
    open_detail(admin, kept, SITE, "funnel", "&tab.funnel=edited")
    assert read(admin, "visitors") == ["9", "6"]
    admin.get_by_role("button", name="Edit").click()
    expect(admin.get_by_label("Step 1", exact=True)).to_have_value("/")
    admin.get_by_label("Step 2", exact=True).fill("/thanks")
    admin.get_by_label("Steps").select_option("strict")
    admin.get_by_role("button", name="Save").click()

    expect(admin.locator("[data-definition]")).to_contain_text("with nothing between")
    said = kept.ask("funnel", SITE, steps=dump([at("/"), at("/thanks")]), mode="strict")["data"]["steps"]
    assert read(admin, "visitors") == [str(step["visitors"]) for step in said] == ["9", "0"]
    admin.get_by_role("button", name="Edit").click()
    expect(admin.get_by_label("Step 2", exact=True)).to_have_value("/thanks")
    expect(admin.get_by_label("Steps")).to_have_value("strict")


def test_what_the_form_can_not_show_is_told_and_survives_an_edit(admin: Page, parts: Parts, kept: Stand) -> None:
    keep(parts, "unusual", within="90m", exclude=json.dumps(NO_ROBOTS))
    before = find(parts, "unusual")
    open_detail(admin, kept, SITE, "funnel", "&tab.funnel=unusual")
    admin.get_by_role("button", name="Edit").click()
    expect(admin.locator(".given")).to_have_count(2)
    expect(admin.locator(".given").first).to_contain_text("Page is / or Page is /home")
    expect(admin.locator(".given").first).to_contain_text("can't be edited here")
    expect(admin.get_by_label("Within")).to_have_value("90m")
    admin.get_by_role("button", name="Save").click()
    expect(admin.locator("[data-definition]")).to_contain_text("Within 90 minutes")
    assert find(parts, "unusual") == before

    admin.get_by_role("button", name="Edit").click()
    admin.get_by_role("button", name="Add a step").click()
    admin.get_by_label("Step 3", exact=True).fill("/thanks")
    admin.get_by_role("button", name="Save").click()
    expect(admin.locator("dialog tbody tr")).to_have_count(3)
    assert before is not None
    assert find(parts, "unusual") == {**before, "steps": [HOME, at("/cart*"), at("/thanks")]}


def test_steps_that_are_a_path_are_edited_and_those_left_alone_stay_to_the_letter(
    admin: Page, parts: Parts, kept: Stand
) -> None:
    home, cart = ([{"dimension": "path", "operator": "is", "value": path}] for path in ("/", "/cart/1"))
    star = [{"dimension": "path", "operator": "is", "value": "/*"}]
    order = [{"dimension": "event_type", "operator": "is", "value": "order"}]
    keep(parts, "paths", steps=json.dumps([home, cart, star, order]))
    open_detail(admin, kept, SITE, "funnel", "&tab.funnel=paths")
    admin.get_by_role("button", name="Edit").click()
    expect(admin.get_by_label("Step 1: kind")).to_have_value("path")
    expect(admin.locator(".given")).to_contain_text("Page is /*")
    admin.get_by_label("Step 2", exact=True).fill("/cart/*")
    admin.get_by_role("button", name="Save").click()
    expect(admin.locator("dialog tbody")).to_contain_text("Page matches /cart/*")
    found = find(parts, "paths")
    assert found is not None
    assert found["steps"] == [home, [{"dimension": "path", "operator": "matches", "value": ["/cart/*"]}], star, order]


def test_a_cancelled_edit_changes_nothing(admin: Page, parts: Parts, kept: Stand) -> None:
    keep(parts, "cancelled")
    before = find(parts, "cancelled")
    open_detail(admin, kept, SITE, "funnel", "&tab.funnel=cancelled")
    admin.get_by_role("button", name="Edit").click()
    admin.get_by_label("Step 2", exact=True).fill("/thanks")
    admin.get_by_role("button", name="Cancel").click()
    expect(admin.locator("dialog tbody tr")).to_have_count(2)
    assert find(parts, "cancelled") == before


def test_a_new_funnel_does_not_take_the_name_of_another(admin: Page, parts: Parts, kept: Stand) -> None:
    keep(parts, "taken")
    before = find(parts, "taken")
    admin.goto(kept.at(SITE) + "&detail=funnel&tab.funnel=[]")
    expect(admin.locator("dialog option[value=taken]")).to_have_count(1)
    admin.get_by_label("Step 2", exact=True).fill("/thanks")
    admin.get_by_label("Keep it for the site").fill("taken")
    admin.get_by_role("button", name="Show").click()
    expect(admin.get_by_role("alert")).to_contain_text("There is a funnel taken already")
    assert find(parts, "taken") == before


def test_a_refused_edit_says_why_and_stays_open(admin: Page, parts: Parts, kept: Stand) -> None:
    keep(parts, "refused")
    open_detail(admin, kept, SITE, "funnel", "&tab.funnel=refused")
    admin.get_by_role("button", name="Edit").click()
    admin.get_by_label("Step 2", exact=True).fill("/x" * 300)
    admin.get_by_label("Exclusion: kind").select_option("page")
    admin.get_by_label("Exclusion", exact=True).fill("/y" * 300)
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("alert")).to_contain_text("1,000 bytes")
    expect(admin.get_by_label("Step 2", exact=True)).to_have_value("/x" * 300)


def test_who_only_looks_edits_no_funnel(page: Page, parts: Parts, kept: Stand) -> None:
    keep(parts, "looked-at")
    open_detail(page, kept, SITE, "funnel", "&tab.funnel=looked-at")
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete", exact=True)).to_have_count(0)


def test_who_manages_the_site_deletes_a_kept_funnel_with_two_clicks(admin: Page, parts: Parts, kept: Stand) -> None:
    keep(parts, "old", within="12h")
    open_detail(admin, kept, SITE, "funnel", "&tab.funnel=old")
    expect(admin.locator("[data-definition]")).to_contain_text("Within 12 hours, of visitors with a user id")
    admin.get_by_role("button", name="Delete", exact=True).click()
    admin.get_by_role("button", name="Really delete old").click()
    expect(admin.locator("dialog select[aria-label=Funnel] option[value=old]")).to_have_count(0)
    assert find(parts, "old") is None
