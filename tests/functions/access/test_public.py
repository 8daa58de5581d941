"""Sites whose figures are public."""

import pytest
from starlette.testclient import TestClient

from common.access.users import Users
from common.postgres.database import Database
from tests.functions.access.conftest import MakeKey
from tests.functions.access.test_people import sign_in


def test_a_public_sites_figures_need_no_key_and_another_sites_do(stats: TestClient, database: Database) -> None:
    database.run("insert into site_settings (site_id, is_public) values ('open', true), ('closed', false)")
    assert stats.get("/v1/stats/summary?site_id=open").status_code == 200
    assert stats.get("/stats?site_id=open&date=2025-11-12").status_code == 200
    answers = [stats.get(f"/v1/stats/summary?site_id={site}") for site in ("closed", "absent", "x%00")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert stats.get("/v1/stats/summary?site_id=open&site_id=closed").status_code == 404
    assert stats.get("/v1/keys?site_id=open").status_code == 403
    assert stats.get("/v1/sites").status_code == 401


def test_who_may_see_other_sites_reads_a_public_one_as_anybody_does(
    stats: TestClient, database: Database, make_key: MakeKey, users: Users
) -> None:
    database.run("insert into site_settings (site_id, is_public) values ('open', true), ('closed', false)")
    link = stats.post("/v1/links", json={"site_id": "blog", "name": "l"}, headers=make_key("admin")).json()["data"]
    callers = [
        sign_in(stats, "ada"),
        make_key("stats", sites=["blog"]),
        make_key("ingest", sites=["blog"]),
        {"Authorization": f"Bearer {link['token']}"},
    ]
    for headers in callers:
        for path in (
            "/v1/stats/summary?site_id={}",
            "/v1/stats/filtered?site_id={}",
            "/stats?date=2025-11-12&site_id={}",
        ):
            answer = stats.get(path.format("open"), headers=headers)
            assert answer.status_code == 200, answer.text
            refused = [stats.get(path.format(site), headers=headers) for site in ("closed", "absent")]
            assert refused[0].content == refused[1].content
            assert refused[0].status_code == refused[1].status_code
            assert refused[0].status_code in (403, 404)
        shown = stats.get("/v1/sites?site_id=open", headers=headers).json()["data"]
        assert [(site["site_id"], site["role"]) for site in shown] == [("open", "view")]
        assert stats.patch("/v1/sites/open", json={"name": "x"}, headers=headers).status_code in (403, 404)
    assert stats.get("/v1/stats/summary?site_id=open", headers={"X-API-Key": "wrong"}).status_code == 401


def test_of_a_public_site_nobody_without_a_key_gets_single_events(stats: TestClient, database: Database) -> None:
    database.run("insert into site_settings (site_id, is_public) values ('open', true)")

    assert stats.get("/v1/stats/summary?site_id=open").status_code == 200
    assert stats.get("/v1/export?site_id=open").status_code == 403


@pytest.mark.parametrize("kind", ["goals", "funnels", "segments", "annotations"])
def test_what_a_site_keeps_beside_its_figures_is_for_its_members_also_where_these_are_public(
    stats: TestClient, database: Database, make_key: MakeKey, kind: str
) -> None:
    database.run("insert into site_settings (site_id, is_public) values ('open', true)")
    path = f"/v1/sites/open/{kind}"
    assert stats.get(f"{path}?site_id=open").status_code == 403
    assert stats.get(f"{path}?site_id=open", headers=make_key("stats", sites=["blog"])).status_code in (403, 404)
    assert stats.get(path, headers=make_key("stats", sites=["open"])).status_code == 200
