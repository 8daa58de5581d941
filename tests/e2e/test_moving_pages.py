"""Each step of the pages docs/moving, run as it is written, has the answer that the page shows.

A page's export of another tracker is the sample of that name in tests/data/histories or totals, perhaps packed.
"""

import shutil
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import PROJECT, System
from tests.e2e.test_api_page import Example, read_examples, run

pytestmark = [pytest.mark.e2e, pytest.mark.long]
PAGES = sorted((PROJECT / "docs" / "moving").glob("*.md"))
SAMPLES = PROJECT / "tests" / "data" / "histories"
TOTALS = PROJECT / "tests" / "data" / "totals"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_step_has_the_answer_that_the_page_shows(page: Path, system: System) -> None:
    shutil.copytree(SAMPLES, system.folder, dirs_exist_ok=True)
    shutil.copytree(TOTALS / "ga4", system.folder, dirs_exist_ok=True)
    for name in ("plausible", "goatcounter"):
        shutil.make_archive(str(system.folder / f"{name}-export"), "zip", TOTALS / name)
    examples = read_examples(page.read_text())
    assert len(examples) >= 4
    for example in examples:
        said = run(example.command, system)
        # Until an alias is in force, or an event is stored. Run again, none of these changes anything.
        deadline = time.monotonic() + 120
        while may_be_asked_again(example) and not example.is_answered_by(said) and time.monotonic() < deadline:
            time.sleep(0.2)
            said = run(example.command, system)
        assert example.is_answered_by(said), f"{example.command}\n{example.answer}\n{said}"


def may_be_asked_again(example: Example) -> bool:
    return any(part in example.command for part in ("/validate?", "localhost:3003", "analytics import"))
