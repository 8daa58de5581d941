"""The migrations at deploy, as CloudFormation asks for them."""

from pathlib import Path

from tests.cloud.execution.cloud import Cloud
from tests.cloud.execution.custom_resource import request_custom_resource
from tests.cloud.execution.servers import make_authority


def test_an_update_migrates_again_and_changes_nothing(cloud: Cloud, schema: None) -> None:
    with cloud.database() as connection:
        before = connection.run("select name, applied_at from migrations order by name")
        answer = request_custom_resource(cloud.deploy("migrate"), "Update")
        assert connection.run("select name, applied_at from migrations order by name") == before
    assert before
    assert (answer["Status"], answer["PhysicalResourceId"], answer["RequestId"]) == ("SUCCESS", "migrations", "request")


def test_a_delete_leaves_the_data_alone(cloud: Cloud, schema: None) -> None:
    assert request_custom_resource(cloud.deploy("migrate"), "Delete")["Status"] == "SUCCESS"
    with cloud.database() as connection:
        assert connection.run("select to_regclass('events') is not null") == [[True]]


def test_a_migration_that_fails_is_answered_in_time_and_without_a_secret(cloud: Cloud, folder: Path) -> None:
    stranger = str(make_authority(folder / "migrations-stranger").certificate)
    url = cloud.environment("migrate")["DATABASE_URL"].replace(str(cloud.authority), stranger)
    answer = request_custom_resource(cloud.deploy("migrate", timeout_seconds=12, DATABASE_URL=url), "Create")
    assert answer["Status"] == "FAILED"
    assert "database" in answer["Reason"]
    assert cloud.postgres_password not in answer["Reason"]
