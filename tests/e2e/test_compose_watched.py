"""Under Compose for real: what watches the others, and images that send traces, as docs/operations.md starts them."""

import base64
import json
import subprocess
import urllib.parse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from infra.local.address import free_port
from tests.e2e.test_compose import ROOT, Project, compose, engine, eventually
from tests.e2e.test_operations_page import read_blocks
from tests.e2e.test_traces import Collector
from tests.observe.dashboard import DASHBOARD, read_questions

__all__ = ["compose", "engine"]

pytestmark = pytest.mark.compose

KEY = "the-key-of-a-test"
WATCHERS = ("PROMETHEUS_PORT", "GRAFANA_PORT")
PARTS = {"ingest", "process", "stats", "poller", "ledger", "sites"}
"""By the names of their jobs."""


class WatchedProject(Project):
    """One with what watches it: Grafana too, where its image can be had."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.name += "-watched"
        self.ports |= {name: free_port() for name in WATCHERS}
        self.set(METRICS_KEY=KEY, **{name: str(self.ports[name]) for name in WATCHERS})
        self.grafana = "grafana/grafana:" in self.run("--profile", "observe", "config", "--images")

    def set(self, **settings: str) -> None:
        """Add lines to .env."""
        with self._env_file.open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())

    def start(self) -> None:
        """As the page says, less a Grafana that can't be had."""
        [block] = [block for block in read_blocks("Watch it") if block.startswith("docker compose ")]
        command = block.split()[2:]
        services = self.run("--profile", "observe", "config", "--services").split()
        self.run(*command, *(() if self.grafana else [name for name in services if name != "grafana"]))

    def ask(self, path: str) -> Any:
        """What Prometheus' API says."""
        with urlopen(self.url("prometheus", f"/api/v1/{path}"), timeout=10) as response:
            return json.load(response)["data"]

    def query(self, expression: str) -> list[Any]:
        found: list[Any] = self.ask(f"query?query={urllib.parse.quote(expression)}")["result"]
        return found

    def ask_grafana(self, path: str) -> Any:
        known = base64.b64encode(b"admin:admin").decode()
        with urlopen(
            Request(self.url("grafana", path), headers={"Authorization": f"Basic {known}"}), timeout=10
        ) as told:
            return json.load(told)


@pytest.fixture(scope="module")
def project(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedProject]:
    project = WatchedProject(tmp_path_factory.mktemp("watched"))
    try:
        project.start()
        yield project
    finally:
        project.run("--profile", "*", "down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "5")
        subprocess.run(["docker", "image", "rm", f"{project.name}-poller"], capture_output=True)


def test_prometheus_reads_every_part_with_the_key_of_the_env_file(project: WatchedProject) -> None:
    eventually(lambda: {one["metric"]["job"] for one in project.query("up == 1")} == PARTS, seconds=120)
    assert {one["labels"]["job"] for one in project.ask("targets?state=active")["activeTargets"]} == PARTS


def test_prometheus_evaluates_the_rules_and_none_fires(project: WatchedProject) -> None:
    def rules() -> list[Any]:
        [group] = project.ask("rules")["groups"]
        return list(group["rules"])

    eventually(lambda: {rule["health"] for rule in rules()} == {"ok"}, seconds=60)
    assert len(rules()) == (ROOT / "infra" / "observe" / "alerts.yml").read_text().count("- alert:")
    assert project.query('ALERTS{alertstate="firing"}') == []


def test_every_panel_of_the_dashboard_shows_something(project: WatchedProject) -> None:
    project.send("watched")
    eventually(lambda: project.views("watched") == 1)
    for _title, question in read_questions(["ingest", "process", "stats"], "1m"):
        eventually(partial(project.query, question), seconds=150)


def test_grafana_has_the_dashboard_and_reaches_prometheus(project: WatchedProject) -> None:
    if not project.grafana:
        pytest.skip("Grafana's image can't be had here")
    shown = project.ask_grafana(f"/api/dashboards/uid/{DASHBOARD['uid']}")
    assert shown["dashboard"]["title"] == DASHBOARD["title"]
    assert len(shown["dashboard"]["panels"]) == len(DASHBOARD["panels"])
    assert project.ask_grafana("/api/datasources/uid/prometheus/health")["status"] == "OK"


def test_images_that_are_built_with_traces_send_one_from_the_request_to_the_commit(project: WatchedProject) -> None:
    network = [
        "docker",
        "network",
        "inspect",
        "--format",
        "{{(index .IPAM.Config 0).Gateway}}",
        f"{project.name}_default",
    ]
    machine = subprocess.run(network, capture_output=True, text=True, check=True).stdout.strip()
    collector = Collector(machine)
    try:
        project.set(TRACES="1", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, TRACES_SHARE="1")
        project.run("up", "-d", "--build", "--wait", "ingest", "process", "stats", "poller")
        project.send("traced")
        names = ("POST /event", "wait in the queue", "store")  # each part sends its own when it likes
        eventually(lambda: all(map(collector.find, names)), seconds=60)
        [posted], [waited], [stored] = map(collector.find, names)
        services = [posted.service, waited.service, stored.service]
        assert services == ["analytics-ingest", "analytics-process", "analytics-process"]
        assert posted.trace == waited.trace == stored.trace
        assert posted.id == waited.parent == stored.parent
    finally:
        collector.close()
