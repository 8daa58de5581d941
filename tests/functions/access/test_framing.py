"""Who may show a link's page in a frame, and what it tells of itself."""

from starlette.testclient import TestClient

from common.access.links import LinkDraft, Links
from common.postgres.database import Database
from tests.functions.conftest import Serve


def test_a_links_page_is_framed_by_its_origins_alone_and_listed_nowhere(serve: Serve, database: Database) -> None:
    links = Links(database)
    _, embedded = links.make("test", "blog", LinkDraft("docs", embed_origins=["https://a.example"]))
    _, plain = links.make("test", "blog", LinkDraft("board"))
    stats = serve("stats")
    assert find_ancestors(stats, f"/share/{embedded.text}") == "'self' https://a.example"
    for token in (plain.text, "wrong", embedded.text[:-1]):
        answer = stats.get(f"/share/{token}")
        assert answer.status_code == 200
        assert find_ancestors(stats, f"/share/{token}") == "'self'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_owners_page_is_framed_by_nobody(serve: Serve) -> None:
    assert find_ancestors(serve("stats"), "/") == "'none'"


def find_ancestors(stats: TestClient, path: str) -> str:
    rules = stats.get(path).headers["Content-Security-Policy"].split(";")
    [ancestors] = [rule.strip().removeprefix("frame-ancestors ") for rule in rules if "frame-ancestors" in rule]
    return ancestors
