"""Who may see the page's figures: users who sign in, whoever has a link, and nobody else."""

from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.access.users import Users
from common.postgres.database import Database
from common.wire import SitesTask
from functions.process.store import PostgresStore
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
    """The database of these functions, with users of every role."""
    opened = Database(parts.settings.database_url, connections=2, timeout_seconds=10)
    Users(opened).add("test", "ada", PASSWORD, is_admin=True)
    Users(opened).add("test", "bob", PASSWORD, roles={"elsewhere": "view"})
    Users(opened).add("test", "vic", PASSWORD, roles={SITE: "view", "robots": "view"})
    Users(opened).add("test", "max", PASSWORD, roles={SITE: "manage", "robots": "manage"})
    yield opened
    opened.close()


def sign_in(page: Page, user: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(user)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def at(part: RunningPart, path: str = "/", site: str = SITE) -> str:
    """A page of stats, under the name by which a browser keeps its secure cookies."""
    return f"http://localhost:{part.port}{path}?site={site}&{PERIOD}"


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


@pytest.mark.usefixtures("stand")
def test_no_address_holds_a_password_or_a_key(page: Page, locked: RunningPart, database: Database) -> None:
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    _, key = Keys(database).make("test", "reader", ["stats"])
    page.goto(at(locked))
    sign_in(page, "vic")
    page.locator("[data-metric=visitors] strong").wait_for()
    addresses.append(page.url)
    page.locator(".main-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use an API key").click()
    page.get_by_label("API key").fill(key.text)
    page.get_by_role("button", name="Sign in").click()
    page.locator("[data-metric=visitors] strong").wait_for()
    addresses.append(page.url)

    assert [url for url in addresses if key.text in url or quote(PASSWORD) in url or PASSWORD.split()[0] in url] == []


@pytest.mark.usefixtures("database", "stand")
def test_a_user_sees_no_figure_of_a_site_that_is_not_theirs(page: Page, locked: RunningPart) -> None:
    page.goto(at(locked))
    sign_in(page, "bob")

    expect(page.locator("main > .refused")).to_contain_text("no such site")
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


@pytest.mark.usefixtures("database", "stand")
def test_goals_segments_and_notes_are_made_and_taken_away_on_the_page(page: Page, locked: RunningPart) -> None:
    filters = '[{"dimension":"browser","operator":"is","value":["Firefox"]}]'
    page.goto(at(locked) + f"&filters={quote(filters)}")
    sign_in(page, "max")
    page.locator("[data-metric=visitors] strong").wait_for()
    page.locator(".main-menu summary").click()
    page.locator(".main-menu").get_by_role("button", name="Goals and notes").click()
    goal, segment, note = (page.locator("form", has_text=f"New {name}") for name in ("goal", "segment", "note"))
    goal.get_by_label("Name").fill("order")
    goal.get_by_label("Reached by").select_option("path")
    goal.get_by_label("Type, or path").fill("/thanks*")
    goal.get_by_role("button", name="Save").click()
    segment.get_by_label("Name").fill("foxes")
    segment.get_by_role("button", name="Save").click()
    note.get_by_label("When").fill("2025-06-02T12:00")
    note.get_by_label("What happened").fill("New prices")
    note.get_by_role("button").click()
    for made, text in (("order", "page /thanks*"), ("foxes", "Browser is Firefox"), ("New prices", "Jun 2025")):
        row = page.locator("tbody tr", has_text=made)
        expect(row).to_contain_text(text)
        row.get_by_role("button", name="Delete").click()
        row.locator(".danger-button").click()
        expect(row).to_have_count(0)


@pytest.mark.usefixtures("stand")
def test_a_link_that_was_revoked_says_so_and_asks_for_no_password(
    page: Page, locked: RunningPart, database: Database
) -> None:
    link, key = Links(database).make("test", SITE, LinkDraft(name="former"))
    Links(database).revoke("test", link.link_id)
    page.goto(at(locked, f"/share/{key.text}"))

    expect(page.get_by_role("heading")).to_contain_text("shows nothing any more")
    expect(page.locator("input")).to_have_count(0)


OF_A_SITE = ["Site settings", "Shared links", "Goals and notes"]
OF_ALL = ["API keys", "Users", "Add a site"]


@pytest.mark.parametrize(("user", "entries"), [("vic", []), ("max", OF_A_SITE), ("ada", [*OF_A_SITE, *OF_ALL])])
@pytest.mark.usefixtures("database", "stand")
def test_the_menu_offers_what_the_role_may_do(page: Page, locked: RunningPart, user: str, entries: list[str]) -> None:
    page.goto(at(locked))
    sign_in(page, user)
    page.locator("[data-metric=visitors] strong").wait_for()
    page.locator(".main-menu summary").click()
    shown = page.locator(".main-menu .menu-list button").all_inner_texts()

    assert [entry for entry in shown if entry in OF_A_SITE + OF_ALL] == entries


@pytest.mark.usefixtures("database")
def test_who_need_not_sign_in_to_look_signs_in_to_change(page: Page, stand: Stand) -> None:
    page.goto(f"http://localhost:{stand.stats.port}/?site={SITE}&{PERIOD}")
    page.locator("[data-metric=visitors] strong").wait_for()
    page.locator(".main-menu summary").click()
    page.get_by_role("button", name="Add a site").click()
    expect(page.get_by_text("To change something, sign in first.")).to_be_visible()
    sign_in(page, "ada")

    expect(page.get_by_role("heading", name="New site")).to_be_visible()


@pytest.mark.usefixtures("database", "stand")
def test_a_sites_settings_are_changed_on_the_page(page: Page, locked: RunningPart) -> None:
    page.goto(at(locked) + "&view=settings")
    sign_in(page, "ada")
    page.get_by_label("Currency").fill("CHF")
    page.get_by_label("Time zone").fill("Europe/Zurich")
    page.get_by_label("Keep so many days").fill("400")
    page.get_by_label("Browsers that ask not to be tracked").select_option("honour")
    page.get_by_label("Other trackers' ids").fill("plausible:shop.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    page.reload()

    expect(page.get_by_text("being counted by the days of Europe/Zurich")).to_be_visible()
    expect(page.get_by_label("Currency")).to_have_value("CHF")
    expect(page.get_by_label("Keep so many days")).to_have_value("400")
    expect(page.get_by_label("Browsers that ask not to be tracked")).to_have_value("honour")
    expect(page.get_by_label("Other trackers' ids")).to_have_value("plausible:shop.example")


@pytest.mark.parametrize("user", ["vic", "max"])
def test_who_manages_a_site_counts_what_was_filtered_with_one_click(
    page: Page, locked: RunningPart, database: Database, stand: Stand, user: str
) -> None:
    bot = {"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/", "filtered": "bot"}
    bots = [{**bot, "event_id": str(UUID(int=number)), "user_id": f"bot-{number}"} for number in range(3)]
    stand.store("robots", [{**bot, "filtered": None, "event_id": str(UUID(int=9)), "user_id": "ann"}, *bots])
    page.set_viewport_size({"width": 1200, "height": 3000})
    page.goto(at(locked, site="robots"))
    sign_in(page, user)
    row = page.locator("[data-panel=filtered] tbody tr")
    expect(row).to_contain_text("Bots")
    button = row.get_by_role("button", name="Count them")
    if user == "vic":
        expect(button).to_have_count(0)
        return
    button.click()
    expect(row.get_by_role("status")).to_have_text("Being counted …")
    while database.run("select count(*) from filtered_restores") == [[0]]:
        page.wait_for_timeout(20)
    process = PostgresStore(database)
    while process.handle_sites(SitesTask(restores=True)).restores:
        pass

    expect(page.locator("[data-metric=visitors] strong")).to_have_text("4")
    expect(row.locator("td").nth(1)).to_have_text("3")
