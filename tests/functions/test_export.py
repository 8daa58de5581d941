"""What a site's export holds: every event once, whatever comes meanwhile; imported elsewhere, every figure is equal."""

import asyncio
import csv
import gc
import gzip
import io
import itertools
import json
import tracemalloc
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from common.access.keys import Keys
from common.export import reader
from common.export.reader import Asked, Page, read_pages
from common.postgres.database import Database
from infra.cli.main import analytics
from infra.export.file import write_export
from infra.verification.recount import verify_aggregates
from tests.contract.history import SITES, make_history
from tests.functions.conftest import ImportFile
from tests.functions.site import Site, view
from tests.functions.stepped_system import SteppedSystem

METRICS = "visitors,visits,page_views,events,bounce_rate,visit_duration,views_per_visit,engaged_time,scroll_depth"
DIMENSIONS = (
    "path", "event_type", "entry", "exit", "hostname", "referrer", "source", "channel", "utm_source", "utm_campaign",
    "country", "browser", "os", "device", "language", "screen", "props.plan", "props.n",
)  # fmt: skip
SPAN = {"from": "2006-10-20", "to": "2006-11-10"}
NIGHT = "2006-10-31T23:50:00.000000Z"


def make_rich_site() -> list[dict[str, Any]]:
    """Users and strangers, one of them over midnight, engagement, revenue, props, what was set aside."""
    shared = {"site_id": "blog", "event_type": "page_view", "path": "/night"}
    before, after = "e" * 16, "f" * 16
    more = [
        {**shared, "timestamp": NIGHT, "visitor_id": before, "browser": "Firefox"},
        {**shared, "timestamp": "2006-11-01T00:10:00.000000Z", "visitor_id": after, "previous_visitor_id": before},
        {**shared, "timestamp": "2006-11-01T00:12:00.000000Z", "visitor_id": after, "event_type": "engagement",
         "engaged_ms": 12_000, "scroll_depth": 80},
        {**shared, "timestamp": "2006-11-01T00:13:00.000000Z", "visitor_id": after, "event_type": "engagement",
         "engaged_ms": 500, "scroll_depth": 90, "scroll_depth_before": 80},
        {**shared, "timestamp": "2006-11-01T00:14:00.000000Z", "visitor_id": after, "event_type": "seen",
         "interactive": False, "title": 'A "title",\nin two lines\\'},
        {**shared, "timestamp": NIGHT, "filtered": "bot", "user_id": "x"},
        {**shared, "timestamp": NIGHT, "filtered": "bot", "hostname": "example.com",
         "crawler": {"name": "GPTBot", "operator": "OpenAI", "purpose": "training"}},
        {**shared, "timestamp": NIGHT, "filtered": "blocked_path", "props": {"a": "b"}},
        {**shared, "timestamp": NIGHT, "filtered": "bot", "restored": "2006-11-02T09:00:00.25Z"},
    ]  # fmt: skip
    numbered = [{**event, "event_id": str(UUID(int=2**100 + number))} for number, event in enumerate(more)]
    return [*make_history(18, 400), *numbered]


def store(site: Site, events: list[dict[str, Any]]) -> None:
    for start in range(0, len(events), 50):
        site.store(events[start : start + 50])


def read_figures(stats: TestClient) -> dict[str, Any]:
    """What every endpoint says of all sites, apart from when it was counted."""
    answers = {}
    for site_id in SITES:
        asked: list[tuple[str, dict[str, str]]] = [("summary", {"metrics": METRICS, **SPAN})]
        asked += [("timeseries", {"metrics": METRICS, "interval": interval, **SPAN}) for interval in ("hour", "day")]
        asked += [
            ("breakdown", {"dimension": name, "metrics": "visitors,events", "limit": "1000", **SPAN})
            for name in DIMENSIONS
        ]
        asked += [("summary", {"metrics": "revenue", **SPAN}), ("filtered", SPAN), ("dimensions", {})]
        for endpoint, query in asked:
            answer = stats.get(f"/v1/stats/{endpoint}", params={"site_id": site_id, **query}).json()
            answer["meta"] = {
                name: value for name, value in answer["meta"].items() if name not in ("version", "fresh_as_of")
            }
            answers[f"{site_id} {endpoint} {query}"] = answer
        for day in ("2006-10-28", "2006-10-29", "2006-11-01"):
            answers[f"{site_id} {day}"] = stats.get("/stats", params={"site_id": site_id, "date": day}).json()
    return answers


def fetch(stats: TestClient, site_id: str, **query: str) -> str:
    answer = stats.get("/v1/export", params={"site_id": site_id, **query})
    assert answer.status_code == 200, answer.text
    return gzip.decompress(answer.content).decode()


def empty(database: Database) -> None:
    tables = database.run(
        "select string_agg(oid::regclass::text, ', ') from pg_class where relkind in ('r', 'p') and not relispartition"
        " and relnamespace = 'public'::regnamespace and relname not like '%migration%' and relname !~ '^access_'"
    )
    database.run(f"truncate {tables[0][0]}")


