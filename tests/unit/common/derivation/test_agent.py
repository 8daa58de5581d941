import re
from pathlib import Path

import pytest

from common.derivation.agent import Agent, read_agent

LOG = Path(__file__).resolve().parents[3] / "data" / "access-2015-05-17.log"
CHROME = "AppleWebKit/537.36 Chrome/130.0.0.0"


@pytest.mark.parametrize(
    ("agent", "browser", "os", "device"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome", "Windows", "desktop"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/130.0.0.0", "Edge", "Windows", "desktop"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "Chrome", "Chrome OS", "desktop"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
            "Safari", "Mac OS X", "desktop",
        ),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 "
            "Firefox/132.0", "Firefox", "Ubuntu", "desktop",
        ),
        (
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Tablet PC 2.0)",
            "IE", "Windows", "desktop",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) "
            "AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1",
            "Mobile Safari", "iOS", "mobile",
        ),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "Chrome Mobile", "Android", "mobile"),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-S911B) "
            "AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
            "Samsung Internet", "Android", "mobile",
        ),
        ("Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", "Firefox Mobile", "Android", "mobile"),
        ("Dalvik/1.6.0 (Linux; U; Android 4.1.2; GT-I8552 Build/JZO54K)", "Android", "Android", "mobile"),
        (
            "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/34.1244; U; en) "
            "Presto/2.8.119 Version/11.10", "Opera Mini", None, "mobile",
        ),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36", "Chrome", "Android", "tablet"),
        ("Mozilla/5.0 (Android 15; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0", "Firefox Mobile", "Android", "tablet"),
        (
            "Mozilla/5.0 (iPad; CPU OS 7_0_4 like Mac OS X) AppleWebKit/537.51.1 "
            "Version/7.0 Mobile/11B554a Safari/9537.53",
            "Mobile Safari", "iOS", "tablet",
        ),
        (
            "Mozilla/5.0 (Linux; U; en-us; KFAPWI Build/JDQ39) AppleWebKit/535.19 "
            "(KHTML, like Gecko) Silk/3.13 Safari/535.19",
            "Amazon Silk", "Linux", "tablet",
        ),
        (
            "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/538.1 Version/6.0 TV Safari/538.1",
            "Safari", "Tizen", "tv",
        ),
        (f"Mozilla/5.0 (Linux; Android 9; AFTSSS) {CHROME} Mobile Safari/537.36", "Chrome Mobile", "Android", "tv"),
        (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {CHROME} Safari/537.36", "Chrome", "Web0S", "tv"),
        (
            "Mozilla/5.0 (PlayStation; PlayStation 5/6.00) AppleWebKit/605.1.15 Version/15.4 Safari/605.1.15",
            "Safari", None, "console",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox Series X) "
            f"{CHROME} Safari/537.36 Edg/130.0", "Edge", "Windows", "console",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; Quest 3) "
            "AppleWebKit/537.36 OculusBrowser/35.0 Chrome/130.0.0.0 VR Safari/537.36",
            "Oculus Browser", "Android", "other",
        ),
        ("curl/8.5.0", "curl", None, "other"),
        ("nonsense", None, None, "other"),
        ("after eight", None, None, "other"),
    ],
)  # fmt: skip
def test_a_user_agent_names_browser_system_and_device(agent: str, browser: str, os: str, device: str) -> None:
    assert read_agent(agent) == Agent(browser, os, device)  # type: ignore[arg-type]


@pytest.mark.parametrize("agent", ["", " ", "\0", "\ud800"])
def test_an_agent_that_says_nothing_gives_no_browser_system_or_device(agent: str) -> None:
    assert read_agent(agent) == Agent()


def test_what_a_stranger_sends_fits_the_queue() -> None:
    for agent in ("\0" * 9000, "Firefox/" + "9" * 9000, "ü" * 9000, "Mozilla" * 40 + "Android" * 40, "(" * 9000):
        found = read_agent(agent)
        assert all(len((label or "").encode()) <= 100 for label in (found.browser, found.os))
    assert read_agent("x" * 600 + " Firefox/1.0").browser is None


def test_most_of_a_real_log_is_known() -> None:
    agents = set(re.findall(r'"([^"]*)"$', LOG.read_text(errors="replace"), re.MULTILINE))
    found = [read_agent(agent) for agent in agents]
    assert len(agents) > 300
    assert sum(agent.browser is not None for agent in found) > 0.85 * len(found)
    assert sum(agent.device == "desktop" for agent in found) > 0.5 * len(found)
