"""Tags of answers: who doesn't know the secret learns nothing from one."""

from zoneinfo import ZoneInfo

from functions.stats.answers.documents import make_etag
from functions.stats.query.model import Site

UTC = ZoneInfo("UTC")


def test_a_tag_follows_the_figures_the_question_and_the_secret() -> None:
    sites = [Site(UTC, 1, secret=b"a"), Site(UTC, 2, secret=b"a"), Site(UTC, 1, secret=b"b")]
    tags = [make_etag(site, question) for site in sites for question in ("one", "other")]
    assert len(set(tags)) == len(tags)
    assert make_etag(sites[0], "one") == tags[0]