def put_in(importer: TestClient, content: str) -> Any:
    fields = {"Content-Type": "application/x-ndjson"}
    return importer.post("/import", content=content.encode(), headers=fields)


@pytest.mark.long
def test_an_export_that_is_imported_elsewhere_gives_equal_figures_however_often(
    site: Site, importer: TestClient, system: SteppedSystem, database: Database
) -> None:
    store(site, make_rich_site())
    before = read_figures(site.stats)
    exported = {site_id: fetch(site.stats, site_id) for site_id in SITES}
    assert '"filtered":"bot","restored":"2006-11-02T09:00:00.25Z"' in exported["blog"]
    empty(database)
    assert read_figures(site.stats) != before

    for _ in range(2):
        for content in exported.values():
            answer = put_in(importer, content)
            assert answer.json() == {"status": "ok", "accepted": len(content.splitlines())}
        system.process()

        after = read_figures(site.stats)
        assert [(key, answer, after[key]) for key, answer in before.items() if after[key] != answer] == []
        assert verify_aggregates(system.settings.database_url) == []
    assert {site_id: fetch(site.stats, site_id) for site_id in SITES} == exported


def test_csv_can_be_imported_too(
    site: Site, import_file: ImportFile, system: SteppedSystem, database: Database
) -> None:
    store(site, make_rich_site())
    exported = fetch(site.stats, "blog")
    table = fetch(site.stats, "blog", format="csv")
    empty(database)

    for _ in range(2):
        report = import_file(table.encode(), "blog")
        system.process()

        assert (report.accepted, report.exit_code) == (len(exported.splitlines()), 0), report.as_text()
        assert fetch(site.stats, "blog") == exported


