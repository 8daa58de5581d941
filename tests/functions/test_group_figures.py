"""Figures and settings of sites in two groups, as stats serves them."""

from collections.abc import Iterator

import pytest

from common.settings import Settings
from tests.contract.group_of_tests import MOVED, STAYS, Groups, batch, event
from tests.functions.conftest import Serve


@pytest.fixture
def groups(settings: Settings, other_urls: dict[str, str], environment: pytest.MonkeyPatch) -> Iterator[Groups]:
    made = Groups(settings, other_urls)
    environment.setenv("DATABASE_GROUPS", made.settings.database_groups)
    environment.setenv("STATS_API_KEY", "k" * 32)
    made.deliver(batch([event(1), event(2), event(3, STAYS)]))
    yield made
    made.close()


KEY = {"Authorization": f"Bearer {'k' * 32}"}


def views(client: object, site_id: str) -> object:
    query = f"/v1/stats/summary?site_id={site_id}&from=2025-11-01&to=2025-11-30"
    response = client.get(query, headers=KEY)  # type: ignore[attr-defined]
    assert response.status_code == 200, response.text
    return response.json()["data"]


def test_figures_are_the_same_wherever_a_site_is(groups: Groups, serve: Serve) -> None:
    before = [views(serve("stats"), site_id) for site_id in (MOVED, STAYS)]
    groups.move()
    stats = serve("stats")
    assert [views(stats, site_id) for site_id in (MOVED, STAYS)] == before


def test_what_is_set_of_a_site_goes_to_its_group(groups: Groups, serve: Serve) -> None:
    groups.move()
    stats = serve("stats")
    goal = {"event": "signup"}
    assert stats.put(f"/v1/sites/{MOVED}/goals/sign-up", json=goal, headers=KEY).status_code == 200
    assert groups.second.run("select name from goals") == [["sign-up"]]
    assert stats.patch(f"/v1/sites/{MOVED}", json={"name": "Blog"}, headers=KEY).json()["data"]["name"] == "Blog"
    assert groups.home.run("select count(*) from site_settings where site_id = :site", site=MOVED) == [[0]]


def test_the_list_has_the_sites_of_all_groups(groups: Groups, serve: Serve) -> None:
    groups.move()
    listed = serve("stats").get("/v1/sites", headers=KEY).json()
    assert [site["site_id"] for site in listed["data"]] == [MOVED, STAYS]


def test_a_site_that_is_being_moved_is_read_and_not_changed(groups: Groups, serve: Serve) -> None:
    stats = serve("stats")
    answers = []

    def ask(step: str) -> None:
        if step == "copy":
            answers.append(views(stats, MOVED))
            answers.append(stats.patch(f"/v1/sites/{MOVED}", json={"name": "Blog"}, headers=KEY).status_code)
            answers.append(stats.patch(f"/v1/sites/{STAYS}", json={"name": "Shop"}, headers=KEY).status_code)

    before = views(stats, MOVED)
    groups.move(step=ask)
    assert answers == [before, 503, 200]


def test_a_group_that_is_down_takes_no_other_sites_figures_with_it(
    groups: Groups, serve: Serve, environment: pytest.MonkeyPatch
) -> None:
    groups.move()
    environment.setenv("DATABASE_GROUPS", "second=postgresql://a@127.0.0.1:1/none")
    stats = serve("stats")
    assert views(stats, STAYS)
    assert stats.get(f"/v1/stats/summary?site_id={MOVED}&period=7d", headers=KEY).status_code == 503
    listed = stats.get("/v1/sites", headers=KEY).json()
    assert ([site["site_id"] for site in listed["data"]], listed["meta"]) == ([STAYS], {"complete": False})
