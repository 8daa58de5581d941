"""Every setting is where an operator looks for it: .env.example, docs/configuration.md, docker-compose.yml."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from common.settings import Settings
from tests.unit.documents.yaml_files import PROJECT, read_yaml

EXAMPLE = (PROJECT / ".env.example").read_text()
PAGE = (PROJECT / "docs" / "configuration.md").read_text()
COMPOSE = (PROJECT / "docker-compose.yml").read_text()

NOT_UNDER_COMPOSE = {
    "data_dir",  # the image says where
    "process_port",  # not published
    "admin_key",  # `make up` makes it
    "redis_cluster",
    "redis_waitaof_replicas",
    "redis_secret_arn",
    "database_group_admin_secret_arns",
    "database_secret_arn",
    "database_admin_secret_arn",
    "database_writer_secret_arn",
    "database_reader_secret_arn",
    "stats_api_key_secret_arn",
    "process_function",
    "stats_function",
    "smtp_url_secret_arn",
    "poller_drain_seconds",
    "metrics",
}
"""Apart from the first three: for a cluster or a cloud."""


def spell(default: Any) -> str:
    """A default as it stands in a .env file."""
    if isinstance(default, datetime):
        return default.isoformat().replace("+00:00", "Z")
    return str(default).lower() if isinstance(default, bool) else str(default)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_in_the_example_with_its_description_and_default(name: str) -> None:
    field = Settings.model_fields[name]
    assert f"\n# {field.description}\n#{name.upper()}={spell(field.default)}\n" in EXAMPLE


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_in_the_table_with_its_default_and_description(name: str) -> None:
    field = Settings.model_fields[name]
    default = f"`{spell(field.default)}`" if field.default != "" else "empty"
    assert f"\n| `{name.upper()}` | {default} | {field.description} |\n" in PAGE


def test_the_example_and_the_table_name_no_setting_that_does_not_exist() -> None:
    known = {name.upper() for name in Settings.model_fields} | compose_variables()
    assert set(re.findall(r"^#?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE)) == known
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)) == known


def test_the_example_as_it_is_sets_nothing_but_what_compose_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(EXAMPLE)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    assert Settings.load().model_fields_set == set()


def test_the_example_with_every_setting_uncommented_gives_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    defaults = Settings.load()
    (tmp_path / ".env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", EXAMPLE, flags=re.MULTILINE))
    assert Settings.load() == defaults
    with_a_default = {name for name, field in Settings.model_fields.items() if field.default != ""}
    assert Settings.load().model_fields_set == with_a_default


def test_every_setting_has_an_effect_under_compose() -> None:
    services = read_yaml("docker-compose.yml")["services"].values()
    handed_on = {name.lower() for service in services for name in service.get("environment", {})}
    assert set(Settings.model_fields) - handed_on - published_ports().keys() == NOT_UNDER_COMPOSE


def test_ports_are_published_on_this_machine_only_with_the_defaults_of_the_settings() -> None:
    services = read_yaml("docker-compose.yml")["services"].values()
    assert all(port.startswith("127.0.0.1:$") for service in services for port in service.get("ports", []))
    ports = published_ports()
    assert {name: ports.pop(name) for name in ("pgadmin_port", "prometheus_port", "grafana_port")} == {
        "pgadmin_port": 5050,
        "prometheus_port": 9090,
        "grafana_port": 3000,
    }
    assert ports == {name: Settings.model_fields[name].default for name in ports}
    assert len(ports) == 4


def published_ports() -> dict[str, int]:
    return {name.lower(): int(port) for name, port in re.findall(r"127\.0\.0\.1:\$\{(\w+):-(\d+)\}", COMPOSE)}


def compose_variables() -> set[str]:
    """What docker-compose.yml reads from .env and is no setting of ours."""
    made_by_compose = {"COMPOSE_PROJECT_NAME"}
    return set(re.findall(r"\$\{(\w+)", COMPOSE)) - made_by_compose - {name.upper() for name in Settings.model_fields}