def test_events_that_come_while_an_export_runs_are_neither_in_it_nor_missing_from_the_next(
    site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.export.reader.PAGE_EVENTS", 3)
    site.store([view(f"02T10:00:{second:02}") for second in range(10)])
    pages = read_pages(database, Asked("s"))
    first = next(pages)

    late = [view("01T00:00:00"), view("02T10:00:01", "bob"), view("02T10:00:09", "bob"), view("09T00:00:00")]
    site.store(late, offset=100)

    begun = [str(UUID(int=number)) for number in range(10)]
    assert sorted(read_ids([first, *pages])) == begun
    assert sorted(read_ids(list(read_pages(database, Asked("s"))))) == begun + [
        str(UUID(int=100 + n)) for n in range(4)
    ]


def read_ids(pages: list[Page]) -> list[str]:
    return [json.loads(line)["event_id"] for page in pages for line in page.text.splitlines()]


def test_memory_does_not_grow_with_the_export(
    site: Site, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.export.reader.PAGE_EVENTS", 50)
    title = "".join(chr(0x4E00 + number) for number in range(100))
    peaks = []
    for number, many in enumerate((100, 1_400)):
        events = [view(f"02T{minute // 60:02}:{minute % 60:02}:00", title=title) for minute in range(many)]
        store_many(site, events, 10_000 * number)
        assert write_export(database, Asked("s"), tmp_path / "export.gz") == (100, 1_500)[number]
        peaks.append(measure_peak(lambda: write_export(database, Asked("s"), tmp_path / "export.gz")))
    assert peaks[1] < 1.3 * peaks[0]


def store_many(site: Site, events: list[dict[str, Any]], offset: int) -> None:
    for start in range(0, len(events), 50):
        site.store(events[start : start + 50], offset=offset + start)


def measure_peak(work: Callable[[], object]) -> int:
    """Bytes of Python's that were in use at most: the median of three times, for other threads' are among them."""
    peaks = []
    for _ in range(3):
        gc.collect()  # so that nothing that earlier tests left ends meanwhile
        tracemalloc.start()
        try:
            work()
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    return sorted(peaks)[1]


def test_csv_has_the_events_of_the_json(site: Site) -> None:
    store(site, make_rich_site())

    rows = list(csv.DictReader(io.StringIO(fetch(site.stats, "blog", format="csv"), newline="")))

    events = [json.loads(line) for line in fetch(site.stats, "blog").splitlines()]
    assert len(rows) == len(events)
    for row, event in zip(rows, events, strict=True):
        revenue = event.pop("revenue", {"amount": "", "currency": ""})
        assert (row.pop("revenue"), row.pop("currency")) == (revenue["amount"], revenue["currency"])
        for name in ("props", "crawler"):
            assert json.loads(row.pop(name) or "{}") == event.pop(name, {})
        given = {name: value for name, value in row.items() if value}
        assert given == {
            name: {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
            for name, value in event.items()
        }


def test_the_command_writes_what_the_route_sends_as_a_whole(site: Site, system: SteppedSystem, tmp_path: Path) -> None:
    store(site, make_rich_site())
    file = tmp_path / "blog.ndjson.gz"

    done = CliRunner().invoke(analytics, ["export", "--site-id", "blog", "--output", str(file)])

    assert done.exit_code == 0, done.output
    assert gzip.decompress(file.read_bytes()).decode() == fetch(site.stats, "blog")
    assert list(tmp_path.iterdir()) == [file] or system.settings.data_dir in tmp_path.iterdir()


def test_who_may_see_figures_only_gets_no_events(site: Site, database: Database) -> None:
    site.store([view("02T10:00:00")])
    _, key = Keys(database).make("test", "reader", ["stats"], ["s"])

    refused = site.stats.get("/v1/export?site_id=s", headers={"Authorization": f"Bearer {key.text}"})

    assert refused.status_code == 403


@pytest.mark.parametrize("scopes", [["ingest"], ["stats"], []])
def test_importing_needs_a_key_of_an_importer(
    scopes: list[str], importer: TestClient, system: SteppedSystem, database: Database, site: Site
) -> None:
    del importer.headers["Authorization"]
    if scopes:
        _, key = Keys(database).make("test", "other", scopes, None)
        system.publisher.step()
        importer.headers["Authorization"] = f"Bearer {key.text}"

    answer = put_in(importer, json.dumps({**view("02T10:00:00"), "site_id": "s", "event_id": str(UUID(int=1))}))

    assert answer.status_code == 401
    system.process()
    assert database.run("select count(*) from events") == [[0]]


def test_a_line_that_is_no_event_costs_itself_alone(
    importer: TestClient, system: SteppedSystem, database: Database, site: Site
) -> None:
    good = {**view("02T10:00:00"), "site_id": "s", "event_type": "page_view", "event_id": str(UUID(int=1))}
    bad = [{**good, "unknown": 1}, {**good, "path": None}, {**good, "timestamp": "2300-01-01T00:00:00Z"}, 7]
    lines = [json.dumps(one) for one in itertools.chain(bad, [good])]

    answer = put_in(importer, "\n".join(lines))

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 1
    assert [fault["index"] for fault in answer.json()["rejected"]] == [0, 1, 2, 3]
    system.process()
    assert database.run("select count(*) from events") == [[1]]


def test_the_importer_knows_an_export_and_sends_it_to_the_site_that_it_is_given(
    site: Site, import_file: ImportFile, system: SteppedSystem, database: Database
) -> None:
    store(site, make_rich_site())
    content = fetch(site.stats, "blog")
    empty(database)

    packed = gzip.compress(content.encode() + b"no event\n")

    report = import_file(packed, "moved")

    assert (report.accepted, report.unparsable.count) == (len(content.splitlines()), 1), report.as_text()
    assert list(report.formats.values()) == ["an export of this system"]
    system.process()
    assert fetch(site.stats, "moved") == content.replace('"site_id":"blog"', '"site_id":"moved"')


async def _read_a_part(app: Any, query: bytes) -> list[dict[str, Any]]:
    """What a client gets that leaves when the first bytes are there."""
    sent: list[dict[str, Any]] = []
    has_some = asyncio.Event()
    begins = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in begins:
            return message
        await has_some.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            has_some.set()

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "GET",
             "scheme": "http", "path": "/v1/export", "raw_path": b"/v1/export", "query_string": query, "root_path": "",
             "headers": headers, "client": ("127.0.0.1", 50_000), "server": ("localhost", 80)}  # fmt: skip
    await app(scope, receive, send)
    return sent


def test_a_client_that_leaves_in_the_middle_leaves_no_connection_and_no_transaction_behind(
    site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.export.reader.PAGE_EVENTS", 10)
    site.store([view(f"02T10:{number // 60:02}:{number % 60:02}", props=make_noise(number)) for number in range(200)])
    whole = fetch(site.stats, "s")
    unfinished: list[Any] = []  # so that nobody but the route ends what was begun

    def compress(pages: Iterator[Page]) -> Iterator[bytes]:
        unfinished.append(pages)
        return reader.compress(pages)

    monkeypatch.setattr("functions.stats.export.routes.compress", compress)
    assert site.stats.portal is not None

    for _ in range(3):
        sent = site.stats.portal.call(_read_a_part, site.stats.app, b"site_id=s")

        assert sent[0]["status"] == 200, sent
        with pytest.raises(EOFError):
            gzip.decompress(b"".join(message.get("body", b"") for message in sent))

    assert database.run(
        "select count(*) from pg_stat_activity where state like 'idle in transaction%' and datname = current_database()"
    ) == [[0]]
    assert fetch(site.stats, "s") == whole


def make_noise(number: int) -> dict[str, str]:
    """What hardly gets smaller: so that a part is sent before all is read."""
    return {f"p{place}": blake2b(b"%d %d" % (number, place)).hexdigest() for place in range(10)}
