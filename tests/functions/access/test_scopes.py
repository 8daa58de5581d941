"""Every route of stats, with every scope missing in turn."""

import re

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from common.access.scopes import SCOPES
from common.settings import Settings
from functions.stats.access.gate import GuardedRoute, OpenRoute
from tests.functions.access.conftest import MakeKey
from tests.functions.conftest import Load

STEP = '[{"dimension": "path", "operator": "is", "value": "/"}]'
QUERY = {"site_id": "blog", "date": "2025-11-12", "dimension": "path", "steps": f"[{STEP}, {STEP}]"}
ASKED = {
    "/stats": ("site_id", "date"),
    "/v1/stats/breakdown": ("site_id", "dimension"),
    "/v1/stats/funnel": ("site_id", "steps"),
}
"""The parameters of a path that takes more than `site_id`."""


def find_routes(load: Load) -> list[Route]:
    return list(load("stats").app.routes)


def send(stats: TestClient, route: Route, method: str, headers: dict[str, str], site: str = "blog") -> tuple[int, str]:
    path = re.sub("{[^}]*}", "x", route.path)
    names = ASKED.get(path, ("site_id",) if path.startswith("/v1/stats/") else ())
    query = {name: site if name == "site_id" else QUERY[name] for name in names}
    body = None if method in ("GET", "HEAD", "DELETE") else {}
    answer = stats.request(method, path, params=query, headers=headers, json=body)
    return answer.status_code, answer.text


def test_every_route_names_its_scope_or_says_why_anybody_may(load: Load) -> None:
    for route in find_routes(load):
        if isinstance(route, GuardedRoute):
            assert route.scope in SCOPES, route.path
        elif isinstance(route, OpenRoute):
            assert route.why, route.path
        else:
            assert route.path == "/healthz", f"{route.path} has no scope"


def test_every_route_with_a_scope_asks_for_that_scope(stats: TestClient, load: Load, make_key: MakeKey) -> None:
    keys = {scope: make_key(scope) for scope in SCOPES}
    checked = 0
    for route in find_routes(load):
        if not isinstance(route, GuardedRoute):
            continue
        for method in route.methods or ():
            assert send(stats, route, method, {})[0] == 401, route.path
            for scope, header in keys.items():
                status, text = send(stats, route, method, header)
                allowed = scope in (route.scope, "admin")
                assert (status in (401, 403)) is not allowed, (route.path, method, scope, status)
                assert status < 500, text
                checked += 1
    assert checked > 50


def test_a_key_for_a_site_is_answered_alike_for_one_that_exists_and_one_that_does_not(
    stats: TestClient, load: Load, make_key: MakeKey, database: object
) -> None:
    database.run("insert into sites (site_id) values ('secret'), ('blog')")  # type: ignore[attr-defined]
    header = make_key("stats", "sites", sites=["blog"])
    asked = 0
    for route in find_routes(load):
        if not isinstance(route, GuardedRoute) or not (route.path == "/stats" or route.path.startswith("/v1/stats/")):
            continue
        path, names = route.path, ASKED.get(route.path, ("site_id",))
        answers = []
        for site in ("secret", "absent"):
            query = {name: site if name == "site_id" else QUERY[name] for name in names}
            answer = stats.get(path, params=query, headers={**header, "If-None-Match": "*"})
            fields = {name: value for name, value in answer.headers.items() if name != "date"}
            answers.append((answer.status_code, answer.content, fields))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
        assert (
            stats.get(
                path, params={**dict.fromkeys(names, ""), **{name: QUERY[name] for name in names}}, headers=header
            ).status_code
            == 200
        )
        asked += 1
    assert asked == 11


@pytest.mark.parametrize("query", ["site_id=blog&site_id=secret", "site_id=secret&site_id=blog"])
def test_a_site_can_not_be_smuggled_in_beside_an_own_one(stats: TestClient, make_key: MakeKey, query: str) -> None:
    answer = stats.get(f"/v1/stats/summary?{query}", headers=make_key("stats", sites=["blog"]))
    assert answer.status_code == 404


def test_the_settings_key_may_do_everything(
    settings: Settings, load: Load, serve: object, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("STATS_API_KEY", "sesame")
    stats = serve("stats")  # type: ignore[operator]
    for route in find_routes(load):
        if isinstance(route, GuardedRoute):
            for method in route.methods or ():
                assert send(stats, route, method, {"X-API-Key": "sesame"})[0] not in (401, 403)
