"""The examples of docs/api.md, in their order, give the answers that the page shows."""

import re
import shlex
import subprocess
import time
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import PROJECT, System

pytestmark = [pytest.mark.e2e, pytest.mark.long]
PAGE = (PROJECT / "docs/api.md").read_text()
ANY_TIME = re.compile(r'("fresh_as_of":)"[^"]*"')


@dataclass(frozen=True)
class Example:
    """A command, and the answer under it."""

    command: str
    answer: str

    def is_answered_by(self, text: str) -> bool:
        """`…` stands for anything, and a time of storing is another one each time."""
        words = [re.escape(part) for part in ANY_TIME.sub(r'\1"…"', self.answer).split("…")]
        return re.fullmatch(".*".join(words), text, re.DOTALL) is not None


def read_examples(page: str) -> list[Example]:
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    pairs = re.findall(r"((?:^(?!# ).*\n)+)((?:^#.*\n)+)", blocks, re.MULTILINE)
    return [Example(command, "".join(line.lstrip("# ") for line in answer.splitlines())) for command, answer in pairs]


def run(command: str, system: System) -> str:
    """What the answer's line should say: the status and the body, or what the command prints."""
    if command.startswith(".venv/bin/analytics "):
        return system.run(*shlex.split(command)[1:]).stdout.strip()
    own = command.replace("http://localhost:3001", system.ingest_url).replace("http://localhost:3003", system.stats_url)
    own = own.replace("curl ", "curl --silent --write-out '\n%{http_code}' ", 1)
    done = subprocess.run(["sh", "-c", own], capture_output=True, text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return f"{status} {body}"


def test_every_example_of_the_page_gives_the_answer_that_it_shows(system: System) -> None:
    examples = read_examples(PAGE)
    assert len(examples) >= 10
    assert all(example.command.startswith(("curl ", ".venv/bin/analytics ")) for example in examples)
    for example in examples:
        check(example, system)


def check(example: Example, system: System) -> None:
    """What only reads may be asked again, until the processor has stored what was sent."""
    said = run(example.command, system)
    deadline = time.monotonic() + 60
    while "localhost:3003" in example.command and not example.is_answered_by(said) and time.monotonic() < deadline:
        said = run(example.command, system)
    assert example.is_answered_by(said), f"{example.command}\n{example.answer}\n{said}"


def test_the_problem_that_the_page_shows_is_what_an_event_without_a_site_gets(system: System) -> None:
    [shown] = re.findall(r"^```json\n(.*about:blank.*)\n```$", PAGE, re.MULTILINE)
    command = "curl -X POST http://localhost:3001/event -H 'Content-Type: application/json' -d '{\"path\": \"/home\"}'"
    assert run(command, system) == f"422 {shown}"
