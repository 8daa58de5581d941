"""Days that were imported as totals are marked on the page."""

from pathlib import Path

from playwright.sync_api import Page, expect

from common.postgres.database import Database
from common.sites.changes import NewSite
from common.sites.directory import SiteDirectory
from infra.importer.options import ImportOptions
from infra.importer.totals.run import find_totals, import_totals
from infra.importer.totals.store import TotalsStore
from infra.local.stack import PROJECT
from tests.browser.page.stand import Stand
from tests.pressure.parts import Parts

FILES = sorted((PROJECT / "tests" / "data" / "totals" / "plausible").iterdir())


def bring(parts: Parts, site_id: str, files: list[Path]) -> None:
    database = Database.of(parts.settings)
    SiteDirectory(database).create("test", NewSite(site_id=site_id), "UTC")
    found = find_totals(files, "")
    assert found is not None
    assert import_totals(*found, ImportOptions(site_id), TotalsStore(database), "test").exit_code == 0
    database.close()


def test_imported_days_are_marked_in_graph_panels_and_notes(page: Page, parts: Parts, stand: Stand) -> None:
    bring(parts, "moved", FILES)
    stand.store("moved", [{"timestamp": "2023-06-03T10:00:00.000000Z", "path": "/own", "user_id": "ann"}])
    page.goto(stand.at("moved", "from=2023-06-01&to=2023-06-04"))

    expect(page.locator("[data-metric=visitors] strong")).to_have_text("19")
    notes = page.locator(".notes .imported")
    expect(notes).to_contain_text("2023-06-01 to 2023-06-02, as totals: Plausible, CSV export of totals")
    expect(notes).to_contain_text("each counts them anew")
    band = page.locator(".plot rect.imported")
    width = float(band.get_attribute("width") or 0)
    graph = page.locator(".plot svg").bounding_box()
    assert graph is not None
    assert 0.4 * graph["width"] < width < 0.6 * graph["width"]  # up to between the second and the third of four days
    expect(page.locator("[data-panel=pages] footer")).to_contain_text("With imported days")
    sources = page.locator("[data-panel=sources]")
    sources.locator(".tabs button", has_text="Channels").click()  # which the export does not tell
    expect(sources.locator("footer")).to_contain_text("Without imported days")
    page.get_by_role("button", name="Table").click()
    expect(page.locator(".figures tbody tr", has_text="imported")).to_have_count(2)

    page.goto(stand.at("moved", "from=2023-06-03&to=2023-06-04"))
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("1")
    expect(page.locator(".notes .imported, .plot rect.imported")).to_have_count(0)
