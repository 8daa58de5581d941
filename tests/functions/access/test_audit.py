"""Every change of a site, a key, a link or a user is in the log of changes, or did not happen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from click.testing import CliRunner
from starlette.testclient import TestClient

from common.postgres.database import Database
from common.settings import Settings
from functions.stats.access.gate import GuardedRoute
from infra.cli.annotations import annotations
from infra.cli.funnels import funnels
from infra.cli.goals import goals
from infra.cli.imports import imports
from infra.cli.keys import keys
from infra.cli.links import links
from infra.cli.segments import segments
from infra.cli.sites import sites
from infra.cli.users import users
from tests.functions.access.conftest import PASSWORD, MakeKey
from tests.functions.conftest import Load

KEPT = (
    "sites", "site_settings", "site_aliases", "site_removals", "access_keys", "access_users", "access_roles",
    "access_links", "filtered_restores", "erasures", "goals", "funnels", "segments", "annotations", "imports",
    "audit_log",
)  # fmt: skip

Request = tuple[str, str, dict[str, Any] | None]
STEP = [{"dimension": "path", "operator": "is", "value": "/"}]
WRITTEN = '[{{"dimension":"path","operator":"is","value":"/"}}]'
"""The same for a command, of which the other braces are filled."""
REQUESTS: list[Request] = [
    ("POST", "/v1/sites", {"site_id": "blog"}),
    ("PATCH", "/v1/sites/{site_id}", {"name": "My blog"}),
    ("POST", "/v1/keys", {"name": "n", "scopes": ["stats"], "sites": ["blog"]}),
    ("DELETE", "/v1/keys/{key_id}", None),
    ("POST", "/v1/links", {"site_id": "blog", "name": "l"}),
    ("PATCH", "/v1/links/{link_id}", {"name": "m"}),
    ("DELETE", "/v1/links/{link_id}", None),
    ("POST", "/v1/users", {"name": "ada", "password": PASSWORD, "roles": {"blog": "view"}}),
    ("PATCH", "/v1/users/{name}", {"is_admin": True}),
    ("PUT", "/v1/sites/{site_id}/goals/{name}", {"event": "signup"}),
    ("DELETE", "/v1/sites/{site_id}/goals/{name}", None),
    ("PUT", "/v1/sites/{site_id}/funnels/{name}", {"steps": [STEP, STEP]}),
    ("DELETE", "/v1/sites/{site_id}/funnels/{name}", None),
    (
        "PUT",
        "/v1/sites/{site_id}/segments/{name}",
        {"filters": [{"dimension": "path", "operator": "is", "value": "/"}]},
    ),
    ("DELETE", "/v1/sites/{site_id}/segments/{name}", None),
    ("POST", "/v1/sites/{site_id}/annotations", {"at": "2025-06-02T00:00:00Z", "text": "n"}),
    (
        "PUT",
        "/v1/sites/{site_id}/annotations/{annotation_id}",
        {"at": "2025-06-03T00:00:00Z", "text": "m"},
    ),
    ("DELETE", "/v1/sites/{site_id}/annotations/{annotation_id}", None),
    ("DELETE", "/v1/sites/{site_id}/imports/{import_id}", None),
    ("DELETE", "/v1/users/{name}", None),
    (
        "POST",
        "/v1/restores",
        {"site_id": "blog", "reason": "bot", "from": "2025-06-02T00:00:00Z", "to": "2025-06-03T00:00:00Z"},
    ),
    ("DELETE", "/v1/sites/{site_id}/events", {"user_id": "ann"}),
    ("DELETE", "/v1/sites/{site_id}", None),
]
"""Every request that changes something, each once, in an order in which all of them succeed."""

GROUPS: dict[str, click.Group] = {
    "sites": sites,
    "keys": keys,
    "users": users,
    "links": links,
    "goals": goals,
    "funnels": funnels,
    "segments": segments,
    "annotations": annotations,
    "imports": imports,
}
READING = {"list", "show"}
COMMANDS = [
    "sites create blog",
    "sites set blog currency=EUR",
    "sites rename blog Blog",
    "sites pause blog",
    "sites resume blog",
    "sites alias blog plausible:blog.example",
    "sites set-time-zone blog Europe/Berlin",
    "keys make --name n --scope stats --site blog --json",
    "keys revoke {key_id}",
    "users add ada --role blog=view",
    "users set ada --admin",
    "users remove ada",
    "links make blog --name l --json",
    "links set {link_id} --name m",
    "links revoke {link_id}",
    "goals set blog signup --event signup",
    "goals delete blog signup",
    f"funnels set blog f --step {WRITTEN} --step {WRITTEN}",
    "funnels delete blog f",
    'segments set blog some --filters [{{"dimension":"path","operator":"is","value":"/"}}]',
    "segments delete blog some",
    "annotations add blog 2025-06-02 n --json",
    "annotations set blog {annotation_id} 2025-06-03 m",
    "annotations delete blog {annotation_id}",
    "imports remove blog {import_id}",
    "sites delete blog --yes",
]
"""Every command that changes something."""


def read_all(database: Database) -> list[Any]:
    return [database.run(f"select cast(row as text) from {table} as row order by 1") for table in KEPT]


def keep_import(database: Database) -> str:
    """An import of totals, as files bring one; it can be removed."""
    database.run("insert into imports (site_id, import_id, title, contents) values ('blog', '1c5a', 't', '{}')")
    return "1c5a"


@contextmanager
def no_log(database: Database) -> Iterator[None]:
    """Nothing can be written into the log."""
    database.run(
        "create or replace function refuse_entry() returns trigger language plpgsql"
        " as $$ begin raise exception 'the log is broken'; end $$"
    )
    database.run("create trigger refuse before insert on audit_log execute function refuse_entry()")
    yield
    database.run("drop trigger refuse on audit_log")


def test_every_request_that_changes_something_is_tried_here(load: Load) -> None:
    routes = [route for route in load("stats").app.routes if isinstance(route, GuardedRoute)]
    changing = {(method, route.path) for route in routes for method in (route.methods or set()) - {"GET", "HEAD"}}
    assert changing == {(method, path) for method, path, _ in REQUESTS}


def test_a_change_over_http_is_noted_or_did_not_happen(
    stats: TestClient, make_key: MakeKey, database: Database
) -> None:
    admin = make_key("admin")
    actor = f"key {admin['Authorization'].split('_')[2]}"
    stats.get("/v1/keys", headers=admin)  # notes when the key was last used
    known = {"import_id": keep_import(database)}
    for method, template, content in REQUESTS:
        path = template.format(**known)
        before = read_all(database)
        with no_log(database):
            assert stats.request(method, path, json=content, headers=admin).status_code >= 500, path
        assert read_all(database) == before, path
        answer = stats.request(method, path, json=content, headers=admin)
        assert answer.status_code < 300, answer.text
        known |= {
            name: value
            for name, value in answer.json()["data"].items()
            if name in ("site_id", "key_id", "link_id", "annotation_id")
        }
        known["name"] = "ada"
        written = database.run("select actor, action from audit_log order by id")[len(before[-1]) :]
        assert [who for who, _ in written] == [actor], path
        assert f"/{written[0][1].split('.')[0]}" in path, written


def test_every_command_that_changes_something_is_tried_here() -> None:
    named = {f"{name} {command}" for name, group in GROUPS.items() for command in set(group.commands) - READING}
    assert named == {" ".join(command.split()[:2]) for command in COMMANDS}


def test_every_command_answers_scripts_in_json() -> None:
    commands = [(name, one) for name, group in GROUPS.items() for one in group.commands.values()]
    silent = [f"{name} {one.name}" for name, one in commands if not any("--json" in part.opts for part in one.params)]
    assert silent == []


def test_a_change_by_a_command_is_noted_or_did_not_happen(settings: Settings, database: Database) -> None:
    known = {"import_id": keep_import(database)}
    for command in COMMANDS:
        group, *arguments = command.format(**known).split()
        before = read_all(database)
        with no_log(database):
            assert CliRunner().invoke(GROUPS[group], arguments, obj=settings).exit_code, command
        assert read_all(database) == before, command
        done = CliRunner().invoke(GROUPS[group], arguments, obj=settings)
        assert done.exit_code == 0, done.output
        if found := re.search(r'"(key_id|link_id|annotation_id)": "(\w+)"', done.output):
            known[found[1]] = found[2]
        written = database.run("select actor, action from audit_log order by id")[len(before[-1]) :]
        assert [who for who, _ in written] == ["command line"], command
        assert group.startswith(written[0][1].split(".")[0]), written
