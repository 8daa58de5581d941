"""The whole chain for other trackers' clients: a real ingest that can be killed, and the figures at its end."""

import json
import os
import re
import shutil
import subprocess
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from common.postgres.database import Database
from common.sites.changes import GivenAlias, NewSite
from common.sites.directory import SiteDirectory
from tests.pressure.parts import Parts, RunningPart, eventually

PROJECT = Path(__file__).resolve().parents[2]
INSTALLED = PROJECT / "build" / "clients" / "node_modules"
"""The npm packages: `make test-clients` installs them."""
PYTHON = PROJECT / ".venv" / "clients" / "bin" / "python"
"""Of the environment with the PyPI packages."""
DRIVERS = Path(__file__).parent / "drivers"
SITE = "blog"
SECONDS = 30


class Stand:
    """Ingest, the processor, the poller and stats, as processes."""

    def __init__(self, parts: Parts, database: Database) -> None:
        self._parts, self._database = parts, database
        self.ingest = parts.start("ingest", "uvicorn")
        parts.start("poller", process_url=parts.start("process").url)
        self.stats = parts.start("stats")

    @property
    def url(self) -> str:
        """Ingest's."""
        return self.ingest.url

    def know_as(self, dialect: str, external_id: str) -> None:
        """Make the site, and have another tracker's id stand for it; return when ingest knows."""
        alias = GivenAlias(dialect=dialect, external_id=external_id)
        SiteDirectory(self._database).create(NewSite(site_id=SITE, aliases=[alias]), "UTC")
        eventually(lambda: self._resolves(dialect, external_id), SECONDS, "ingest knows the alias")

    def _resolves(self, dialect: str, external_id: str) -> bool:
        probe = {
            "plausible": {"n": "pageview", "u": "https://a.example/", "d": external_id},
            "umami": {"type": "event", "payload": {"website": external_id, "url": "https://a.example/"}},
            "goatcounter": {"hits": [{"path": "/"}]},
        }[dialect]
        query = urlencode({"dialect": dialect, "site": external_id})
        request = urllib.request.Request(f"{self.url}/validate?{query}", json.dumps(probe).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            [told] = json.load(answer)["events"]
        return told["event"]["site_id"] == SITE

    def kill(self) -> None:
        """Ingest dies."""
        self.ingest.kill()

    def restart(self) -> None:
        """It is started again, where it was."""
        self.ingest: RunningPart = self._parts.start("ingest", "uvicorn", port=self.ingest.port)

    def ask(self, endpoint: str = "summary", **parameters: str) -> Any:
        """`data` of an answer of /v1/stats about all that was sent; None while there is no such site."""
        query = urlencode({"site_id": SITE, "period": "all", **parameters})
        try:
            with urllib.request.urlopen(f"{self.stats.url}/v1/stats/{endpoint}?{query}", timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return None

    def count_types(self) -> dict[str, int]:
        """How many events there are of each type, page views included."""
        rows = self.ask("breakdown", dimension="event_type", metrics="events") or []
        return {row["event_type"]: row["events"] for row in rows}

    def count_by(self, dimension: str, metric: str = "events", **parameters: str) -> dict[str, Any]:
        """A breakdown's one metric, by value."""
        rows = self.ask("breakdown", dimension=dimension, metrics=metric, **parameters) or []
        return {row[dimension]: row[metric] for row in rows if row[metric]}

    def settles(self, expected: dict[str, int]) -> dict[str, int]:
        """What types there are in the end: as expected, or whatever there is when the time is over."""
        with suppress(AssertionError):
            eventually(lambda: self.count_types() == expected, SECONDS, "all is stored")
        return self.count_types()


def read_snippet(dialect: str, begins: str, url: str) -> str:
    """A line of docs/moving that a page is to have, with ingest's own URL in it."""
    page = (PROJECT / "docs" / "moving" / f"{dialect}.md").read_text()
    [line] = re.findall(rf"^{re.escape(begins)}.*$", page, re.MULTILINE)
    assert "https://stats.example.com" in line
    return str(line).replace("https://stats.example.com", url)


def find_missing() -> str:
    """Why the clients can't be run here; empty if they can."""
    if shutil.which("node") is None or not INSTALLED.is_dir():
        return "the npm packages are not installed here (make test-clients does it, with Node and npm)"
    return "" if PYTHON.exists() else "the PyPI packages are not installed here (make test-clients does it)"


def run_driver(name: str, url: str, **env: str) -> list[Any]:
    """Run a program that uses a published package; what it prints, a JSON value a line."""
    driver = DRIVERS / name
    argv = [str(PYTHON), str(driver)] if driver.suffix == ".py" else ["node", str(driver)]
    given = {"PATH": os.environ["PATH"], "NODE_PATH": str(INSTALLED), "INGEST_URL": url, **env}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, env=given)
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
