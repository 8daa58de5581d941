"""What a browser would go to. The expected hosts and paths are those of WHATWG's URL, as Node.js gives them."""

import json
import re
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.derivation.page import read_url
from common.derivation.referral import read_referrer
from common.derivation.url import Url, cut_path, split_url

WHATWG: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data/urltestdata.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param(r"https://ex.com\@evil.com/", "ex.com", id="a backslash is a slash"),
        pytest.param(r"https:\\ex.com\a", "ex.com", id="also before the host"),
        pytest.param("https://ex.com\t\n.org/", "ex.com.org", id="tabs and line ends are left out"),
        pytest.param("ht\ntp\t:/\r/ex.com/", "ex.com", id="also from the scheme"),
        pytest.param("\x00 https://ex.com/ \n", "ex.com", id="and what is around it"),
        pytest.param("https://a:b@c@ex.com/", "ex.com", id="the last @ ends user and password"),
        pytest.param("https://ex.com#@evil.com/", "ex.com", id="a fragment ends the host"),
        pytest.param("https://ex.com?@evil.com/", "ex.com", id="a query ends the host"),
        pytest.param("HTTPS://EX.COM./", "ex.com", id="in lower case, without the root's dot"),
        pytest.param("https://ex.com:/", "ex.com", id="no port after its colon"),
        pytest.param("https://ex.com:0065535/", "ex.com", id="the last port, with zeros before it"),
        pytest.param("https://EX%41mple.com/", "example.com", id="encoded"),
        pytest.param("https://ｅｘ。com/", "ex.com", id="wide letters and the dot of another script"),
        pytest.param("https://BÜCHER.example/", "xn--bcher-kva.example", id="in Punycode"),
        pytest.param("https://xn--bcher-kva.example/", "xn--bcher-kva.example", id="Punycode as it is"),
        pytest.param("https://faß.example/", "xn--fa-hia.example", id="a sharp s stays one"),
        pytest.param("https://ΑΣ/", "xn--mxa0b", id="a last sigma is as any other"),
        pytest.param("https://ex\u00adam\u200bple.com/", "example.com", id="what is not seen is left out"),
        pytest.param("https://☺.example/", "xn--74h.example", id="a sign"),
        pytest.param("https://日本語.example/", "xn--wgv71a119e.example", id="a name in another script"),
        pytest.param("https://a_b.ex-am.ple/", "a_b.ex-am.ple", id="an underscore"),
        pytest.param("https://localhost/", "localhost", id="one label"),
        pytest.param("https://2130706433/", "127.0.0.1", id="an address as one number"),
        pytest.param("https://0x7f.0.01/", "127.0.0.1", id="an address in hexadecimal and octal"),
        pytest.param("http://0x7f.1/", "127.0.0.1", id="an address in two parts"),
        pytest.param("https://[::FFFF:0:1]:80/", "::ffff:0:1", id="an IPv6 address"),
        pytest.param("https://[1:0:0:2:0:0:0:3]/", "1:0:0:2::3", id="an IPv6 address in short"),
    ],
)
def test_a_host_is_the_one_that_a_browser_would_go_to(url: str, host: str) -> None:
    assert split_url(url).host == host
    assert read_url(url.replace("\0", "")).hostname == host
    assert read_referrer(url)[0] == host


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("", "/"),
        (r"\a\b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/./b/.", "/a/b/"),
        ("/a/b/..", "/a/"),
        ("/../..", "/"),
        ("/a/%2E%2e/b", "/b"),
        ("/.well-known/...", "/.well-known/..."),
        ("//a//", "//a//"),
        ("/ü b", "/%C3%BC%20b"),
        ("/%c3%bc%zz", "/%c3%bc%zz"),
        ("/%7Euser/%2e%2e/a%2Fb", "/a%2Fb"),
        ("/ページ", "/%E3%83%9A%E3%83%BC%E3%82%B8"),
        ("/'\"<>`{}|[]", "/'%22%3C%3E%60%7B%7D|[]"),
        ("/a\tb", "/ab"),
        ("/a^b", "/a%5Eb"),
        ("/a\ud800b", "/a%EF%BF%BDb"),
    ],
)
def test_a_path_is_the_one_that_a_browser_would_ask_for(path: str, read: str) -> None:
    assert split_url(f"https://ex.com{path}") == Url("ex.com", read, "")


def test_a_query_is_the_one_that_a_browser_would_send() -> None:
    assert split_url(r"https://ex.com?a=\b/../?c#d?e").query == r"a=\b/../?c"
    assert split_url("https://ex.com?a=ü%zz+ '\t\ud800").query == "a=%C3%BC%zz+%20%27%EF%BF%BD"


