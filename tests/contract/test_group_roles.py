"""The least-privilege roles on the databases of all groups, each a database or a schema of its own."""

import json
import time
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

import pytest
from click.testing import CliRunner, Result

from common.postgres.database import Database
from common.settings import Settings
from infra.cli.main import analytics
from infra.cloud import migrate
from infra.local.credentials import find_endpoints
from infra.local.stack import stages
from infra.roles.logins import log_in_as
from infra.roles.provision import OWNER, READER, ROLE_PASSWORDS, WRITER
from tests.contract.group_of_tests import MOVED, STAYS, Groups, batch, event
from tests.contract.test_roles import PASSWORDS, is_refused, login

WAYS = pytest.mark.parametrize("other_urls", ["database", "schema"], indirect=True)


@pytest.fixture
def administrators(settings: Settings, other_urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A command line that knows both groups, as the superuser, and the passwords of the roles."""
    made = settings.model_copy(update={"database_groups": f"second={other_urls['second']}"})
    for name in ("redis_url", "database_url", "stream_name", "database_groups"):
        monkeypatch.setenv(name.upper(), getattr(made, name))
    for role, name in ROLE_PASSWORDS.items():
        monkeypatch.setenv(name, PASSWORDS[role])
    return made


def as_role(administrators: Settings, role: str) -> Settings:
    return administrators.model_copy(
        update={
            "database_url": login(administrators.database_url, role),
            "database_groups": f"second={login(administrators.database_urls['second'], role)}",
        }
    )


@pytest.fixture
def owner(administrators: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Roles were made and migrations applied, by the two commands, as the operator runs them."""
    assert run("roles").exit_code == 0
    made = as_role(administrators, OWNER)
    monkeypatch.setenv("DATABASE_URL", made.database_url)
    monkeypatch.setenv("DATABASE_GROUPS", made.database_groups)
    assert run("migrate").exit_code == 0
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(analytics, arguments)


@WAYS
def test_the_parts_work_with_two_groups_as_their_roles(owner: Settings, administrators: Settings) -> None:
    moving = Groups(owner, {"second": owner.database_urls["second"]})
    moving.move()
    writing = as_role(administrators, WRITER)
    parts = Groups(writing, {"second": writing.database_urls["second"]})
    assert parts.deliver(batch([event(1), event(2, STAYS)])) == {"batchItemFailures": []}
    with_reader = as_role(administrators, READER)
    for database_url, site in ((with_reader.database_url, STAYS), (with_reader.database_urls["second"], MOVED)):
        reader = Database(database_url, 1, 10)
        assert reader.run("select site_id from events") == [[site]]
        reader.close()
    moving.move("home")
    assert moving.count(moving.second, MOVED) == 0
    assert run("verify").output == "every aggregate equals its recount\n"
    for one in (moving, parts):
        one.close()


@WAYS
def test_no_role_does_more_in_a_further_group_than_at_home(owner: Settings, administrators: Settings) -> None:
    for role in (WRITER, READER):
        database = Database(as_role(administrators, role).database_urls["second"], 1, 10)
        for statement in ("drop table events", "create table more (id int)", "delete from migrations"):
            assert is_refused(database, statement)
        if role == READER:
            assert is_refused(database, "delete from events")
        database.close()


def test_a_new_group_gets_its_roles_without_the_others(administrators: Settings) -> None:
    done = run("roles", "second")
    assert (done.exit_code, done.output.splitlines()) == (0, [f"second: {role}" for role in ROLE_PASSWORDS])
    owners = "select distinct pg_get_userbyid(relowner) from pg_class where relname = 'events'"
    for url, expected in ((administrators.database_urls["second"], True), (administrators.database_url, False)):
        database = Database(url, 1, 10)
        assert (database.run(owners) == [[OWNER]]) == expected
        database.close()
    assert run("roles", "third").exit_code == 2


class KnownSecret:
    """A secret without Secrets Manager, by its ARN."""

    logins: ClassVar[dict[str, str]] = {}

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def read(self) -> str:
        return self.logins[self._arn]

    def refuse(self) -> None:
        raise AssertionError("every login is right")


def test_at_deploy_in_a_cloud_each_administrator_makes_the_roles_of_its_group(
    administrators: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = (administrators.database_url, administrators.database_urls["second"])
    users = {arn: urlsplit(url) for arn, url in zip(("admin", "second-admin"), urls, strict=True)}
    logins = {arn: {"username": user.username, "password": user.password} for arn, user in users.items()}
    logins |= {role: {"username": role, "password": f"of-{role}"} for role in ROLE_PASSWORDS}
    KnownSecret.logins = {arn: json.dumps(login) for arn, login in logins.items()}
    for module in ("common.postgres.database", "infra.cloud.migrate"):
        monkeypatch.setattr(f"{module}.Secret", KnownSecret)
    home, second = (urlunsplit(urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2])) for url in urls)
    deployed = Settings(
        database_url=home,
        database_groups=f"second={second}",
        database_secret_arn=OWNER,
        database_writer_secret_arn=WRITER,
        database_reader_secret_arn=READER,
        database_admin_secret_arn="admin",
        database_group_admin_secret_arns="second=second-admin",
    )
    monkeypatch.setattr("infra.cloud.migrate.settings", deployed)
    migrate._migrate_until(time.monotonic() + 600)
    for url in urls:
        reader = Database(login(url, READER, f"of-{READER}"), 1, 10)
        assert reader.run("select pg_get_userbyid(relowner) from pg_class where oid = to_regclass('events')") == [
            [OWNER]
        ]
        assert reader.run("select count(*) from events") == [[0]]
        reader.close()


def test_a_part_logs_in_with_its_own_role_wherever_the_setting_names_the_owner() -> None:
    urls = {
        "second": f"postgresql://{OWNER}:secret@db2:5432/analytics?sslmode=require",
        "third": "postgresql://somebody:secret@db3:5432/analytics",
    }
    assert log_in_as(READER, "a/b", urls).split() == [
        f"second=postgresql://{READER}:a%2Fb@db2:5432/analytics?sslmode=require",
        "third=postgresql://somebody:secret@db3:5432/analytics",
    ]


def test_make_up_gives_process_and_stats_their_own_roles_in_each_group(stream_settings: Settings) -> None:
    groups = f"second=postgresql://{OWNER}:secret@db2:5432/analytics"
    settings = stream_settings.model_copy(update={"database_groups": groups})
    settings.data_dir.mkdir(parents=True)
    parts = {part.name: part for stage in stages(settings, find_endpoints(settings)) for part in stage}
    for name, role in (("process", WRITER), ("stats", READER)):
        assert f"second=postgresql://{role}:" in parts[name].env["DATABASE_GROUPS"]
