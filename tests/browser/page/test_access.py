"""Who may see the page's figures: users who sign in, whoever has a link, and nobody else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from common.access.links import LinkDraft, Links
from common.access.users import Users
from common.postgres.database import Database
from tests.browser.page.conftest import SITE
from tests.browser.page.stand import PERIOD, Stand
from tests.pressure.parts import Parts, RunningPart

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def locked(parts: Parts) -> RunningPart:
    """Stats that answers nobody without a key, a session or a link."""
    return parts.start("stats", stats_without_key="never")


@pytest.fixture(scope="module")
def database(locked: RunningPart, parts: Parts) -> Iterator[Database]:
    """The database of these functions, with two users."""
    opened = Database(parts.settings.database_url, connections=2, timeout_seconds=10)
    Users(opened).add("test", "ada", PASSWORD, is_admin=True)
    Users(opened).add("test", "bob", PASSWORD, roles={"elsewhere": "view"})
    yield opened
    opened.close()


def sign_in(page: Page, user: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def at(part: RunningPart, path: str = "/") -> str:
    """A page of stats, under the name by which a browser keeps its secure cookies."""
    return f"http://localhost:{part.port}{path}?site={SITE}&{PERIOD}"


@pytest.mark.usefixtures("database", "stand")
def test_a_user_signs_in_sees_figures_and_signs_out(page: Page, locked: RunningPart) -> None:
    page.goto(at(locked))
    sign_in(page, "ada", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    sign_in(page, "ada")
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("30")
    page.reload()
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("30")
    page.locator(".main-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.reload()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.mark.usefixtures("database", "stand")
def test_a_user_sees_no_figure_of_a_site_that_is_not_theirs(page: Page, locked: RunningPart) -> None:
    page.goto(at(locked))
    sign_in(page, "bob")

    expect(page.locator(".refused")).to_contain_text("no such site")
    expect(page.locator("[data-metric]")).to_have_count(0)


@pytest.mark.usefixtures("stand")
def test_a_link_with_a_password_shows_its_part_of_the_figures(
    page: Page, locked: RunningPart, database: Database, stand: Stand
) -> None:
    filters = '[{"dimension":"browser","operator":"is","value":["Firefox"]}]'
    draft = LinkDraft(name="team", filters=filters, password=PASSWORD)
    _, key = Links(database).make("test", SITE, draft)
    page.goto(at(locked, f"/share/{key.text}"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()
    said = stand.ask("summary", SITE, filters=filters)["data"]["visitors"]

    expect(page.locator("[data-metric=visitors] strong")).to_have_text(str(said))
    expect(page.locator("[data-panel=devices] .rows tbody tr")).to_have_count(1)


@pytest.mark.usefixtures("database", "stand")
def test_keys_links_and_users_are_made_and_taken_away_on_the_page(page: Page, locked: RunningPart) -> None:
    page.goto(at(locked))
    sign_in(page, "ada")
    page.locator("[data-metric=visitors] strong").wait_for()
    for menu, button in (("API keys", "Make a key"), ("Shared links", "Share")):
        page.locator(".main-menu summary").click()
        page.locator(".main-menu").get_by_role("button", name=menu).click()
        page.get_by_label("Name").fill("for a test")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.locator(".code pre")).not_to_be_empty()
        row = page.locator("tbody tr", has_text="for a test")
        row.locator("button").click()
        row.locator("button").first.click()
        expect(row.locator(".sure")).to_have_count(0)
    page.locator(".main-menu summary").click()
    page.locator(".main-menu").get_by_role("button", name="Users").click()
    page.get_by_label("Name").fill("eve")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("tbody tr", has_text="eve")).to_be_visible()
