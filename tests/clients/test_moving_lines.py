"""The lines of docs/moving by which a published client is pointed at ingest: each is enough, as it is written."""

import pytest

from tests.clients.dialogue import talk_to
from tests.clients.stand import Stand, read_snippet

NODE, PYTHON = "as_written.cjs", "as_written.py"
OPENPANEL, UMAMI = "0c2bb63a-52b4-4a92-8f53-2b2f7c4f2d3e", "94db1cb1-74f4-4a40-ad6c-962362670409"


@pytest.mark.parametrize(
    ("page", "site", "driver", "package", "begins"),
    [
        ("matomo", "3", NODE, "matomo-tracker", "new MatomoTracker("),
        ("matomo", "3", PYTHON, "matomopy", "MatomoTracker("),
        ("openpanel", OPENPANEL, NODE, "@openpanel/sdk", "new OpenPanel("),
        ("openpanel", OPENPANEL, PYTHON, "openpanel", "OpenPanel("),
        ("posthog", "phc_a1B2c3", NODE, "posthog-node", "new PostHog("),
        ("posthog", "phc_a1B2c3", PYTHON, "posthog", "Posthog("),
        ("snowplow", "shop-web", NODE, "@snowplow/node-tracker", "newTracker({"),
        ("snowplow", "shop-web", PYTHON, "snowplow_tracker", "Snowplow.create_tracker("),
        ("umami", UMAMI, NODE, "@umami/node", "umami.init("),
    ],
)
def test_the_line_of_the_page_for_movers_is_enough(
    page: str, site: str, driver: str, package: str, begins: str, stand: Stand
) -> None:
    stand.know_as(page, site)
    line = read_snippet(page, begins, stand.url)
    with talk_to(driver, stand.url, LINE=line, PACKAGE=package) as client:
        client.ask("send")
        assert stand.settles({"page_view": 1}) == {"page_view": 1}
    assert stand.count_by("path", "page_views") == {"/page": 1}
