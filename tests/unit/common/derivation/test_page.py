import pytest

from common.derivation.page import MAX_URL_LENGTH, Page, read_url

SITE = "https://example.com"


@pytest.mark.parametrize(
    ("url", "hostname", "path"),
    [
        pytest.param(SITE, "example.com", "/", id="no path is the root"),
        pytest.param(f"{SITE}/a/b?q=1#c", "example.com", "/a/b", id="without query and fragment"),
        pytest.param("HTTP://WWW.Example.COM/A", "www.example.com", "/A", id="host in lower case, path as it is"),
        pytest.param("https://example.com:8443/", "example.com", "/", id="without port"),
        pytest.param("https://alice:secret@example.com/", "example.com", "/", id="without user and password"),
        pytest.param("https://example.com./", "example.com", "/", id="without the root's dot"),
        pytest.param("https://xn--bcher-kva.example/", "xn--bcher-kva.example", "/", id="Punycode is kept"),
        pytest.param("https://example.com/b%C3%BCcher%20/", "example.com", "/b%C3%BCcher%20/", id="still encoded"),
        pytest.param("https://example.com/bücher", "example.com", "/b%C3%BCcher", id="encoded as a browser does"),
        pytest.param("http://localhost:3000/x", "localhost", "/x", id="localhost"),
        pytest.param("http://[::1]:3000/x", "::1", "/x", id="an IPv6 address"),
        pytest.param("https://example.com//evil.com/", "example.com", "//evil.com/", id="two slashes in the path"),
    ],
)
def test_a_url_has_a_host_and_a_path(url: str, hostname: str, path: str) -> None:
    assert read_url(url) == Page(hostname=hostname, path=path)


def test_the_campaign_is_decoded_and_stripped() -> None:
    query = "utm_source=+News%20letter&utm_medium=e-mail&utm_campaign=Fr%C3%BChling&utm_term=&utm_content=%20"
    page = read_url(f"{SITE}/?{query}")
    assert (page.utm_source, page.utm_medium, page.utm_campaign) == ("News letter", "e-mail", "Frühling")
    assert (page.utm_term, page.utm_content) == (None, None)


@pytest.mark.parametrize(
    ("query", "source"),
    [
        pytest.param("ref=hn", "hn", id="ref"),
        pytest.param("source=hn", "hn", id="source"),
        pytest.param("source=b&ref=a", "a", id="ref before source"),
        pytest.param("ref=a&utm_source=b", "b", id="utm_source before both"),
        pytest.param("utm_source=&ref=a", "a", id="an empty utm_source is none"),
        pytest.param("utm_source=a&utm_source=b", "a", id="the first of two"),
        pytest.param("utm_source=a%00b", "ab", id="U+0000 is dropped"),
        pytest.param("utm_source=%ff", "\ufffd", id="what is no UTF-8 is replaced"),
        pytest.param(f"utm_source={'x' * 300}", "x" * 255, id="cut"),
        pytest.param(f"utm_source={'%C3%BC' * 200}", "ü" * 127, id="cut at a character"),
        pytest.param("prefer=a", None, id="nothing"),
    ],
)
def test_a_source_is_named_by_one_parameter(query: str, source: str | None) -> None:
    assert read_url(f"{SITE}/?{query}").utm_source == source


@pytest.mark.parametrize(
    ("query", "click_id"),
    [
        ("gclid=abc", "gclid"),
        ("a=b&MSCLKID=abc", "msclkid"),
        ("ttclid=1&gclid=2", "ttclid"),
        pytest.param("gclid=", None, id="an empty one is none"),
        pytest.param("fbclid=abc", None, id="Facebook marks links that nobody paid for, too"),
    ],
)
def test_a_paid_click_is_told_by_its_parameter(query: str, click_id: str | None) -> None:
    assert read_url(f"{SITE}/?{query}").click_id == click_id


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "begin with http:// or https://"),
        ("/pricing", "begin with http:// or https://"),
        ("example.com/pricing", "begin with http:// or https://"),
        ("//example.com/pricing", "begin with http:// or https://"),
        ("javascript:alert(1)", "begin with http:// or https://"),
        ("file:///etc/passwd", "begin with http:// or https://"),
        ("capacitor://localhost/home", "begin with http:// or https://"),
        ("chrome-extension://abc/popup.html", "begin with http:// or https://"),
        ("about:blank", "begin with http:// or https://"),
        ("data:text/html,hi", "begin with http:// or https://"),
        ("https:example.com", "begin with http:// or https://"),
        ("https:///pricing", "begin with http:// or https://"),
        ("https://[::1/", "valid host"),
        ("https://exam ple.com/", "valid host"),
        ("https://<b>/", "valid host"),
        ("https://example.com\uff0fevil/", "valid host"),
        (f"https://{'a' * 256}/", "valid host"),
        ("https://example.com/\0", "U+0000"),
    ],
)
def test_what_is_no_url_of_a_page_is_refused_with_a_reason(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^URL should") as caught:
        read_url(url)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        pytest.param("a" * 1_999, "a" * 1_999, id="as long as can be stored"),
        pytest.param("a" * 2_000, "a" * 1_999, id="a byte longer"),
        pytest.param("ü" * 5_000, "%C3%BC" * 333, id="between two characters"),
        pytest.param("ページ" * 1_000, "%E3%83%9A%E3%83%BC%E3%82%B8" * 74, id="not within one"),
        pytest.param(f"{'a' * 5_000}/../b", "b", id="long only until it was followed"),
    ],
)
def test_a_path_too_long_to_be_stored_is_cut_at_a_character(path: str, kept: str) -> None:
    assert read_url(f"{SITE}/{path}?utm_source=a").path == f"/{kept}"
    assert read_url(f"{SITE}/{path}?utm_source=a").utm_source == "a"


@pytest.mark.parametrize("before", ["state={}&", "s=%{}&", "{}&", "{}=1&"])
def test_a_long_query_costs_nobody_the_view(before: str) -> None:
    page = read_url(f"{SITE}/callback?{before.format('a' * 50_000)}utm_source=a#{'b' * 500_000}")
    assert (page.path, page.utm_source) == ("/callback", "a")


def test_of_a_url_that_goes_on_and_on_the_start_is_read() -> None:
    page = read_url(f"{SITE}/a?ref=b&c={'d' * MAX_URL_LENGTH}&utm_campaign=e")
    assert page == Page("example.com", "/a", utm_source="b")


def test_of_very_many_parameters_the_first_are_read() -> None:
    few = "https://example.com/?" + "&" * 998 + "utm_source=news"
    many = "https://example.com/?" + "&" * 1_000 + "utm_source=news"
    assert (read_url(few).utm_source, read_url(many).utm_source) == ("news", None)
