import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.importer.formats.combined import Request
from infra.importer.rule import Rule, Skip, find_skip, read_path
from infra.importer.static import STATIC_EXTENSIONS

DEFAULT = Rule()


def request(target: bytes = b"/", method: str = "GET", status: int = 200) -> Request:
    return Request(b"192.0.2.7", "2015-05-17T10:05:03+00:00", method, target, status, b"-", b"")


@pytest.mark.parametrize(
    "target",
    [
        b"/", b"/home", b"/blog/", b"/index.html", b"/INDEX.HTM", b"/a.xhtml", b"/shop.php?item=1.png", b"/a.aspx",
        b"/a.jsp;jsessionid=1A", b"/version-1.2", b"/releases/2.0", b"/dir.d/page", b"/ends.", b"//twice",
        b"http://example.com", b"HTTPS://example.com/a.html", b"/a#b.png", b"/a.html%20target=",
    ],
)  # fmt: skip
def test_pages_are_page_views(target: bytes) -> None:
    assert find_skip(request(target), DEFAULT) is None


@pytest.mark.parametrize(
    "target",
    [b"/@ann@example.social", b"/tag/asp.net", b"/domain/example.com", b"/product/nozzle-1.5mm", b"/release/v2.0beta",
     b"/users/j.smith", b"/v1.2/", b"/release-2.0", b"/wiki/St._Louis", b"/d/example.io", b"/a.b.c", b"/img.png/",
     b"/tag/.net", b"/topics/.NET-8", b"/skills/.net%20core", b"/domains/.co.uk", b"/domains/.io", b"/a/./b"],
)  # fmt: skip
def test_a_page_may_have_a_dot_in_its_name(target: bytes) -> None:
    assert find_skip(request(target), DEFAULT) is None


@pytest.mark.parametrize(
    "target",
    [b"/logo.png", b"/favicon.ico", b"/robots.txt", b"/feed.xml?page=a.html", b"/a.JS", b"/.env", b"/song.mp3",
     b"/a.7z", b"http://example.com/a.css", b"/app.3f2a9c.mjs", b"/app.js.map", b"/f.woff2", b"/report.pdf",
     b"/a.css;jsessionid=1A", b"/.htaccess", b"/shop/.env", b"/a/.DS_Store", b"/a/.netrc", b"/a/.npmrc",
     b"/.git/config", b"/.well-known/apple-app-site-association", b"/.well-known/traffic-advice", b"/animation.lottie"],
)  # fmt: skip
def test_a_static_file_is_no_page_view(target: bytes) -> None:
    assert find_skip(request(target), DEFAULT) is Skip.ASSET


@pytest.mark.parametrize("target", [b"*", b"example.com:443", b"a.html"])
def test_a_target_that_is_no_path_is_no_page_view(target: bytes) -> None:
    assert find_skip(request(target), DEFAULT) is Skip.ASSET


@pytest.mark.parametrize(
    ("target", "skip"),
    [
        (b"http://www.example.com/", None),
        (b"http://EXAMPLE.com:80/a", None),
        (b"/", None),
        (b"http://other.example/", Skip.OTHER_HOST),
        (b"https://shop.example.com/", Skip.OTHER_HOST),
        (b"http://192.0.2.1/", Skip.OTHER_HOST),
        (b"http://[bad/", Skip.OTHER_HOST),
    ],
)
def test_a_request_that_names_another_host_is_no_view_of_this_site(target: bytes, skip: Skip | None) -> None:
    assert find_skip(request(target), Rule(hostname="www.example.com")) is skip
    assert find_skip(request(target), DEFAULT) is None


@pytest.mark.parametrize(
    ("host", "skip"), [(b"", None), (b"Example.com", None), (b"www.example.com.", None), (b"b.test", Skip.OTHER_HOST)]
)
def test_a_line_that_logs_another_host_is_no_view_of_this_site(host: bytes, skip: Skip | None) -> None:
    assert find_skip(request()._replace(host=host), Rule(hostname="www.example.com")) is skip


@pytest.mark.parametrize(
    ("status", "skip"),
    [(200, None), (204, None), (206, None), (299, None), (304, None), (199, Skip.STATUS), (301, Skip.STATUS),
     (404, Skip.STATUS), (500, Skip.STATUS)],
)  # fmt: skip
def test_only_status_2xx_and_304_count(status: int, skip: Skip | None) -> None:
    assert find_skip(request(status=status), DEFAULT) is skip


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "get"])
def test_only_get_is_a_view(method: str) -> None:
    assert find_skip(request(method=method), DEFAULT) is Skip.METHOD


def test_all_requests_count_when_asked_for() -> None:
    wide = Rule(all_requests=True)
    assert find_skip(request(b"/logo.png", "HEAD", 404), wide) is None
    assert find_skip(request(b"", ""), wide) is Skip.NO_REQUEST


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/home", "/home"),
        (b"/search?q=a#top", "/search"),
        (b"/a#b?c", "/a"),
        (b"?q=a", "/"),
        (b"http://example.com", "/"),
        (b"http://example.com?q=a", "/"),
        (b"http://example.com/a/b", "/a/b"),
        (b"/http://example.com/a", "/http://example.com/a"),
        (b"/caf%C3%A9", "/caf%C3%A9"),
        (b"/caf\xc3\xa9", "/caf%C3%A9"),
        (b"/caf\xe9", "/caf%E9"),
        (b"/two words\x00", "/two%20words%00"),
        (b'/"<>\\', '/"<>\\'),
        (b"*", "*"),
    ],
)
def test_a_path_is_without_origin_query_and_fragment(target: bytes, path: str) -> None:
    assert read_path(target, DEFAULT) == path


@pytest.mark.parametrize(
    ("target", "path"),
    [(b"/search?q=a#top", "/search?q=a"), (b"http://example.com?q=a", "/?q=a"), (b"/a?b?c", "/a?b?c")],
)
def test_the_query_stays_when_asked_for(target: bytes, path: str) -> None:
    assert read_path(target, Rule(keep_query=True)) == path


def test_long_paths_are_cut_but_not_within_an_escape() -> None:
    assert read_path(b"/" + b"a" * 3_000, DEFAULT) == "/" + "a" * 1_999
    assert read_path(b"/" + b"a" * 1_998 + "é".encode() * 9, DEFAULT) == "/" + "a" * 1_998
    assert read_path(b"/" + b"a" * 1_997 + "é".encode() * 9, DEFAULT) == "/" + "a" * 1_997


@given(st.binary(min_size=1, max_size=3_000), st.booleans())
def test_every_target_gives_a_path_that_ingest_takes(target: bytes, keep_query: bool) -> None:
    path = read_path(target, Rule(keep_query=keep_query))
    assert 1 <= len(path) <= 2_000
    assert path.isascii()
    assert path.isprintable()


def test_the_documentation_names_the_extensions_of_static_files() -> None:
    documentation = Path(__file__).parents[4] / "docs" / "importing.md"
    listed = re.findall(r"^> ([a-z0-9 ]+)$", documentation.read_text(encoding="utf-8"), re.MULTILINE)
    assert {extension.encode() for line in listed for extension in line.split()} == STATIC_EXTENSIONS
