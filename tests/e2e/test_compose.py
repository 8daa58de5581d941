"""`docker compose up -d` for real, beside whatever else runs here: a project name, ports and volumes of its own."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener, urlopen

import pytest

from common.groups.slots import find_slot
from infra.local.address import free_port

pytestmark = pytest.mark.compose

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
SCALING = (ROOT / "docs" / "scaling.md").read_text()
SMALL_SERVER = (ROOT / "docs" / "small-server.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
PORTS = ("INGEST_PORT", "STATS_PORT", "REDIS_PORT", "POSTGRES_PORT", "PGADMIN_PORT")
OURS = ("ingest", "process", "stats", "poller")
KILL_EVERYTHING = ["python", "-c", "import os; os.kill(-1, 9)"]


def eventually(is_true: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.05)


def without_settings() -> dict[str, str]:
    """This environment without what .env.example names: it would win over the file."""
    named = re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)
    return {name: value for name, value in os.environ.items() if name not in named}


class Project:
    """One Compose project over the repository's docker-compose.yml."""

    def __init__(self, folder: Path) -> None:
        self.name = f"analytics-test-{os.getpid()}"
        self.sent = 0
        self.folder = folder
        self.ports = {name: free_port() for name in PORTS}
        self._env_file = folder / ".env"
        self._env_file.write_text(EXAMPLE + "".join(f"{name}={port}\n" for name, port in self.ports.items()))

    def run(self, *arguments: str, seconds: float = 900) -> str:
        command = ["docker", "compose", "--env-file", str(self._env_file), "--project-name", self.name, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=without_settings(), capture_output=True, text=True, timeout=seconds, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shell(self, commands: str, folder: Path) -> str:
        """What commands of a page say that are run in a folder."""
        file = os.environ.get("COMPOSE_FILE", str(ROOT / "docker-compose.yml"))
        mine = {"COMPOSE_FILE": file, "COMPOSE_PROJECT_NAME": self.name, "COMPOSE_ENV_FILES": str(self._env_file)}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands],
            cwd=folder,
            env=without_settings() | mine,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def url(self, part: str, path: str) -> str:
        return f"http://127.0.0.1:{self.ports[f'{part.upper()}_PORT']}{path}"

    def states(self) -> dict[str, str]:
        """How `docker ps` would show each service."""
        containers = map(json.loads, self.run("ps", "--all", "--format", "json").splitlines())
        return {one["Service"]: one["Health"] or f"{one['State']} {one['ExitCode']}" for one in containers}

    def send(self, site: str) -> object:
        event = {
            "site_id": site,
            "event_type": "page_view",
            "path": "/home",
            "user_id": "user-001",
            "timestamp": "2025-11-12T10:00:00Z",
        }
        headers = {"Content-Type": "application/json"}
        request = Request(self.url("ingest", "/event"), json.dumps(event).encode(), headers)
        with urlopen(request, timeout=10) as response:
            answer: object = json.load(response)
        self.sent += 1
        return answer

    def views(self, site: str) -> int:
        return int(json.loads(self.read_stats(site))["total_views"])

    def read_stats(self, site: str) -> str:
        with urlopen(self.url("stats", f"/stats?site_id={site}&date=2025-11-12"), timeout=10) as response:
            return response.read().decode()

    def answers(self, part: str, path: str) -> bool:
        try:
            with urlopen(self.url(part, path), timeout=5) as response:
                return response.status == 200
        except (URLError, OSError):
            return False


@pytest.fixture(scope="module")
def compose() -> None:
    if not shutil.which("docker"):
        pytest.skip("no docker on this machine")
    if subprocess.run(["docker", "compose", "version"], capture_output=True).returncode:
        pytest.skip("no docker compose on this machine")


@pytest.fixture(scope="module")
def engine(compose: None) -> None:
    answer = subprocess.run(["docker", "info"], capture_output=True, text=True)
    if answer.returncode:
        pytest.skip(f"no Docker engine answers: {answer.stderr.strip().splitlines()[-1]}")


