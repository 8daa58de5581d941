"""What tests of the dialogs share: conditions of pages, an opened dialog, and the figures in its cells."""

import json
from contextlib import closing
from typing import Any

from playwright.sync_api import Page

from common.access.keys import Keys
from common.postgres.database import Database
from tests.browser.page.stand import Stand
from tests.pressure.parts import Parts


def at(path: str) -> list[dict[str, Any]]:
    """The conditions of a page, as the page writes them."""
    return [
        {"dimension": "event_type", "operator": "is", "value": ["page_view"]},
        {"dimension": "path", "operator": "matches", "value": [path]},
    ]


def dump(content: Any) -> str:
    """JSON as a browser writes it."""
    return json.dumps(content, separators=(",", ":"))


def open_detail(page: Page, stand: Stand, site_id: str, detail: str, more: str = "") -> None:
    """Open a dialog, and wait for its figures. No error may happen meanwhile."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stand.at(site_id) + f"&detail={detail}{more}")
    page.wait_for_selector("dialog table")
    assert errors == []


def read(page: Page, name: str) -> list[str | None]:
    """A figure's cells in the dialog."""
    return [cell.get_attribute(f"data-{name}") for cell in page.locator(f"dialog tbody [data-{name}]").all()]


def write(value: float | None) -> str | None:
    """As a cell's attribute has it."""
    return None if value is None else f"{value:g}"


def open_database(parts: Parts) -> closing[Database]:
    """The database of these functions."""
    return closing(Database(parts.settings.database_url, connections=1, timeout_seconds=30))


def become_admin(page: Page, parts: Parts) -> None:
    """From now on the page is that of one who may do everything."""
    with open_database(parts) as database:
        _, key = Keys(database).make("test", "admin", ["admin"])
    page.add_init_script(f'sessionStorage.setItem("key", "{key.text}")')
