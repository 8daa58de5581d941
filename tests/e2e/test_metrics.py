"""A real Prometheus reads a running system: every part, with the rules and the names of the dashboard."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.local.address import free_port
from tests.e2e.conftest import PROJECT, System, eventually, get
from tests.e2e.test_operations_page import read_blocks
from tests.observe.dashboard import read_questions, read_variables

FOLDER = PROJECT / "infra" / "observe"
PROMETHEUS = shutil.which("prometheus")
KEY = "the-key-of-a-test"
DAY = "2025-11-12"
PARTS = ("ingest", "process", "stats", "poller", "ledger", "sites")
"""In the order of their ports."""
Query = Callable[[str], dict[tuple[str, ...], float]]
pytestmark = [pytest.mark.e2e, pytest.mark.long]


class WatchedSystem(System):
    """One whose parts show their figures; ingest and stats run in two processes each."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ports |= {"ledger_port": free_port(), "sites_port": free_port()}

    @property
    def env(self) -> dict[str, str]:
        return super().env | {"METRICS_KEY": KEY, "WORKERS": "2"}

    def url_of(self, part: str) -> str:
        """Where a part shows its figures."""
        return f"http://127.0.0.1:{self.ports[f'{part}_port']}/metrics"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedSystem]:
    one = WatchedSystem(tmp_path_factory.mktemp("watched"))
    try:
        one.start()
        send(one, "/event", {"site_id": "blog", "path": "/", "user_id": "a", "timestamp": f"{DAY}T10:00:00Z"}, 202)
        for _ in range(20):
            send(one, "/event", {"site_id": "blog", "path": "/", "user_id": "b"}, 202)
        send(one, "/event", {"site_id": "blog", "path": "/", "user_id": "b", "timestamp": "yesterday"}, 422)
        send(one, "/event", {"site_id": "blog", "path": "/"}, 202, agent="curl/8.0")
        send(one, "/nothing", {}, 404)
        one.wait_until_drained()
        assert get(f"{one.stats_url}/v1/stats/summary?site_id=blog&period=all")["meta"]["exact"]
        assert one.read_day("blog", DAY)["total_views"] == 1
        yield one
    finally:
        one.stop()


def send(system: System, path: str, event: dict[str, Any], status: int, agent: str = "Mozilla/5.0") -> None:
    headers = {"Content-Type": "application/json", "User-Agent": agent}
    request = urllib.request.Request(f"{system.ingest_url}{path}", json.dumps(event).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            answered = response.status
    except urllib.error.HTTPError as error:
        answered = error.code
        error.close()
    assert answered == status


@pytest.fixture(scope="module")
def query(watched: WatchedSystem, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """Asks a Prometheus that has read every part, with the configuration of the `observe` profile."""
    if PROMETHEUS is None:
        pytest.skip("no prometheus on this machine (Debian's package)")
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    shutil.copytree(FOLDER, folder / "infra" / "observe")
    (folder / ".env").write_text(f"METRICS_KEY={KEY}\n")
    [block] = [block for block in read_blocks("Watch it") if "\nprometheus " in block]
    *prepare, start = block.splitlines()
    assert start.startswith("prometheus ")
    subprocess.run(["sh", "-ec", "\n".join(prepare)], cwd=folder, check=True)
    written = folder / ".data" / "prometheus" / "prometheus.yml"
    config = re.sub(r"(_interval): \w+", r"\1: 1s", written.read_text())
    for number, part in enumerate(PARTS, start=3001):
        assert f'"127.0.0.1:{number}"' in config
        config = config.replace(f'"127.0.0.1:{number}"', f'"127.0.0.1:{watched.ports[f"{part}_port"]}"')
    written.write_text(config)
    log = (folder / "log").open("w")
    command = shlex.split(start.replace("127.0.0.1:9090", f"127.0.0.1:{port}"))
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)

    def ask(path: str) -> Any:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}", timeout=10) as response:
                return json.load(response)["data"]
        except (urllib.error.URLError, ConnectionError):
            return None

    def evaluate(expression: str, moment: float) -> dict[tuple[str, ...], float]:
        found = ask(f"query?query={urllib.parse.quote(expression)}&time={moment}")
        return {
            tuple(value for name, value in sorted(one["metric"].items()) if name != "__name__"): float(one["value"][1])
            for one in (found or {"result": []})["result"]
        }

    def run(expression: str) -> dict[tuple[str, ...], float]:
        """Of a moment at which every part had been read: one that did not answer in time is unknown until the next."""
        if expression.startswith("/"):
            return ask(expression.strip("/"))  # type: ignore[no-any-return]
        answer: dict[tuple[str, ...], float] = {}

        def is_answered() -> bool:
            nonlocal answer
            moment = time.time()
            answer = evaluate(expression, moment)
            return evaluate("sum(up)", moment) == {(): len(PARTS)}

        eventually(is_answered, 60, "every part is read")
        return answer

    try:
        every = {(): len(PARTS)}
        eventually(
            lambda: process.poll() is not None or evaluate("sum(up)", time.time()) == every, 60, "every part is read"
        )
        assert process.poll() is None, (folder / "log").read_text()
        yield run
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def test_prometheus_reads_every_part(query: Query) -> None:
    assert query("sum by (job) (up)") == {(job,): 1 for job in PARTS}


