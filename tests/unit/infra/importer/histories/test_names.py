"""Names of browsers, systems, devices and countries are those that a user agent or an address would give."""

import pytest

from infra.importer.histories.countries import find_country_code
from infra.importer.histories.names import name_browser, name_device, name_system


@pytest.mark.parametrize(
    ("browser", "system", "known"),
    [
        ("Chrome 120", "Windows 11", ("Chrome", "Windows")),
        ("chrome", "Android OS", ("Chrome Mobile", "Android")),
        ("crios", "iOS", ("Chrome Mobile iOS", "iOS")),
        ("Safari 17.2", "macOS 14", ("Safari", "Mac OS X")),
        ("Safari", "iOS 17.1", ("Mobile Safari", "iOS")),
        ("edge-chromium", "Windows 10", ("Edge", "Windows")),
        ("Firefox", "GNU/Linux", ("Firefox", "Linux")),
        ("Lunascape 6", "(not set)", ("Lunascape", "")),
        ("", "", ("", "")),
    ],
)
def test_browsers_and_systems(browser: str, system: str, known: tuple[str, str]) -> None:
    found = name_system(system)
    assert (name_browser(browser, found), found) == known


def test_devices() -> None:
    given = ("Laptop", "desktop", "Smartphone", "Tablet", "smart tv", "watch", "")
    assert list(map(name_device, given)) == ["desktop", "desktop", "mobile", "tablet", "tv", None, None]


@pytest.mark.parametrize(
    ("name", "code"),
    [("Germany", "DE"), ("Bosnia & Herzegovina", "BA"), ("Côte d’Ivoire", "CI"), ("Cote d'Ivoire", "CI"),
     ("Hong Kong", "HK"), ("Türkiye", "TR"), ("Turkey", "TR"), ("The Bahamas", "BS"), ("(not set)", ""), ("", "")],
)  # fmt: skip
def test_countries(name: str, code: str) -> None:
    assert find_country_code(name) == code
