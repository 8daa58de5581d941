"""A second database for some of the sites: who reaches it, with which login, and what stays as it is without it."""

import pytest

from common.groups.databases import list_settings
from common.settings import Settings
from tests.cloud.template import Template
from tests.cloud.test_template_rights import AURORA_SECRET, RDS_SECRET, ROLE_SECRETS, edges, egress, logs, reads, rights

CLIENTS = {
    "ProcessFunction": "DatabaseWriterSecret",
    "StatsFunction": "DatabaseReaderSecret",
    "MigrateFunction": "DatabaseOwnerSecret",
}
ADDRESSES = {
    "two_databases": "postgresql://SecondDatabaseInstance.Endpoint.Address:5432/analytics"
    "?sslmode=verify-full&sslrootcert=/var/task/rds-ca.pem",
    "two_auroras": "postgresql://SecondDatabaseProxy.Endpoint:5432/analytics?sslmode=verify-full",
}


def read_settings(template: Template, function: str) -> Settings:
    variables = template.environment(function)
    return Settings(**{name.lower(): value for name, value in variables.items()})  # type: ignore[arg-type]


def test_without_the_parameter_there_is_nothing_of_it(template: Template) -> None:
    assert not [name for name in template.resources if name.startswith("Second")]
    for function in CLIENTS:
        assert not [name for name in template.environment(function) if "GROUP" in name]


@pytest.mark.parametrize("kind", ADDRESSES)
def test_every_client_reaches_both_with_the_login_of_its_own_role(kind: str, request: pytest.FixtureRequest) -> None:
    template: Template = request.getfixturevalue(kind)
    for function, secret in CLIENTS.items():
        groups = list_settings(read_settings(template, function))
        assert list(groups) == ["home", "second"]
        assert groups["second"].database_url == ADDRESSES[kind]
        assert {one.database_secret_arn for one in groups.values()} == {secret}


def test_reports_are_made_of_sites_of_both(two_databases: Template) -> None:
    template = Template(two_databases.body, two_databases.overrides | {"MailFrom": "analytics@example.com"}, "small")
    assert list(list_settings(read_settings(template, "ReportsFunction"))) == ["home", "second"]


def test_migrate_alone_may_be_the_administrator_of_each(two_databases: Template, two_auroras: Template) -> None:
    for template, first in ((two_databases, RDS_SECRET), (two_auroras, AURORA_SECRET)):
        assert rights(template, "MigrateRole") == logs("MigrateLogs") | reads(first, f"Second{first}", *ROLE_SECRETS)
        settings = read_settings(template, "MigrateFunction")
        assert settings.database_group_admin_secret_arns == f"second=Second{first}"
        for function in ("ProcessRole", "StatsRole"):
            assert not [secret for _, secret in rights(template, function) if "Second" in secret]
    assert rights(two_auroras, "DatabaseProxyRole") == reads(AURORA_SECRET, f"Second{AURORA_SECRET}", *ROLE_SECRETS)


def test_no_way_of_the_network_is_opened_for_it(
    small: Template, large: Template, two_databases: Template, two_auroras: Template
) -> None:
    for one, two in ((small, two_databases), (large, two_auroras)):
        assert (edges(two), egress(two)) == (edges(one), egress(one))


def test_it_is_as_private_encrypted_and_kept_as_the_first(two_databases: Template, two_auroras: Template) -> None:
    pairs = [(two_databases, ["Instance"]), (two_auroras, ["Cluster", "Writer", "Standby", "Proxy"])]
    for template, kinds in pairs:
        for kind in kinds:
            first, second = (template.properties(f"{mark}Database{kind}") for mark in ("", "Second"))
            different = {name for name in first if first[name] != second[name]}
            assert different <= {"DBInstanceIdentifier", "DBClusterIdentifier", "DBProxyName", "Auth"}
            resources = (template.resources[f"{mark}Database{kind}"] for mark in ("", "Second"))
            assert len({resource.get("DeletionPolicy") for resource in resources}) == 1


def test_its_storage_is_watched_too(two_databases: Template) -> None:
    alarms = two_databases.of_type("AWS::CloudWatch::Alarm")
    first, second = alarms["DatabaseStorageAlarm"], alarms["SecondDatabaseStorageAlarm"]
    assert second["Dimensions"] != first["Dimensions"]
    assert second["Threshold"] == first["Threshold"]


def test_migrations_wait_for_both(two_databases: Template, two_auroras: Template) -> None:
    assert two_databases.properties("Migration")["Second"] == "SecondDatabaseInstance"
    assert two_auroras.properties("Migration")["Second"] == "SecondDatabaseProxyTarget"
