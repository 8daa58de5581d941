import pytest

from infra.importer.bots import is_bot


@pytest.mark.parametrize(
    ("agent", "bot"),
    [
        (b"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        (b"Tiny Tiny RSS/1.11 (http://tt-rss.org/)", True),
        (b"Mozilla/5.0 (X11; Linux x86_64; rv:26.0) Gecko/20100101 Firefox/26.0", False),
        (b"-", False),
        (b"", False),
        (b"\xff\xfe", False),
    ],
)
def test_known_crawlers_are_bots(agent: bytes, bot: bool) -> None:
    assert is_bot(agent) is bot
