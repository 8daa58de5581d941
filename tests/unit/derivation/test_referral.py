import pytest

from common.derivation.page import Page, read_url
from common.derivation.referral import Referral, find_referral

PAGE = "https://www.example.co.uk/pricing"


def find(referrer: str | None, query: str = "") -> Referral:
    return find_referral(referrer, read_url(f"{PAGE}?{query}"), None)


@pytest.mark.parametrize(
    ("referrer", "source", "channel"),
    [
        ("https://www.google.com/", "Google", "search"),
        ("https://www.google.co.uk/url?q=x", "Google", "search"),
        ("https://WWW.BING.com/", "Bing", "search"),
        ("https://fr.search.yahoo.com/", "Yahoo", "search"),
        ("https://yandex.ru/search", "Yandex", "search"),
        ("https://duckduckgo.com/", "DuckDuckGo", "search"),
        ("android-app://com.google.android.googlequicksearchbox/", "Google", "search"),
        ("https://search.brave.com/", "Brave", "search"),
        ("https://t.co/abc", "X", "social"),
        ("https://l.facebook.com/l.php?u=x", "Facebook", "social"),
        ("android-app://com.facebook.katana", "Facebook", "social"),
        ("https://old.reddit.com/r/python/", "Reddit", "social"),
        ("https://www.linkedin.com/", "LinkedIn", "social"),
        ("https://news.ycombinator.com/item?id=1", "Hacker News", "social"),
        ("https://www.pinterest.de/", "Pinterest", "social"),
        ("https://fosstodon.org/", "Mastodon", "social"),
        ("https://chatgpt.com/", "ChatGPT", "ai_assistant"),
        ("https://www.perplexity.ai/", "Perplexity", "ai_assistant"),
        ("https://claude.ai/chat/1", "Claude", "ai_assistant"),
        ("https://gemini.google.com/app", "Gemini", "ai_assistant"),
        ("https://copilot.microsoft.com/", "Copilot", "ai_assistant"),
        ("https://chat.mistral.ai/", "Mistral", "ai_assistant"),
        ("https://chat.deepseek.com/", "DeepSeek", "ai_assistant"),
        ("https://mail.google.com/mail/u/0/", "Gmail", "email"),
        ("android-app://com.google.android.gm/", "Gmail", "email"),
        ("https://outlook.live.com/", "Outlook", "email"),
        ("https://webmail.example.org/", "example.org", "email"),
        ("https://googleads.g.doubleclick.net/", "Google Ads", "paid"),
        ("https://github.com/python", "GitHub", "referral"),
        ("https://blog.other.co.uk/post", "other.co.uk", "referral"),
        ("https://alice.github.io/", "alice.github.io", "referral"),
        ("https://google.evil.com/", "evil.com", "referral"),
        ("https://notgoogle.com/", "notgoogle.com", "referral"),
        ("http://192.0.2.7:8080/", "192.0.2.7", "referral"),
        ("http://intranet/", "intranet", "referral"),
        ("https://www.example.co.uk/", None, "internal"),
        ("https://example.co.uk/", None, "internal"),
        ("https://shop.example.co.uk/", None, "internal"),
        ("https://other.co.uk/", "other.co.uk", "referral"),
        ("", None, "direct"),
        (None, None, "direct"),
    ],
)
def test_a_referrer_has_a_source_and_a_channel(referrer: str | None, source: str | None, channel: str) -> None:
    found = find(referrer)
    assert (found.source, found.channel) == (source, channel)


