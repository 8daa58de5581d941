"""A small packed file may hold more values than fit into memory."""

import zipfile
from pathlib import Path

import pytest

from infra.importer.options import ImportOptions
from infra.importer.report import Outcome
from infra.importer.totals.run import find_totals, import_totals

HEADER = "date,entry_page,visitors,entrances,visit_duration,bounces\n"


@pytest.mark.parametrize(
    ("limit", "most", "line", "said"),
    [
        ("MOST_SUMS", 100, 102, "more than 100 values"),
        ("MOST_TEXT_BYTES", 1_000, 52, "values of more than 1,000 bytes"),
    ],
)
def test_an_import_stops_at_the_line_with_which_its_values_are_too_many(
    limit: str, most: int, line: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"infra.importer.totals.sums.{limit}", most)
    lines = (f"2023-06-01,/{number:019},1,1,1,1\n" for number in range(100_000))  # of 20 bytes each
    bomb = tmp_path / "export.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("imported_entry_pages_20230601_20230601.csv", HEADER + "".join(lines))
    found = find_totals([bomb], "")
    assert found is not None
    report = import_totals(*found, ImportOptions("s", dry_run=True), None, "test")
    assert report.outcome is Outcome.STOPPED
    assert said in report.problem
    assert f"line {line}: " in report.problem
    assert report.read < 200
    assert not report.parts


def test_the_same_value_again_takes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.importer.totals.sums.MOST_SUMS", 1)
    path = tmp_path / "imported_entry_pages_20230601_20230601.csv"
    path.write_text(HEADER + "2023-06-01,/,1,1,1,1\n" * 10)
    found = find_totals([path], "")
    assert found is not None
    report = import_totals(*found, ImportOptions("s", dry_run=True), None, "test")
    assert (report.problem, report.used) == ("", 10)
