"""The import of another tracker's history, of which each line is an event, and the export of what then is stored."""

import csv
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from statistics import median

import urllib3

from bench import store
from bench.context import Bench, Measurement, column, describe_cores
from bench.figures import Figure
from bench.processes import Failed
from bench.rows.log import Pipeline, import_file, read_children_cpu, running_pipeline, wait_until_stored
from bench.servers import open_database
from common.access.keys import Keys
from common.export.reader import Asked
from infra.export.file import write_export

_SITE = "history"
_KNOWN_WITHIN_SECONDS = 60
_FIRST = datetime(2025, 5, 1, tzinfo=UTC)
_DAYS, _VIEWS_A_VISIT, _PAGES = 30, 4, 2_000
_HEADER = (
    "event_id", "website_id", "session_id", "created_at", "event_type", "event_name", "url_path", "url_query",
    "hostname", "page_title", "referrer_domain", "referrer_path", "browser", "os", "device", "screen", "language",
    "country",
)  # fmt: skip


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of histories. Each round imports the same file into a database that was emptied, then exports."""
    history, lines = bench.folder / "umami.csv", bench.form.log_lines
    _write(history, lines)
    with running_pipeline(bench, _SITE) as pipeline:

        def measure() -> Measurement:
            store.empty(pipeline.database_url)
            env = pipeline.env | {"INGEST_KEY": _make_key(pipeline)}
            began, used = time.monotonic(), read_children_cpu()
            import_file(history, _SITE, env, lines)
            importing = read_children_cpu() - used
            wait_until_stored(pipeline.database_url, lines, began)
            return {"lps": lines / (time.monotonic() - began), "importer_cpu": importing * 1e6 / lines}

        def export() -> Measurement:
            with closing(open_database(pipeline.database_url)) as database:
                began = time.monotonic()
                events = write_export(database, Asked(_SITE), bench.folder / "export.gz")
                return {"eps": events / (time.monotonic() - began)}

        measured = bench.alternate({"import": measure, "export": export}, pipeline.pids)
        store.require_clean([pipeline.database_url], lines)
    found, exported = measured["import"], measured["export"]
    note = (
        f"the importer takes {median(column(found, 'importer_cpu')):,.0f} s of CPU a million lines;"
        f" {describe_cores(found)}"
    )
    return {
        "history/lines": Figure(column(found, "lps"), note),
        "export/events": Figure(column(exported, "eps"), f"{lines:,} events; {describe_cores(exported)}"),
    }


def _make_key(pipeline: Pipeline) -> str:
    """A key that may import, once ingest knows it. Raises Failed if that takes too long."""
    with closing(open_database(pipeline.database_url)) as database:
        _, key = Keys(database).make("bench", "importer", ["import"], None)
    fields = {"Authorization": f"Bearer {key.text}", "Content-Type": "application/x-ndjson"}
    for _ in range(_KNOWN_WITHIN_SECONDS * 10):
        answer = urllib3.request("POST", f"{pipeline.env['INGEST_URL']}/import", body=b"{}", headers=fields)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return key.text
        time.sleep(0.1)
    raise Failed("ingest does not know the key")


def _write(path: Path, lines: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_HEADER)
        for number in range(lines):
            visit, page = divmod(number, _VIEWS_A_VISIT)
            moment = _FIRST + timedelta(days=_DAYS) * (number / lines)
            rows.writerow((
                f"5c1d6f0e-0f0a-4c39-9a51-{number:012}", "94db1cb1-74f4-4a40-ad6c-962362670409",
                f"a7f1c2a0-58c9-5b7e-8b5c-{visit:012}", moment.isoformat(sep=" "), 1, "",
                f"/articles/{number * 7919 % _PAGES}", "", "www.example.com", "An article",
                "" if page else "news.ycombinator.com", "" if page else "/item", "chrome", "Windows 10", "desktop",
                "1920x1080", "en-GB", "GB",
            ))  # fmt: skip