@pytest.mark.parametrize(
    ("referrer", "query", "source", "channel"),
    [
        pytest.param("", "utm_medium=cpc&utm_source=google", "Google", "paid", id="a paid medium"),
        pytest.param("", "utm_medium=Paid-Social&utm_source=fb", "Facebook", "paid", id="any paid medium, any case"),
        pytest.param("https://www.google.com/", "gclid=x", "Google", "paid", id="a click id"),
        pytest.param("", "msclkid=x", "Bing", "paid", id="a click id names its network"),
        pytest.param(PAGE, "gclid=x", "Google", "paid", id="paid before internal"),
        pytest.param("", "utm_medium=email&utm_source=october", "october", "email", id="an email"),
        pytest.param("https://www.google.com/", "utm_medium=email", "Google", "email", id="the owner's word first"),
        pytest.param(PAGE, "utm_source=google", None, "internal", id="internal before utm_source"),
        pytest.param("", "utm_source=Facebook", "Facebook", "social", id="a known name"),
        pytest.param("", "utm_source=chatgpt.com", "ChatGPT", "ai_assistant", id="a known domain"),
        pytest.param("", "utm_source=www.google.com", "Google", "search", id="a known domain with www."),
        pytest.param("", "ref=producthunt", "Product Hunt", "social", id="ref"),
        pytest.param("https://t.co/x", "utm_source=google", "X", "social", id="a known referrer before utm_source"),
        pytest.param("https://blog.org/", "utm_source=hn", "Hacker News", "social", id="utm_source before unknown"),
        pytest.param("https://blog.org/", "utm_source=ann", "ann", "referral", id="a name that nobody knows"),
        pytest.param("", "utm_source=flyer", "flyer", "referral", id="a tagged link is not direct"),
        pytest.param("", "utm_source=ann&utm_medium=social", "ann", "social", id="a social medium"),
    ],
)
def test_what_the_url_says_counts_beside_the_referrer(referrer: str, query: str, source: str, channel: str) -> None:
    found = find(referrer, query)
    assert (found.source, found.channel) == (source, channel)


@pytest.mark.parametrize(
    ("referrer", "shown"),
    [
        ("https://WWW.Other.org/a/B?q=secret#c", "www.other.org/a/B"),
        ("https://other.org/", "other.org"),
        ("https://other.org:8080/x", "other.org/x"),
        ("https://alice:secret@other.org/x", "other.org/x"),
        ("android-app://org.telegram.messenger/https/x", "org.telegram.messenger"),
        ("https://other.org/ü", "other.org/%C3%BC"),
        (f"https://other.org/{'a' * 2_000}", f"other.org/{'a' * 990}"),
    ],
)
def test_of_a_referrer_host_and_path_are_kept(referrer: str, shown: str) -> None:
    assert find(referrer).referrer == shown


def test_without_page_referrer_and_campaign_nobody_knows_the_channel() -> None:
    assert find_referral(None, None, "example.com") == Referral()


def test_a_sender_that_says_there_is_no_referrer_is_believed() -> None:
    assert find_referral("", None, "example.com") == Referral(channel="direct")


@pytest.mark.parametrize(
    "referrer", ["nonsense", "about:blank", "https://[bad", "http://", "https://a b/", "ftp://a.org/"]
)
def test_a_referrer_that_is_no_url_is_unknown_rather_than_direct(referrer: str) -> None:
    assert find(referrer) == Referral()
    assert find_referral(referrer, None, "example.com") == Referral()
    assert find(referrer, "utm_source=hn") == Referral(None, "Hacker News", "social")
    assert find(referrer, "gclid=x").channel == "paid"


@pytest.mark.parametrize(
    ("page", "referrer", "channel"),
    [
        pytest.param("https://www.example.com/", "https://example.com:8443/", "internal", id="another port"),
        pytest.param("https://example.com/", "http://WWW.EXAMPLE.COM./", "internal", id="as another spells it"),
        pytest.param("https://bücher.example/", "https://xn--bcher-kva.example/", "internal", id="in Punycode"),
        pytest.param("http://localhost:3000/", "http://localhost:5173/", "internal", id="one label"),
        pytest.param("http://192.0.2.1:8080/x", "http://192.0.2.1/", "internal", id="an address"),
        pytest.param("http://[::1]:8080/x", "http://[0:0::1]/", "internal", id="an IPv6 address"),
        pytest.param("http://192.0.2.1/", "http://192.0.2.2/", "referral", id="a neighbour's address"),
        pytest.param("https://alice.github.io/", "https://bob.github.io/", "referral", id="a neighbour's site"),
        pytest.param("https://example.co.uk/", "https://other.co.uk/", "referral", id="a suffix is nobody's"),
    ],
)
def test_a_site_knows_itself_however_its_address_is_spelled(page: str, referrer: str, channel: str) -> None:
    assert find_referral(referrer, read_url(page), None).channel == channel


def test_the_sites_host_tells_what_is_internal_where_there_is_no_url() -> None:
    assert find_referral("https://example.com/a", None, "www.EXAMPLE.com").channel == "internal"
    assert find_referral("https://example.com/a", Page(utm_source="x"), "www.example.com").channel == "internal"


def test_two_sites_of_one_host_for_all_are_not_one_site() -> None:
    assert find_referral("https://bob.github.io/", None, "alice.github.io").channel == "referral"
