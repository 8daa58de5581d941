"""Histories on their way to ingest: what is refused is named by its number, and what stopped goes on."""

from pathlib import Path

import pytest
from ingest_stand_in import STORE_AND_DROP, Answer, Import, Ingest

from infra.local.stack import PROJECT

FOLDER = PROJECT / "tests" / "data" / "histories"
PARTS = {
    b"PK\x03\x04...": "a zip file: unpack it first",
    b"PAR1...": "a Parquet file",
    b"Obj\x01...": "an Avro file",
    b'"date","visitors","pageviews","bounces","visits","visit_duration"\n': "Plausible's CSV export",
    b'"date","hostname","page","visits","visitors","pageviews"\n': "Plausible's CSV export",
    b'{"hour":"2024-06-01 10:00:00","path_id":1,"ref_id":1,"count":3}\n': "GoatCounter's JSON export",
    b"# ----------------------------------------\n# Pages and screens\n": "a report of Google Analytics",
    b'{"dimensionHeaders":[],"metricHeaders":[],"rows":[]}': "a report of Google Analytics",
}


@pytest.mark.parametrize("head", PARTS)
def test_totals_and_packages_are_refused_by_what_they_are_and_the_other_files_are_imported(
    head: bytes, import_log: Import, tmp_path: Path
) -> None:
    unfit = tmp_path / "unfit"
    unfit.write_bytes(head)

    report = import_log([unfit, FOLDER / "umami.csv"])

    assert (report.exit_code, report.accepted) == (1, 3)
    assert PARTS[head] in report.problem
    assert str(unfit) in report.problem


def test_an_array_that_was_cut_is_imported_as_far_as_it_is_whole(import_log: Import, ingest: Ingest) -> None:
    whole = (FOLDER / "matomo.json").read_bytes()
    report = import_log(whole[: whole.index(b'"idVisit": "103"')])
    assert report.accepted == 7
    assert report.unparsable.first[-1] == (3, "not whole: the file ends in it, or it is too long")


def test_what_stopped_in_the_middle_is_finished_by_the_same_command(import_log: Import, ingest: Ingest) -> None:
    header, *rows = (FOLDER / "umami.csv").read_text().splitlines()[:2]
    many = [rows[0].replace("d101", f"{number:04x}") for number in range(2_500)]
    history = "\n".join([header, *many]).encode()
    ingest.script.extend([STORE_AND_DROP, Answer(503), Answer(503)])

    stopped = import_log(history, patience_seconds=1)
    finished = import_log(history)

    assert (stopped.exit_code, stopped.accepted) == (1, 0)
    assert stopped.unconfirmed == 1_000
    assert (finished.exit_code, finished.accepted) == (0, 2_500)
    assert len(ingest.events) == 2_500
