"""Referrers and names of sources as they come in the field."""

import pytest

from common.derivation.page import read_url
from common.derivation.referral import Referral, find_referral

PAGE = "https://www.example.com/"


def find(referrer: str, query: str = "") -> Referral:
    return find_referral(referrer, read_url(f"{PAGE}?{query}"), None)


def name(utm_source: str) -> tuple[str | None, str | None]:
    found = find("", f"utm_source={utm_source}")
    return found.source, found.channel


@pytest.mark.parametrize(
    "host",
    [
        "www.google.com",
        "www.google.co.uk",
        "google.de",
        "images.google.fr",
        "www.google.com.br",
        "m.baidu.com",
        "search.yahoo.co.jp",
        "fr.search.yahoo.com",
        "www.yahoo.com",
        "yandex.com.tr",
        "search.naver.com",
        "m.naver.com",
        "search.daum.net",
        "search.seznam.cz",
        "lite.duckduckgo.com",
        "cn.bing.com",
        "search.aol.co.uk",
    ],
)
def test_a_search_companys_search_is_search(host: str) -> None:
    assert find(f"https://{host}/").channel == "search"


@pytest.mark.parametrize(
    "service",
    ["accounts", "chat", "meet", "calendar", "groups", "search", "contacts", "keep", "play", "support", "cloud"],
)
def test_googles_services_are_no_search(service: str) -> None:
    found = find(f"https://{service}.google.com/")
    assert (found.channel, found.source == "Google") == ("referral", False)


@pytest.mark.parametrize(
    ("host", "source", "channel"),
    [
        ("accounts.google.com", "accounts.google.com", "referral"),
        ("groups.google.co.uk", "Google Groups", "referral"),
        ("meet.google.com", "Google Meet", "referral"),
        ("finance.yahoo.com", "Yahoo Finance", "referral"),
        ("mail.yahoo.co.uk", "Yahoo Mail", "email"),
        ("market.yandex.ru", "Yandex Market", "referral"),
        ("mail.yandex.kz", "Yandex Mail", "email"),
        ("blog.naver.com", "Naver Blog", "referral"),
        ("cafe.naver.com", "Naver Cafe", "social"),
        ("tieba.baidu.com", "Baidu Tieba", "social"),
        ("pan.baidu.com", "pan.baidu.com", "referral"),
        ("help.kagi.com", "help.kagi.com", "referral"),
        ("login.live.com", "live.com", "referral"),
        ("wiadomosci.onet.pl", "onet.pl", "referral"),
        ("www-example-org.cdn.ampproject.org", "Google AMP", "referral"),
        ("www-example-org.translate.goog", "Google Translate", "referral"),
        ("www.google.com/maps/place/x", "Google Maps", "referral"),
        ("www.bing.com/chat", "Copilot", "ai_assistant"),
        ("yandex.ru/maps/213", "Yandex Maps", "referral"),
    ],
)
def test_what_else_a_search_company_has_is_named_for_itself(host: str, source: str, channel: str) -> None:
    found = find(f"https://{host}")
    assert (found.source, found.channel) == (source, channel)


@pytest.mark.parametrize("host", ["google.github.io", "yahoo.blogspot.com", "yandex.vercel.app", "google.evil.com"])
def test_a_name_that_anybody_may_take_is_no_search_company(host: str) -> None:
    assert find(f"https://{host}/").channel == "referral"


def test_a_tag_says_more_than_a_sign_in_at_google() -> None:
    assert find("https://accounts.google.com/", "utm_source=hn").source == "Hacker News"


@pytest.mark.parametrize(
    "app",
    [
        "com.stickypassword.android",
        "de.idealo.android",
        "com.andrewshu.android.reddit",
        "com.laurencedawson.reddit_sync",
        "com.sec.android.app.sbrowser",
        "ru.yandex.taxi",
    ],
)
def test_an_app_that_no_list_knows_keeps_its_whole_id(app: str) -> None:
    assert find(f"android-app://{app}/") == Referral(app, app, "referral")


@pytest.mark.parametrize(
    ("app", "source", "channel"),
    [
        ("com.google.android.gm", "Gmail", "email"),
        ("com.google.android.gm.lite", "Gmail", "email"),
        ("com.google.android.apps.tachyon", "Google Meet", "referral"),
        ("com.google.android.googlequicksearchbox/https/www.google.com", "Google", "search"),
        ("com.Slack", "Slack", "social"),
        ("com.pinterest/", "Pinterest", "social"),
        ("m.facebook.com", "Facebook", "social"),
        ("com.linkedin.android", "LinkedIn", "social"),
        ("com.reddit.frontpage/", "Reddit", "social"),
        ("com.quora.android", "Quora", "social"),
    ],
)
def test_a_known_app_has_its_source(app: str, source: str, channel: str) -> None:
    found = find(f"android-app://{app}")
    assert (found.source, found.channel) == (source, channel)


def test_an_app_on_ios_is_told_by_its_number() -> None:
    assert find("ios-app://544007664/vnd.youtube/x").source == "YouTube"
    assert find("ios-app://123456789/").source == "123456789"


