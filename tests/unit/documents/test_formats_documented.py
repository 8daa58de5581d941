"""docs/importing.md has a table of the logs' formats; it is as the code is."""

import re

from infra.importer.detection import find_format
from infra.importer.formats.combined import Request
from infra.importer.formats.kind import LogFormat
from infra.importer.formats.table import LOG_FORMATS
from infra.local.stack import PROJECT
from tests.log_samples import SAMPLES

TEXT = (PROJECT / "docs/importing.md").read_text(encoding="utf-8")
ROWS = {
    row[1]: [cell.strip() for cell in row[2].split("|")]
    for row in re.finditer(r"^\| `([a-z][a-z-]*)` \| (.+\|.*\|.*\|.*\|.*) \|$", TEXT, re.MULTILINE)
}


def read_first(name: str, log: bytes) -> Request:
    log_format = find_format(name)
    assert isinstance(log_format, LogFormat)
    reader = log_format.open()
    return next(read for line in log.splitlines() if isinstance(read := reader(line), Request))


def test_the_table_has_every_format_and_no_other() -> None:
    assert ROWS.keys() == {known.name for known in LOG_FORMATS}


def test_the_table_says_what_each_format_tells() -> None:
    for name, (_, host, agent, referrer, *_) in ROWS.items():
        requests = [read_first(name, log) for known, log in SAMPLES.values() if known == name]
        for told, values in (
            (host, [request.host for request in requests]),
            (agent, [request.agent.strip(b"-") for request in requests]),
            (referrer, [request.referrer.strip(b"-") for request in requests]),
        ):
            if told == "yes":
                assert all(values), name
            elif told == "no":
                assert not any(values), name
            else:
                assert told.startswith("if it "), name
