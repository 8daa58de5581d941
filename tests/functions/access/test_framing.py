"""Who may show a link's page in a frame."""

from starlette.requests import Request

from common.access.links import LinkDraft, Links
from common.postgres.database import Database
from functions.stats.access.framing import find_page_headers


def ask(database: Database, token: str) -> dict[str, str]:
    request = Request({"type": "http", "headers": [], "path_params": {"token": token}})
    return find_page_headers(Links(database), request)


def test_a_links_page_is_framed_by_its_origins_alone_and_listed_nowhere(database: Database) -> None:
    links = Links(database)
    _, embedded = links.make("test", "blog", LinkDraft("docs", embed_origins=["https://a.example"]))
    _, plain = links.make("test", "blog", LinkDraft("board"))
    policy = ask(database, embedded.text)["Content-Security-Policy"]
    assert policy == "frame-ancestors 'self' https://a.example"
    for token in (plain.text, "wrong", embedded.text[:-1]):
        headers = ask(database, token)
        assert headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in headers["X-Robots-Tag"]