def test_events_are_counted_by_what_became_of_them_over_all_processes_of_a_part(query: Query) -> None:
    by = "sum by (outcome, reason)"
    at_ingest = query(f"{by} (analytics_ingest_events_total) > 0")
    assert at_ingest == {("accepted",): 22, ("refused", "invalid_input"): 1}
    processed = query(f"{by} (analytics_process_events_total) > 0")
    assert processed == {("stored",): 21, ("filtered", "bot"): 1}


def test_requests_are_counted_by_route_method_and_status(query: Query) -> None:
    counted = query(
        'sum by (route, method, status) (analytics_http_request_duration_seconds_count{job="ingest", method="POST"})'
    )
    assert counted == {("POST", "/event", "202"): 22, ("POST", "/event", "422"): 1, ("POST", "404"): 1}


def test_answers_tell_whether_they_are_estimates(query: Query) -> None:
    assert query("sum by (making) (analytics_stats_answers_total)") == {("exact",): 1, ("estimated",): 0}


def test_the_pool_the_queue_and_the_batches_are_shown(query: Query) -> None:
    assert query("sum by (job, pool) (analytics_database_connections_max) > 0").keys() == {
        ("process", "store"),
        ("stats", "figures"),
    }
    assert query("analytics_queue_up") == dict.fromkeys(query("analytics_queue_up"), 1)
    assert list(query("sum(analytics_queue_backlog_events)").values()) == [0]
    assert list(query("sum(analytics_process_batch_events_sum)").values()) == [22]
    assert list(query('sum(analytics_poller_batch_duration_seconds_count{outcome="done"}) > 0').values())


def test_the_ledgers_balance_is_shown(query: Query) -> None:
    assert list(query("analytics_ledger_closes").values()) == [1]
    assert max(query("time() - analytics_ledger_last_read_timestamp_seconds").values()) < 600
    assert ("missing",) in query("sum by (outcome) (analytics_ledger_events)")


def test_what_the_part_sites_does_is_shown(query: Query) -> None:
    assert query("sum by (work) (analytics_sites_done_total)") == dict.fromkeys(
        [("time_zones",), ("alarms",), ("reports",), ("sent",)], 0
    )
    well = query("min by (work) (time() - analytics_sites_last_round_timestamp_seconds)")
    assert max(well.values()) < 600


def test_every_name_of_the_rules_and_of_the_dashboard_is_shown_by_a_part(query: Query) -> None:
    known: set[str] = set(query("/metadata/")) | {"up"}  # type: ignore[arg-type]
    used = set(re.findall(r"\b(analytics_[a-z_]+|process_[a-z_]+)\b", (FOLDER / "alerts.yml").read_text()))
    panels = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
    for panel in panels:
        for target in panel.get("targets", ()):
            used.update(re.findall(r"\b(analytics_[a-z_]+|process_[a-z_]+)\b", target["expr"]))
    assert len(used) > 20
    assert {name for name in used if re.sub("_(bucket|sum|count)$", "", name) not in known} == set()


def test_every_question_of_the_dashboard_has_an_answer_where_there_is_traffic(query: Query) -> None:
    [(metric, label)] = read_variables().values()
    assert label == "job"
    jobs = sorted(job for (job,) in query(f"count by (job) ({metric})"))
    assert jobs == ["ingest", "process", "stats"]
    for title, question in read_questions(jobs, "1m"):
        eventually(partial(query, question), 30, f"{title} shows something: {question}")


def test_prometheus_takes_the_rules_and_none_fires(query: Query) -> None:
    [group] = query("/rules/")["groups"]  # type: ignore[index]
    assert {rule["health"] for rule in group["rules"]} <= {"ok", "unknown"}  # type: ignore[index]
    assert query('ALERTS{alertstate="firing"}') == {}


def test_nothing_is_shown_without_the_key(watched: WatchedSystem) -> None:
    for part in PARTS:
        for headers in ({}, {"Authorization": "Bearer another-key-than-that"}):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(urllib.request.Request(watched.url_of(part), headers=headers), timeout=10)
            assert refused.value.code == 401, part
            refused.value.close()


def test_the_requests_of_the_page_show_figures(watched: WatchedSystem) -> None:
    (watched.folder / ".env").write_text(f"METRICS_KEY={KEY}\n")
    block = next(block for block in read_blocks("Watch it") if "curl " in block)
    for number, part in enumerate(PARTS, start=3001):
        block = block.replace(f":{number}/", f":{watched.ports[f'{part}_port']}/")
    said = subprocess.run(["sh", "-ec", block], cwd=watched.folder, capture_output=True, text=True, check=True).stdout
    assert "analytics_ingest_events_total" in said
    assert "analytics_ledger_closes" in said


def test_no_label_holds_what_senders_choose(watched: WatchedSystem) -> None:
    send(watched, "/no/such/path-7f3a", {}, 404)
    send(watched, "/event", {"site_id": "site-7f3a", "path": "/page-7f3a", "user_id": "user-7f3a"}, 202)
    watched.wait_until_drained()
    for part in PARTS:
        request = urllib.request.Request(watched.url_of(part), headers={"Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request, timeout=10) as response:
            assert "7f3a" not in response.read().decode()


def test_a_system_without_the_key_shows_nothing(system: System) -> None:
    for port in ("ingest_port", "process_port", "stats_port", "poller_port"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{system.ports[port]}/metrics", timeout=10)
        assert refused.value.code == 404
        refused.value.close()
    assert os.environ.get("METRICS_KEY") is None
