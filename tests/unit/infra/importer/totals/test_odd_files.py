"""Files of totals that are broken in some place cost no more than that, and never the import its report."""

import random
import shutil
import zipfile
from pathlib import Path

import pytest

from infra.importer.errors import ImportStopped
from infra.importer.options import ImportOptions
from infra.importer.totals.run import find_totals, import_totals
from infra.local.stack import PROJECT

FOLDERS = sorted(path for path in (PROJECT / "tests" / "data" / "totals").iterdir())
ODD = (
    b"\r",
    b"\0",
    b'"',
    b"\n",
    b"\xff",
    b"-1",
    b"{",
    b"]",
    b"1e999",
    b"null",
    b"[]",
    b",",
    b"9" * 400,
    b"\xf0\x9f\x99",
)


def run(paths: list[Path]) -> None:
    """A dry run, without a database."""
    try:
        found = find_totals(paths, "")
    except ImportStopped:
        return
    if found is not None:
        report = import_totals(*found, ImportOptions("s", dry_run=True), None, "test")
        assert report.as_text()
        assert report.as_dict()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_file_that_is_broken_anywhere_has_a_report(folder: Path, tmp_path: Path) -> None:
    chance = random.Random(18)
    paths = [Path(shutil.copy(path, tmp_path)) for path in sorted(folder.iterdir())]
    for _ in range(150):
        path = chance.choice(paths)
        whole = path.read_bytes()
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + chance.choice(ODD) + whole[at + chance.randrange(8) :])
        run(paths)
        path.write_bytes(whole)


def test_a_line_end_within_a_first_line_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(b"date\rvisitors,a\nb\n")
    assert find_totals([path], "") is None


def test_a_zip_file_that_is_cut_or_changed_has_a_report(tmp_path: Path) -> None:
    chance, packed = random.Random(18), tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted((FOLDERS[-1]).iterdir()):
            file.write(path, path.name)
    whole = packed.read_bytes()
    for _ in range(150):
        at = chance.randrange(4, len(whole))
        packed.write_bytes(whole[:at] if chance.random() < 0.2 else whole[:at] + chance.choice(ODD) + whole[at + 2 :])
        run([packed])


@pytest.mark.parametrize(("start", "nth"), [("99991231", "0001"), ("20240601", "99999999999999")])
def test_an_nth_day_after_all_years_costs_its_row_alone(start: str, nth: str, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(f"# -----\n# Start date: {start}\n# End date: {start}\nNth day,Sessions\n{nth},5\n")
    assert find_unused([path]) == ["its date is no day"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "Date,Sessions,Bounce rate\n20240601,9007199254740991,9007199254740991\n20240602,1,1\n",
            "its visits of 2024-06-01 would be more than 1,000,000,000,000",
        ),
        (
            "Date,Sessions,Average session duration\n20240601,9,9007199254740991\n20240602,1,1\n",
            "its duration_ms of 2024-06-01 would be more than 1,000,000,000,000,000",
        ),
        (
            "Date,Country,Sessions\n20240601,Spain,999999999999\n20240601,Spain,2\n",
            "its visits of 2024-06-01 would be more than 1,000,000,000,000",
        ),
    ],
)
def test_a_number_that_the_database_can_not_hold_costs_its_row_alone(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text(text)
    assert find_unused([path]) == [why]


def find_unused(paths: list[Path]) -> list[str]:
    found = find_totals(paths, "")
    assert found is not None
    report = import_totals(*found, ImportOptions("s", dry_run=True), None, "test")
    assert report.problem == ""
    return [why for _, why in report.unused.first]
