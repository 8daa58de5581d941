"""What docs/operations.md says of keeping, pruning and erasing: its commands run, and no file has what was erased."""

import re
import time
from contextlib import closing
from pathlib import Path

import pytest

from common.postgres.database import Database
from common.redis.client import connect
from tests.e2e.conftest import PROJECT, System, eventually
from tests.e2e.test_api_page import Example, read_examples, run

PAGE = (PROJECT / "docs" / "operations.md").read_text()
ABOUT = ("Keep and prune", "Erase a person")
pytestmark = [pytest.mark.e2e, pytest.mark.long]


def read_section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


@pytest.fixture
def has_diary(system: System) -> None:
    """The site of the page is gone before it is made."""
    system.run("sites", "delete", "diary", "--yes")
    eventually(lambda: "diary" not in system.run("sites").stdout, 60, "the site is gone")


def check(example: Example, system: System) -> None:
    said = run(example.command, system)
    deadline = time.monotonic() + 60
    while "localhost:300" in example.command and not example.is_answered_by(said) and time.monotonic() < deadline:
        time.sleep(0.1)  # ingest learns of the site, the processor stores the event
        said = run(example.command, system)
    assert example.is_answered_by(said), f"{example.command}\n{example.answer}\n{said}"


@pytest.mark.usefixtures("has_diary")
def test_every_command_gives_the_answer_that_the_page_shows(system: System) -> None:
    examples = [example for title in ABOUT for example in read_examples(read_section(title))]
    shown = re.findall(r"^(?:\.venv/bin/analytics|curl) ", "".join(map(read_section, ABOUT)), re.MULTILINE)
    assert len(examples) == len(shown) >= 9
    for example in examples:
        check(example, system)
    assert (system.folder / "eve.ndjson.gz").stat().st_size > 0


def test_no_file_has_what_was_erased_once_tables_and_the_append_only_file_are_rewritten(system: System) -> None:
    person, other = "gone-4c1f8e52", "kept-9a7d30b6"
    for user in (person, other):
        command = (
            "curl -X POST http://localhost:3001/event -H 'Content-Type: application/json'"
            f' -d \'{{"site_id": "people", "path": "/of/{user}", "user_id": "{user}", "props": {{"who": "{user}"}}}}\''
        )
        assert run(command, system).startswith("202 ")
    eventually(lambda: "people" in system.run("sites").stdout, 60, "stored")
    system.wait_until_drained()
    assert find_files(system.folder / "data", person)
    done = system.run("erase", "--site-id", "people", "--user-id", person, "--yes", "--wait")
    assert done.returncode == 0, done.stderr
    with closing(Database(system.settings.database_url, 1, 60)) as database, database.session() as connection:
        connection.run("vacuum full")
    with closing(connect(system.settings)) as redis:
        redis.bgrewriteaof()
    eventually(lambda: not find_files(system.folder / "data", person), 60, "no file has it")
    assert find_files(system.folder / "data", other)


def find_files(folder: Path, text: str) -> list[str]:
    """The files that have a text, without PostgreSQL's write-ahead log."""
    found = []
    for file in folder.rglob("*"):
        try:
            if file.is_file() and "pg_wal" not in file.parts and text.encode() in file.read_bytes():
                found.append(str(file))
        except FileNotFoundError:  # a server deleted it meanwhile
            continue
    return found
