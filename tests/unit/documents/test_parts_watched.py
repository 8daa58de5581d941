"""Every part that keeps running shows figures: docs/operations.md lists it, and Prometheus reads it."""

import re

from common.settings import Settings
from infra.local import stack
from infra.local.credentials import Endpoints
from tests.unit.documents.yaml_files import PROJECT, read_yaml

PAGE = (PROJECT / "docs" / "operations.md").read_text()
LISTED = {
    part: (job, setting, int(port))
    for part, job, setting, port in re.findall(r"^\| (\w+) \| `(\w+)` \| `(\w+_PORT)`, (\d+) \|$", PAGE, re.MULTILINE)
}
SERVICES = read_yaml("docker-compose.yml")["services"]


def test_the_page_lists_every_part_that_keeps_running_here() -> None:
    settings = Settings(metrics_key="a-key-of-the-test")
    parts = [part for stage in stack.stages(settings, _ELSEWHERE) for part in stage]
    running = {part.name for part in parts if "infra.local.steps" not in part.argv}
    assert running == LISTED.keys()
    assert {setting for _job, setting, _port in LISTED.values()} == stack.ports(settings, _ELSEWHERE).keys()


def test_the_page_lists_every_part_of_ours_that_keeps_running_under_compose_and_each_has_the_key() -> None:
    ours = {name: one for name, one in SERVICES.items() if "read_only" in one}
    running = {name: one for name, one in ours.items() if one["restart"] != "no"}
    assert running.keys() == LISTED.keys()
    assert [name for name, one in running.items() if "METRICS_KEY" not in one["environment"]] == []


def test_prometheus_reads_every_part_on_the_page_on_its_port() -> None:
    for part, (_job, setting, port) in LISTED.items():
        assert Settings.model_fields[setting.lower()].default == port, part
    jobs = read_yaml("infra/observe/prometheus.yml")["scrape_configs"]
    read = {one["job_name"]: one["static_configs"][0]["targets"] for one in jobs}
    assert read == {job: [f"{part}:{port}"] for part, (job, _setting, port) in LISTED.items()}


def test_an_alert_tells_of_each_part_that_does_not_answer() -> None:
    [group] = read_yaml("infra/observe/alerts.yml")["groups"]
    [rule] = [rule for rule in group["rules"] if rule["alert"] == "PartDown"]
    assert rule["expr"] == 'up{job=~"' + "|".join(job for job, _setting, _port in LISTED.values()) + '"} == 0'


_ELSEWHERE = Endpoints(None, None, "redis://queue", "postgresql://database", "http://process", "a-key", "")
