"""Each command of docs/moving, and each line for a page or a program, is run by a test as it is written."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.test_api_page import read_examples
from tests.e2e.test_moving_pages import PAGES
from tests.moving_pages import read_blocks
from tests.unit.documents.test_settings_documented import PROJECT

LINES = "tests/clients/test_moving_lines.py::test_the_line_of_the_page_for_movers_is_enough"
ASKED = "test_the_command_of_the_page_gives_what_the_importer_reads"
DUMPS = "tests/clients/test_moving_dumps.py"
RUN_BY = {
    ("matomo", "new MatomoTracker("): LINES,
    ("matomo", "MatomoTracker("): LINES,
    ("openpanel", "new OpenPanel("): LINES,
    ("openpanel", "OpenPanel("): LINES,
    ("plausible", "init("): "tests/clients/test_plausible.py::test_the_lines_of_the_page_for_movers_are_enough",
    ("plausible", "Plausible("): "tests/clients/test_plausible.py::test_the_lines_of_the_page_for_movers_are_enough",
    ("posthog", "posthog.init("): "tests/clients/test_posthog.py::test_the_line_of_the_page_for_movers_is_enough",
    ("posthog", "new PostHog("): LINES,
    ("posthog", "Posthog("): LINES,
    ("snowplow", 'newTracker("sp"'): "tests/clients/test_snowplow.py::test_the_line_of_the_page_for_movers_is_enough",
    ("snowplow", "newTracker({"): LINES,
    ("snowplow", "Snowplow.create_tracker("): LINES,
    ("umami", "<script"): "tests/clients/test_umami.py::test_the_script_counts_views_clicks_and_events_in_a_browser",
    ("umami", "umami.init("): LINES,
    (
        "umami",
        "psql ",
    ): f"tests/contract/test_umami_command.py::{ASKED}",
    (
        "matomo",
        "curl ",
    ): f"tests/importer/test_matomo_command.py::{ASKED}",
    ("plausible", "docker "): f"{DUMPS}::test_the_command_for_plausible_gives_what_the_importer_reads",
    ("posthog", "docker "): f"{DUMPS}::test_the_command_for_posthog_gives_what_the_importer_reads",
}
"""What is no `sh`, by its page and how it begins, and the test that takes it from the page by that."""
NO_SCRIPT = "no package registry has the script; the requests that it makes are tested"
CANT_RUN = {
    ("goatcounter", "<script"): f"{NO_SCRIPT}, and its own calls where COUNT_JS names a copy",
    ("google-analytics", "bq "): "it asks Google's BigQuery",
    ("matomo", "<script"): NO_SCRIPT,
    ("plausible", "<script"): NO_SCRIPT,
}
"""What no test runs as it is written, and why."""


class Command(NamedTuple):
    """What is to be run, or written somewhere: a whole block for the shell or a page, a line of a program."""

    page: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text.splitlines()[0]}"

    def find(self, places: dict[tuple[str, str], str]) -> list[str]:
        """What a table says of it."""
        return [said for (page, begins), said in places.items() if page == self.page and self.text.startswith(begins)]


COMMANDS = [
    Command(block.page, text)
    for block in read_blocks()
    if block.language != "sh"
    for text in ([block.text] if block.language in ("bash", "html") else block.text.splitlines())
]


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_test_runs_the_command_or_it_is_said_why_none_can(command: Command) -> None:
    assert len(command.find(RUN_BY) + command.find(CANT_RUN)) == 1, "name the test that runs it, or why none can"


@pytest.mark.parametrize(("page", "begins"), RUN_BY)
def test_the_test_that_is_named_takes_the_command_from_the_page(page: str, begins: str) -> None:
    file, _, name = RUN_BY[page, begins].partition("::")
    source = (PROJECT / file).read_text()
    [test] = [one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == name]
    told = {node.value for part in (test, *find_callees(source, test)) for node in ast.walk(part)
            if isinstance(node, ast.Constant)}  # fmt: skip
    assert {page, begins} <= told


def find_callees(source: str, test: ast.FunctionDef) -> list[ast.FunctionDef]:
    """The functions of the same file that a test calls."""
    called = {node.func.id for node in ast.walk(test) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return [one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name in called]


def test_no_line_of_the_tables_is_left_over() -> None:
    for table in (RUN_BY, CANT_RUN):
        for key, said in table.items():
            assert [said] == [said for command in COMMANDS if command.find({key: said})], key


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_command_with_an_answer_is_run_for_itself(path: Path) -> None:
    blocks = [block.text for block in read_blocks() if block.page == path.stem and block.language == "sh"]
    written = [line for text in blocks for line in text.splitlines() if not line.startswith("#")]
    examples = read_examples(path.read_text())
    assert [line for example in examples for line in example.command.splitlines()] == written
    for example in examples:
        assert len(re.findall(r"^(?:curl |\.venv/bin/analytics )", example.command, re.MULTILINE)) == 1, example.command
