"""The page holds the last clean run, and names the one before it."""

from pathlib import Path

from tests.chaos.check import Finding
from tests.chaos.table import ACKNOWLEDGED, BEGIN, END, Table, write_page


def facts(seed: int) -> dict[str, object]:
    return {"date": "2026-11-24", "command": f"make chaos SEED={seed}", "took": "9 minutes", ACKNOWLEDGED: "1,000"}


def test_the_page_has_the_last_table_and_a_line_of_the_run_before(tmp_path: Path) -> None:
    page, table = tmp_path / "page.md", Table()
    page.write_text(f"before\n{BEGIN}\nNot measured yet.\n{END}\nafter\n")
    table.note(["SIGKILL ingest"], 7, 0.5, Finding())
    for seed in (1, 2, 3):
        write_page(page, table, facts(seed))
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n* date: 2026-11-24\n* command: make chaos SEED=3\n")
    assert "* the run before it, also clean: make chaos SEED=2 (2026-11-24, 9 minutes; 1,000 events)\n\n|" in text
    assert "SEED=1" not in text
    assert text.count("| SIGKILL ingest | 1 | 7 | 0 | 0 | 0.5 (0.5) |") == 1
    assert text.endswith(f"|\n{END}\nafter\n")


def test_what_a_window_finds_counts_for_each_of_its_faults() -> None:
    table = Table()
    table.note(["one", "other"], 5, 0.1, Finding(lost=1, doubled=2, problems=["acknowledged and lost: [3]"]))
    table.note(["one"], 5, 0.3, Finding())
    assert (table.rows["one"].times, table.rows["one"].lost, table.rows["one"].doubled) == (2, 1, 2)
    assert (table.rows["other"].times, table.rows["other"].lost, table.rows["other"].doubled) == (1, 1, 2)
    assert table.problems == ["one, other: acknowledged and lost: [3]"]
