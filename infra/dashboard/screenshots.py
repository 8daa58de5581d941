"""Pictures of the demo site's page for the documents: `python -m infra.dashboard.screenshots [URL]`.

The system has to run, with its demo (`make up`, `make demo`); a chromium has to be there.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "dashboard"


@dataclass(frozen=True)
class Picture:
    """A file, and the window that it shows."""

    name: str
    width: int
    height: int
    is_dark: bool
    query: str


PICTURES = (
    Picture("light", 1200, 860, is_dark=False, query="period=30d&compare=previous"),
    Picture("dark", 1200, 860, is_dark=True, query="period=30d"),
    Picture("phone", 390, 844, is_dark=False, query="period=30d"),
)


BESIDE = 800
"""From so many pixels on panels stand beside each other, so that two are in the picture."""


def take_pictures(url: str, site_id: str = "demo", folder: Path = FOLDER) -> list[Path]:
    """Write the pictures; returns where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"] if is_root else [])
        taken = [_take(browser, f"{url.rstrip('/')}/?site={site_id}", picture, folder) for picture in PICTURES]
        browser.close()
    return taken


def _take(browser: Browser, address: str, picture: Picture, folder: Path) -> Path:
    size = {"width": picture.width, "height": picture.height}
    scheme = "dark" if picture.is_dark else "light"
    context = browser.new_context(
        viewport=size,  # type: ignore[arg-type]
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address}&{picture.query}")
    page.wait_for_selector("[data-metric=visitors] strong")
    page.wait_for_selector(".plot svg path.line")
    for panel in ("sources", "pages") if picture.width >= BESIDE else ("sources",):
        page.wait_for_selector(f"[data-panel={panel}] .rows")
    path = folder / f"{picture.name}.png"
    page.screenshot(path=path)
    context.close()
    return path


if __name__ == "__main__":
    for written in take_pictures(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:3003"):
        sys.stdout.write(f"{written}\n")
