"""Sites whose figures are public."""

from starlette.testclient import TestClient

from common.postgres.database import Database


def test_a_public_sites_figures_need_no_key_and_another_sites_do(stats: TestClient, database: Database) -> None:
    database.run("insert into site_settings (site_id, is_public) values ('open', true), ('closed', false)")
    assert stats.get("/v1/stats/summary?site_id=open").status_code == 200
    assert stats.get("/stats?site_id=open&date=2025-11-12").status_code == 200
    answers = [stats.get(f"/v1/stats/summary?site_id={site}") for site in ("closed", "absent", "x%00")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(401, answers[0].content)}
    assert stats.get("/v1/stats/summary?site_id=open&site_id=closed").status_code == 404
    assert stats.get("/v1/keys?site_id=open").status_code == 403
    assert stats.get("/v1/sites").status_code == 401
