"""A real access log through the whole system, against goaccess: hits of each path, visitors of each day.

Both count every line: bots are kept, and assets, errors and every method too (`all_requests`; goaccess has them in its
panels of static and not found requests, and counts who met errors with `--4xx-to-unique-count`). For both a visitor is
an address and a user agent on a day. goaccess undoes the %HH of paths and drops spaces at their ends; so is done here.
"""

import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode
from uuid import uuid4

import pytest

from infra.importer.run import ImportOptions, run
from tests.e2e.conftest import System, get

pytestmark = [
    pytest.mark.long,
    pytest.mark.e2e,
    pytest.mark.skipif(not shutil.which("goaccess"), reason="no goaccess on this machine"),
]

LOG = Path(__file__).parent.parent / "data" / "access-2015-05-17.log"
GOACCESS = [
    "goaccess",
    str(LOG),
    "--no-global-config",
    "--no-progress",
    "--log-format=COMBINED",
    "--no-query-string",
    "--http-method=no",
    "--http-protocol=no",
    "--4xx-to-unique-count",
    "--max-items=100000",
]
PANELS = ("requests", "static_requests", "not_found")
RANGE = {"from": "2015-05-17", "to": "2015-05-18"}
PAGE = 1_000

Figures = dict[Any, int]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What goaccess says of the log; it writes bytes as they come, not always UTF-8."""
    path = tmp_path_factory.mktemp("goaccess") / "report.json"
    subprocess.run([*GOACCESS, "-o", str(path)], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return json.loads(path.read_text("latin-1"))


@pytest.fixture(scope="module")
def site(system: System) -> str:
    """A site with all that the log has."""
    options = ImportOptions(f"goaccess-{uuid4()}", keep_bots=True, all_requests=True)
    imported = run(LOG, options, system.settings)
    assert (imported.exit_code, imported.accepted) == (0, 4_525), imported.as_text()
    system.wait_until_drained()
    return options.site_id


def ask(system: System, endpoint: str, **query: Any) -> dict[str, Any]:
    answer = get(f"{system.stats_url}/v1/stats/{endpoint}?{urlencode(query | RANGE)}")
    assert answer.get("meta", {}).get("exact"), answer
    return answer


def count_paths(system: System, site: str) -> Figures:
    rows: list[dict[str, Any]] = []
    total = 1
    while len(rows) < total:
        query = {"dimension": "path", "metrics": "page_views", "limit": PAGE, "offset": len(rows)}
        answer = ask(system, "breakdown", site_id=site, **query)
        rows += answer["data"]
        total = answer["meta"]["total"]
        assert answer["data"]
    hits = Counter[str]()
    for row in rows:
        hits[unquote_to_bytes(row["path"]).decode("latin-1").strip()] += row["page_views"]
    return hits


def test_every_path_has_as_many_hits_as_goaccess_counts(report: dict[str, Any], system: System, site: str) -> None:
    assert report["general"]["valid_requests"] == 4_525
    hits = Counter[str]()
    for row in (row for panel in PANELS for row in report[panel]["data"]):
        hits[row["data"].strip()] += row["hits"]["count"]
    assert count_paths(system, site) == hits


def test_every_day_has_as_many_visitors_as_goaccess_counts(report: dict[str, Any], system: System, site: str) -> None:
    days = {re.sub(r"(....)(..)(..)", r"\1-\2-\3", row["data"]): row for row in report["visitors"]["data"]}
    answer = ask(system, "timeseries", site_id=site, metrics="visitors,page_views", interval="day")
    counted = {row["time"][:10]: (row["visitors"], row["page_views"]) for row in answer["data"]}
    assert counted == {day: (row["visitors"]["count"], row["hits"]["count"]) for day, row in days.items()}
    assert sum(visitors for visitors, _ in counted.values()) == report["general"]["unique_visitors"]