@pytest.mark.parametrize(
    "host",
    [
        "deref-gmx.net",
        "deref-gmx.com",
        "deref-web.de",
        "deref-mail.com",
        "deref-1und1-02.de",
        "deref-1und1-07.de",
        "navigator-bs.gmx.net",
        "eur02.safelinks.protection.outlook.com",
        "mail.proton.me",
        "webmail2.other.org",
        "email.mg.other.org",
        "lightmailer-bap.web.de",
        "outlook.other.org",
        "u1.ct.sendgrid.net",
        "mail.google.com",
    ],
)
def test_mail_that_is_read_in_a_browser_is_email(host: str) -> None:
    assert find(f"https://{host}/mail/client/dereferrer/").channel == "email"


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("twitter", "X"),
        ("Twitter", "X"),
        ("twitter.com", "X"),
        ("tw", "X"),
        ("stackoverflow", "Stack Overflow"),
        ("stack_overflow", "Stack Overflow"),
        ("devto", "DEV"),
        ("ycombinator", "Hacker News"),
        ("Hacker+News", "Hacker News"),
        ("hacker-news", "Hacker News"),
        ("openai", "ChatGPT"),
        ("chat-gpt", "ChatGPT"),
        ("chatgpt.com", "ChatGPT"),
        ("th", "Threads"),
        ("ig", "Instagram"),
        ("msg", "Messenger"),
        ("getpocket", "Pocket"),
        ("www.youtube.com", "YouTube"),
        ("https%3A%2F%2Fwww.facebook.com%2Fpage", "Facebook"),
        ("telegram.com", "Telegram"),
        ("discordapp", "Discord"),
        ("Product%20Hunt", "Product Hunt"),
    ],
)
def test_a_source_is_known_as_people_write_it(written: str, source: str) -> None:
    assert name(written)[0] == source


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("fb_ads", "Facebook"),
        ("facebook-ads", "Facebook"),
        ("Google+Ads", "Google"),
        ("googleads", "Google"),
        ("google-ads", "Google"),
        ("adwords", "Google"),
        ("bing-ads", "Bing"),
        ("linkedin_ads", "LinkedIn"),
        ("TikTok+Ads", "TikTok"),
        ("an", "Audience Network"),
        ("google_cpc", "Google"),
    ],
)
def test_a_name_of_advertisements_is_that_of_a_paid_visit(written: str, source: str) -> None:
    assert name(written) == (source, "paid")


def test_paid_by_name_counts_before_the_networks_own_referrer() -> None:
    assert find("https://l.facebook.com/", "utm_source=fb_ads").channel == "paid"


@pytest.mark.parametrize("written", ["spring_ads", "leads", "My_Partner", "th.com", "october.com", "ads", "_ads"])
def test_a_name_that_nobody_knows_stays_as_it_is(written: str) -> None:
    assert name(written) == (written, "referral")


@pytest.mark.parametrize("query", ["utm%5Fsource=news&utm%5Fmedium=email", "%75tm_source=news&utm_mediu%6d=email"])
def test_the_name_of_a_parameter_may_be_encoded(query: str) -> None:
    page = read_url(f"{PAGE}?{query}")
    assert (page.utm_source, page.utm_medium) == ("news", "email")
    assert read_url(f"{PAGE}?%67clid=x").click_id == "gclid"


def test_values_are_decoded_as_a_forms_are() -> None:
    page = read_url(f"{PAGE}?utm_source=&utm_source=a+b%20%C3%A9&utm_source=c&utm_campaign=100%25+off%2C&utm_term=%zz%")
    assert (page.utm_source, page.utm_campaign, page.utm_term) == ("a b é", "100% off,", "%zz%")
    assert find("", "utm_source=tiktok&ttclid=" + "E_C_P_" * 100) == Referral(None, "TikTok", "paid")
    assert find("", "fbclid=x").channel == "direct"


@pytest.mark.parametrize(
    ("page", "referrer", "channel"),
    [
        (PAGE, "http://example.com/a", "internal"),
        (PAGE, "https://example.com:8443/", "internal"),
        (PAGE, "https://WWW.EXAMPLE.COM/", "internal"),
        (PAGE, "https://blog.example.com/", "internal"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", "internal"),
        ("http://localhost:3000/", "http://localhost:5173/", "internal"),
        ("http://192.0.2.1:8080/x", "http://192.0.2.1/", "internal"),
        ("https://alice.github.io/", "https://bob.github.io/", "referral"),
        ("https://example.co.uk/", "https://other.co.uk/", "referral"),
    ],
)
def test_a_site_is_no_source_of_itself(page: str, referrer: str, channel: str) -> None:
    assert find_referral(referrer, read_url(page), None).channel == channel


@pytest.mark.parametrize("referrer", ["https://[bad", "ftp://example.org/", "about:blank", "www.example.org", "null"])
def test_a_referrer_that_cannot_be_read_has_no_channel(referrer: str) -> None:
    assert find(referrer) == Referral()