def test_urls_are_read_as_whatwgs_own_tests_say() -> None:
    for case in WHATWG:
        try:
            read = split_url(case["input"])
        except ValueError:
            assert "failure" in case or _is_of_no_page(case), case
        else:
            host = case["hostname"].removesuffix(".").strip("[]")
            assert read == (host, case["pathname"], case["search"].removeprefix("?")), case


def _is_of_no_page(case: dict[str, Any]) -> bool:
    """What a browser guesses at, and hosts that are no name though the standard lets them pass."""
    host = case["hostname"]
    starts = re.match(r"\s*https?:[/\\]{2}", case["input"], re.IGNORECASE)
    return not starts or not host.strip(".") or ".." in host or '"' in host or len(host) > 255


@pytest.mark.parametrize(
    "rest",
    [
        *("", ":80", "u:p@", "@:80", ".", "..", "a..b", "a..", ".a"),
        *("[::1", "[bad]", "[::1%eth0]", "::1", "]", "[]"),
        *("a b", "a%20b", "a%00b", "a%b", "<b>", 'a"b', "a^b", "a|b", "a[b", "ex.com\uff0fevil.com", "a％b"),
        *("256.1.1.1", "1.2.3.4.5", "08.1", "4294967296", "1.2.3.4x.5", "a.1", "a.0x1f", "9" * 5_000),
        *("xn--a", "xn--abc-", "xn--zzzzzzz99", "\u0301a", "%ff", "\u2060", "a\ud800b", f"{'a' * 256}"),
    ],
)
def test_what_is_no_host_is_refused(rest: str) -> None:
    with pytest.raises(ValueError, match=r"^URL should (have a valid host|be absolute)"):
        split_url(f"https://{rest}/")
    assert read_referrer(f"https://{rest}/") == (None, None)


@pytest.mark.parametrize("port", ["65536", "x", "-1", "8 0", "٣", "9" * 500])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(ValueError, match=r"^URL should have a port"):
        split_url(f"https://ex.com:{port}/")


@pytest.mark.parametrize("url", ["https:ex.com", "https:/ex.com", "https:///ex.com", "//ex.com", "ftp://ex.com", "ex"])
def test_an_address_that_a_browser_would_have_to_guess_at_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^URL should be absolute"):
        split_url(url)


@pytest.mark.parametrize("name", ["a", "ü", "日本", "ü.", "xn--a", "xn--a.", "%C3%BC", "a:", "@", f"{'ü' * 900}."])
def test_a_host_is_refused_for_its_length_before_it_costs_anything(name: str) -> None:
    begun = process_time()
    with pytest.raises(ValueError, match=r"^URL should have a valid host"):
        split_url(f"https://{name * (64_000 // len(name))}example.com/")
    assert process_time() - begun < 0.02


@pytest.mark.parametrize(
    "rest", ["/" + "../" * 21_000, "/" + "a/" * 16_000 + "../" * 10_000, "/" + "ü" * 64_000, "/" + "^" * 64_000]
)
def test_a_long_path_is_read_in_milliseconds(rest: str) -> None:
    begun = process_time()
    assert split_url(f"https://ex.com{rest}").host == "ex.com"
    assert process_time() - begun < 0.1


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), st.integers(0, 40))
def test_a_path_is_cut_at_a_character(text: str, max_bytes: int) -> None:
    path = split_url(f"https://ex.com/{text}").path
    kept = cut_path(path, max_bytes)
    assert path.startswith(kept)
    assert len(kept) <= max_bytes
    if "%" not in text:
        assert unquote(path, errors="strict").startswith(unquote(kept, errors="strict"))
        assert len(kept) > min(max_bytes, len(path)) - 12, "no more is cut than a character"


PIECES = st.sampled_from(
    [*"/\\@:?#%.[]\t ^|-_0xüß☺\u0301\u200d\ud800", "%2e", "xn--", "//", "..", "com", "::1", "65536"]
)


@example("-..")
@given(st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_whatever_comes_it_is_refused_or_read_and_what_was_read_is_read_alike(rest: str) -> None:
    try:
        url = split_url(f"https://{rest}")
    except ValueError as error:
        assert str(error).startswith("URL should")  # noqa: PT017 - it need not be raised
        return
    host = f"[{url.host}]" if ":" in url.host else url.host
    assert url.path.isascii()
    assert url.path.startswith("/")
    assert split_url(f"https://{host}{url.path}") == (url.host, url.path, "")
