"""What a screen reader, a keyboard or weak eyes would trip over, in every state of the page."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from common.access.keys import Keys
from common.annotations.annotations import Annotations
from common.funnels.funnel import Funnel
from common.funnels.funnels import Funnels
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand, make_events
from tests.pressure.parts import Parts


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    """The colours that the reader's system prefers."""
    chosen: Literal["light", "dark"] = request.param
    return chosen


ONE = '[{"dimension":"path","operator":"is","value":"/"}]'
EITHER = f'[{{"or":{ONE}}}]'
GROUPS = quote('["/"]')
STEPS = quote(f"[{ONE},{ONE}]")


@pytest.fixture
def watched(browser: Browser, scheme: Literal["light", "dark"]) -> Iterator[Page]:
    """A page into which the checker may be put, which the page's own rules forbid."""
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.set_viewport_size({"width": 1200, "height": 2400})
    yield page
    context.close()


def find_findings(page: Page) -> list[str]:
    """What axe-core finds, each with its first element."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def test_nothing_is_found_in_a_sites_figures(watched: Page, stand: Stand) -> None:
    watched.goto(stand.at(SITE) + "&compare=previous")
    watched.wait_for_selector("[data-panel=filtered] .none")
    watched.wait_for_selector("[data-panel=devices] .rows")
    assert find_findings(watched) == []

    watched.get_by_role("button", name="Table").click()
    assert find_findings(watched) == []


@pytest.mark.parametrize("key", ["f", "c", "?"])
def test_nothing_is_found_in_what_a_key_opens(watched: Page, stand: Stand, key: str) -> None:
    watched.goto(stand.at(SITE))
    watched.wait_for_selector("[data-panel=devices] .rows")
    watched.keyboard.press(key)
    expect(watched.locator("dialog, details[open]").first).to_be_visible()

    assert find_findings(watched) == []


@pytest.fixture
def as_admin(watched: Page, parts: Parts) -> Page:
    """The page for one who may do everything."""
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=10)) as database:
        _, key = Keys(database).make("test", "axe", ["admin"])
    watched.add_init_script(f'sessionStorage.setItem("key", "{key.text}")')
    return watched


@pytest.mark.parametrize(
    ("query", "sign"),
    [
        ("detail=path", "dialog tbody tr"),
        ("detail=funnel&tab.funnel=[]", "dialog form"),
        (f"detail=funnel&tab.funnel={STEPS}", "dialog tbody tr"),
        ("detail=retention&tab.unit=day", "dialog tbody tr"),
        ("detail=journeys", "dialog tbody tr"),
        (f"detail=journeys&tab.prefixes={GROUPS}&tab.start={quote(ONE)}", "dialog .chips"),
        ("view=keys", "tbody tr"),
        ("view=settings", "[name=currency]"),
        ("view=links", ".manage form"),
        ("view=goals", ".manage form"),
        ("view=users", ".manage form"),
        ("view=new", ".manage form"),
    ],
)
def test_nothing_is_found_in_what_an_address_opens(as_admin: Page, stand: Stand, query: str, sign: str) -> None:
    as_admin.goto(stand.at(SITE) + f"&{query}")
    as_admin.wait_for_selector(sign)

    assert find_findings(as_admin) == []


def test_nothing_is_found_in_the_forms_of_what_is_kept(as_admin: Page, parts: Parts, stand: Stand) -> None:
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=10)) as database:
        Goals(database).put("test", SITE, Goal("home", path="/", filters=ONE))
        Funnels(database).put("test", SITE, Funnel("home", steps=f"[{EITHER},{ONE}]", within="90m"))
    as_admin.goto(stand.at(SITE) + "&view=goals")
    as_admin.locator("tbody tr", has_text="home").get_by_role("button", name="Edit").click()
    as_admin.wait_for_selector("form .chips")
    assert find_findings(as_admin) == []

    as_admin.goto(stand.at(SITE) + "&detail=funnel&tab.funnel=home")
    as_admin.get_by_role("button", name="Edit").click()
    as_admin.wait_for_selector("dialog .given")
    expect(as_admin.get_by_label("Step 1: kind")).to_be_focused()
    assert find_findings(as_admin) == []


def test_nothing_is_found_in_goals_and_in_a_note_on_the_graph(watched: Page, parts: Parts, stand: Stand) -> None:
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=10)) as database:
        Goals(database).put("test", SITE, Goal("signup", event="signup"))
        Annotations(database).make("test", SITE, datetime(2025, 6, 2, 12, tzinfo=UTC), "New prices")
    watched.goto(stand.at(SITE))
    watched.wait_for_selector("[data-panel=goals] .rows")
    watched.wait_for_selector(".annotations li")
    assert find_findings(watched) == []

    watched.locator("[data-panel=goals]").get_by_role("button", name="Details").click()
    watched.wait_for_selector("dialog .goal .rows")
    assert find_findings(watched) == []


@pytest.mark.parametrize("path", ["/?view=new", "/share/nothing", f"/?site={SITE}&period=30d"])
def test_nothing_is_found_at_the_gates_and_in_an_empty_period(watched: Page, stand: Stand, path: str) -> None:
    watched.goto(stand.stats.url + path)
    watched.wait_for_selector(".sign-in h1, .elsewhere")

    assert find_findings(watched) == []


def test_nothing_moves_for_who_wants_less_motion(watched: Page, stand: Stand) -> None:
    watched.route("**/v1/**", lambda _: None)
    watched.goto(stand.at(SITE))
    watched.wait_for_selector(".skeleton")
    assert watched.evaluate("document.getAnimations().length") == 0
    watched.emulate_media(reduced_motion="no-preference")
    assert watched.evaluate("document.getAnimations().length") > 0
    watched.unroute_all(behavior="ignoreErrors")


def test_paper_shows_figures_and_no_buttons(watched: Page, stand: Stand) -> None:
    watched.goto(stand.at(SITE))
    watched.wait_for_selector("[data-panel=devices] .rows")
    watched.wait_for_selector("[data-metric=visitors] strong")
    watched.emulate_media(media="print")

    assert watched.locator("[data-metric=visitors] strong").is_visible()
    assert not watched.locator(".main-menu").is_visible()
    assert not watched.get_by_role("button", name="Details").first.is_visible()


def test_nothing_is_found_where_there_are_no_figures(watched: Page, stand: Stand) -> None:
    watched.goto(stand.at("nothing-yet"))
    watched.wait_for_selector(".code pre")
    assert find_findings(watched) == []

    stand.store("another", make_events())
    watched.goto(stand.stats.url)
    watched.wait_for_selector(".cards svg.spark")
    assert find_findings(watched) == []


def test_nothing_is_found_in_the_list_of_crawlers(watched: Page, stand: Stand, scheme: str) -> None:
    at = "2025-06-02T10:00:00.000000Z"
    crawler = {"name": "GPTBot", "operator": "OpenAI", "purpose": "training"}
    stand.store(f"read-{scheme}", [{"timestamp": at, "path": "/"}])
    stand.store(f"read-{scheme}", [{"timestamp": at, "path": "/", "filtered": "bot", "crawler": crawler}])
    watched.goto(stand.at(f"read-{scheme}"))
    watched.wait_for_selector("[data-panel=crawlers] tbody tr")

    assert find_findings(watched) == []


def test_the_keyboard_reads_the_graph_point_by_point(watched: Page, stand: Stand) -> None:
    watched.goto(stand.at(SITE, "from=2025-06-02&to=2025-06-03&interval=day"))
    watched.locator(".plot svg").wait_for()
    watched.locator(".plot").focus()
    watched.keyboard.press("ArrowLeft")
    said = stand.ask("timeseries", SITE, metrics="visitors", interval="day")["data"]

    expect(watched.locator(".plot [role=status]")).to_contain_text(f"3 Jun 2025: {said[1]['visitors']}")
    watched.keyboard.press("ArrowLeft")
    expect(watched.locator(".plot [role=status]")).to_contain_text(f"2 Jun 2025: {said[0]['visitors']}")
