"""docs/reliability.md lists the reasons for which an event is set aside: all of them, and no other."""

import re
from pathlib import Path
from typing import get_args

from common import dead_letter
from functions.process import rejection

PAGE = Path(__file__).parents[3] / "docs/reliability.md"
LINE = re.compile(r"^\| (rejected|dead letter) \| (.+?) \|", re.MULTILINE)


def test_the_page_lists_the_reasons_that_there_are() -> None:
    listed: dict[str, set[str]] = {"rejected": set(), "dead letter": set()}
    for outcome, reasons in LINE.findall(PAGE.read_text()):
        listed[outcome].update(re.findall(r"`(\w+)`", reasons))
    assert listed == {
        "rejected": set(get_args(rejection.Reason)),
        "dead letter": set(get_args(dead_letter.Reason)),
    }