@pytest.fixture(scope="module")
def project(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("compose"))
    try:
        project.run("up", "--detach", "--build")
        eventually(lambda: all(project.answers(part, "/readyz") for part in ("ingest", "stats")), seconds=180)
        yield project
    finally:
        project.run("--profile", "second", "down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "5")
        subprocess.run(["docker", "image", "rm", f"{project.name}-poller"], capture_output=True)


def test_whichever_setting_compose_misses_first_it_says_what_to_do() -> None:
    said = re.findall(r":\?([^}]*)}", (ROOT / "docker-compose.yml").read_text())
    assert said
    assert all(text.startswith("copy .env.example to .env first") for text in said)


def test_without_an_env_file_compose_says_in_one_line_what_to_do(compose: None) -> None:
    command = ["docker", "compose", "--env-file", os.devnull, "config"]
    done = subprocess.run(command, cwd=ROOT, env=without_settings(), capture_output=True, text=True)
    assert done.returncode != 0
    [line] = done.stderr.strip().splitlines()
    assert "copy .env.example to .env first" in line


def test_the_readmes_event_is_in_the_readmes_stats(project: Project) -> None:
    assert project.send("site-abc-123") == {"status": "ok"}
    eventually(lambda: project.views("site-abc-123"))
    assert project.read_stats("site-abc-123") == (
        '{"site_id":"site-abc-123","date":"2025-11-12","total_views":1,"unique_users":1,'
        '"top_paths":[{"path":"/home","views":1}]}'
    )


def test_no_part_of_ours_is_root(project: Project) -> None:
    users = {part: project.run("exec", "--no-TTY", part, "id", "-u").strip() for part in OURS}
    assert users == dict.fromkeys(OURS, "10001")
    assert project.run("run", "--rm", "--no-deps", "--entrypoint", "id", "migrate", "-u").strip() == "10001"


def test_the_command_line_runs_in_a_container(project: Project) -> None:
    assert project.run("run", "--rm", "--no-TTY", "analytics", "verify") == "every aggregate equals its recount\n"


@pytest.mark.parametrize("part", OURS)
def test_a_part_that_dies_is_started_again(project: Project, part: str) -> None:
    container = project.run("ps", "--quiet", part).strip()
    started = _started_at(container)
    subprocess.run(["docker", "exec", container, *KILL_EVERYTHING], capture_output=True)
    eventually(lambda: _started_at(container) != started)
    eventually(lambda: project.states()[part] == "healthy")
    eventually(lambda: project.answers("ingest", "/readyz"))
    site = f"restarted-{part}"
    project.send(site)
    eventually(lambda: project.answers("stats", "/readyz") and project.views(site) == 1)


def test_all_services_are_healthy_and_roles_and_migrate_have_ended_well(project: Project) -> None:
    healthy = dict.fromkeys(("redis", "postgres", "pgadmin", *OURS), "healthy")
    others = {"roles": "exited 0", "migrate": "exited 0", "sites": "running 0"}
    eventually(lambda: project.states() == {**healthy, **others}, seconds=180)


def test_pgadmin_asks_who_you_are_and_opens_the_registered_server_without_its_password(project: Project) -> None:
    eventually(lambda: project.answers("pgadmin", "/login"), seconds=180)
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = _read(browser, project.url("pgadmin", "/login"))
    assert "pgAdmin" in page
    login = {
        "email": "admin@example.com",
        "password": "change-me-pgadmin",
        "csrf_token": _find(r'"csrfToken": *"([^"]+)"', page),
        "internal_button": "Login",
    }
    _read(browser, project.url("pgadmin", "/authenticate/login"), urlencode(login).encode())
    script = _read(browser, project.url("pgadmin", "/browser/js/utils.js"))
    headers = {"X-pgA-CSRFToken": _find(r"\['csrf_token'\] = '([^']+)'", script)}
    first_server_of_first_group = project.url("pgadmin", "/browser/server/connect/1/1")
    answer = json.loads(_read(browser, first_server_of_first_group, b"", headers))
    assert (answer["info"], answer["data"]["db"]) == ("Server connected.", "analytics")


def test_what_is_queued_and_what_is_stored_survive_kill_down_and_up(project: Project) -> None:
    project.send("stored")
    eventually(lambda: project.views("stored") == 1)
    project.run("kill", "poller")
    project.send("queued")
    project.run("kill", "ingest", "redis")
    project.run("down")
    project.run("up", "--detach", "--wait", *OURS)
    eventually(lambda: project.views("queued") == 1)
    assert project.views("stored") == 1


def test_a_database_that_is_restored_as_the_page_says_gets_back_what_it_lost(project: Project, tmp_path: Path) -> None:
    project.send("dumped")
    eventually(lambda: project.views("dumped") == 1)
    project.shell(
        _find(r"\*\*Under Compose\*\*: `(docker compose exec -T postgres pg_dump [^`]*)`", SMALL_SERVER), tmp_path
    )
    project.send("lost")
    eventually(lambda: project.views("lost") == 1)
    eventually(lambda: _is_told(project))
    told = project.shell(_find(r"### Under Compose\n[^`]*(?:`[^`\n]+`[^`]*)*```sh\n([^`]*)```", OPERATIONS), tmp_path)
    assert told.startswith("restored\n")
    assert re.search(r"^sent +[1-9]\d* events", told, re.MULTILINE)
    assert "every aggregate equals its recount" in told
    assert (project.views("dumped"), project.views("lost")) == (1, 1)


def test_a_second_database_comes_and_goes_as_the_page_says(project: Project) -> None:
    section = _find(r"\n### The same under Compose\n((?:.*\n)*?)### ", SCALING)
    come, go = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    sites = ["compose-a", "compose-b", "compose-c", "compose-d", "compose-e", "compose-f"]
    away = {site for site in sites if find_slot(site) >= 128}
    assert set() < away < set(sites)
    for site in sites:
        project.send(site)
    eventually(lambda: all(project.views(site) == 1 for site in sites))
    assert "second: 128 slots (128-255)" in project.shell(come, project.folder)
    for site in sites:
        project.send(site)
    eventually(lambda: all(project.views(site) == 2 for site in sites))
    ask = (
        "psql",
        "--username=analytics",
        "--tuples-only",
        "--no-align",
        "--command=select distinct site_id from events",
    )
    stored = project.run("exec", "--no-TTY", "postgres-second", *ask).split()
    assert {site for site in stored if site in sites} == away
    roles = ("psql", "--username=analytics", "--tuples-only", "--command=select usename from pg_stat_activity")
    said = project.run("exec", "--no-TTY", "postgres-second", *roles)
    assert {"analytics_writer", "analytics_reader"} <= set(said.split())
    assert "home: 256 slots (0-255)" in project.shell(go, project.folder)
    project.run("--profile", "second", "rm", "--force", "postgres-second")
    for site in sites:
        project.send(site)
    eventually(lambda: all(project.views(site) == 3 for site in sites))
    assert "every aggregate equals its recount" in project.run("run", "--rm", "--no-TTY", "analytics", "verify")


def _is_told(project: Project) -> bool:
    """Whether the poller has told the queue that all events were settled."""
    ask = ("redis-cli", "--raw", "hget", "{events:0}:witness", "told_settled")
    return int(project.run("exec", "--no-TTY", "redis", *ask).strip() or 0) >= project.sent


def _started_at(container: str) -> str:
    inspect = ["docker", "inspect", "--format", "{{.State.Running}} {{.State.StartedAt}}", container]
    running, started_at = subprocess.run(inspect, capture_output=True, text=True, check=True).stdout.split()
    return started_at if running == "true" else ""


def _read(browser: OpenerDirector, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> str:
    with browser.open(Request(url, body, headers or {}), timeout=30) as response:
        return response.read().decode()


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"no {pattern} in {text[:500]}"
    return found[1]
