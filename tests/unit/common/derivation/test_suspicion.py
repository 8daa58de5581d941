import pytest

from common.derivation.bots import is_bot
from common.derivation.suspicion import find_suspicion, load_spammers, read_spammers
from common.derivation.url import split_url
from common.hosts.domain import find_domain


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "Tiny Tiny RSS/1.11 (http://tt-rss.org/)",
        "curl/8.5.0",
        "python-requests/2.32.3",
        "Go-http-client/2.0",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0.0.0 Safari/537.36",
    ],
)
def test_crawlers_and_programs_are_bots(agent: str) -> None:
    assert find_suspicion(agent, None) == "bot"


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (X11; Linux x86_64; rv:26.0) Gecko/20100101 Firefox/26.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Linux; Android 15; CUBOT X90) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36",
        "",
        "-",
        "\ufffd\ufffd",
        "\ud800",
        " " * 100_000,
    ],
)
def test_browsers_and_nothing_are_no_bots(agent: str) -> None:
    assert find_suspicion(agent, None) is None


@pytest.mark.parametrize(
    ("referrer", "is_spam"),
    [
        ("http://semalt.com/project_crawl.php?u=x", True),
        ("https://48.semalt.com", True),
        ("semalt.com/crawler", True),
        ("http://SEMALT.com:80/", True),
        ("https://notsemalt.com/", False),
        ("https://example.com/semalt.com", False),
        ("nonsense", False),
        ("", False),
        (None, False),
    ],
)
def test_referrer_spam_is_told_by_its_domain(referrer: str | None, is_spam: bool) -> None:
    assert find_suspicion("", referrer) == ("spam_referrer" if is_spam else None)


def test_another_list_of_spammers_can_take_the_place_of_ours_as_it_is() -> None:
    assert read_spammers("# comment\r\nA.example\r\n\r\n b.example \nxn--c1acygb.xn--p1ai") == {
        "a.example",
        "b.example",
        "xn--c1acygb.xn--p1ai",
    }


def test_every_spammer_is_a_domain_that_somebody_registered_or_below_one() -> None:
    """A public suffix there would set aside the readers of many."""
    assert len(load_spammers()) > 100
    assert [
        name for name in load_spammers() if find_domain(name) is None or split_url(f"http://{name}").host != name
    ] == []


def test_the_list_means_the_same_here_as_in_its_own_package() -> None:
    """Its patterns are for `re`; here another engine reads them."""
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA

    listed = [agent for crawler in CRAWLER_USER_AGENTS_DATA for agent in crawler["instances"]]
    assert len(listed) > 1000
    people = ("AP3A.240617.008", "MetaIAB Facebook", "Fluid/0.9.6", "Electron/39")  # bots-people.csv, and editors
    assert [
        agent for agent in listed if len(agent) <= 512 and is_bot(agent) == any(part in agent for part in people)
    ] == []
