"""What the benchmark computes: medians, ratios, verdicts, the table, its curves and its traffic."""

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import goals
from bench.__main__ import EXPERIMENTS
from bench.figures import Figure, Goal, judge, percentile, ratios, with_unit
from bench.page import Results, group, table, write_page, write_raw
from bench.pieces import Timing, describe, gather, save
from bench.plot import Curve, choose_ticks, draw
from bench.sets import PLAIN, YEAR, Kind
from bench.traffic import DAYS, MEAN_EVENTS, PLAIN_SITES, make_day, make_plain, make_queue
from common.event import check_events

AT_LEAST = Goal("a/b", "speed", "≥", 3, "×")
BELOW = Goal("a/c", "time", "<", 20, "ms")


def test_a_figure_is_the_median_of_its_rounds() -> None:
    assert Figure([9.0, 1.0, 2.0]).value == 2.0


def test_a_ratio_is_taken_round_by_round() -> None:
    assert ratios([10, 40], [5, 10]) == [2, 4]


def test_rounds_that_do_not_match_are_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1, 100), (0, 1)])
def test_a_percentile_is_one_of_the_values(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == expected


@pytest.mark.parametrize(
    ("goal", "value", "verdict"),
    [
        (AT_LEAST, 3.0, "pass"),
        (AT_LEAST, 2.4, "short: 80 % of the goal"),
        (AT_LEAST, 2.999, "short: 99 % of the goal"),
        (BELOW, 19.9, "pass"),
        (BELOW, 20.0, "short: 1.00 × the goal"),
        (BELOW, 30.0, "short: 1.50 × the goal"),
        (Goal("a/d", "faults", "≤", 0), 0.0, "pass"),
        (Goal("a/d", "faults", "≤", 0), 1.0, "short"),
        (Goal("a/e", "size"), 1e9, "reported"),
    ],
)
def test_a_verdict_says_by_how_much_a_goal_is_missed(goal: Goal, value: float, verdict: str) -> None:
    assert judge(goal, Figure([value])) == verdict


def test_what_was_not_measured_has_a_reason() -> None:
    assert judge(AT_LEAST, None, "no disk") == "not measured: no disk"
    assert judge(AT_LEAST, None) == "not measured"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(3, "×", "3 ×"), (0.254, "×", "0.25 ×"), (12.34, "ms", "12.3 ms"), (1234.5, "B", "1,234 B"), (0, "", "0")],
)
def test_a_number_shows_the_digits_that_matter(value: float, unit: str, text: str) -> None:
    assert with_unit(value, unit) == text


def test_every_goal_is_measured_by_one_experiment() -> None:
    measured = Counter(name for groups, _ in EXPERIMENTS.values() for name in groups)
    assert measured == Counter({group(goal.key) for goal in goals.GOALS})
    assert len({goal.key for goal in goals.GOALS}) == len(goals.GOALS)


def test_the_table_has_a_row_for_every_goal_with_its_verdict() -> None:
    results = Results(
        figures={"single/node": Figure([2.0, 4.0, 3.0], "beside")},
        reasons={"year": "no data", "year/umami": "too long"},
    )
    lines = table(results).splitlines()
    assert len(lines) == len(goals.GOALS) + 2
    assert lines[2].endswith("| ≥ 3 × | 3 × (2 – 4) | pass | beside |")
    assert "not measured: no data" in next(line for line in lines if "the site's zone" in line)
    assert "not measured: too long" in next(line for line in lines if "raw aggregation" in line)


def test_a_page_keeps_what_is_outside_the_markers_of_the_form(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    blocks = [f"<!-- {form}: begin -->\nold\n<!-- {form}: end -->" for form in ("long", "short")]
    page.write_text("\n".join(["before", *blocks, "after"]))
    curve = Curve("Rate", "x", "y", {"a": [(1, 2), (2, 3)]})
    write_page(page, "long", Results(facts={"commit": "abc"}, curves={"rate": curve}))
    text = page.read_text()
    assert text.startswith("before\n<!-- long: begin -->\n\n* commit: abc\n\n| figure |")
    assert text.endswith(f"![Rate](page/rate.svg)\n\n<!-- long: end -->\n{blocks[1]}\nafter")
    assert (tmp_path / "page" / "rate.svg").exists()


def test_a_page_without_markers_is_not_touched(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("mine")
    with pytest.raises(ValueError, match="no markers"):
        write_page(page, "long", Results())
    assert page.read_text() == "mine"


def test_the_page_of_the_project_has_the_markers_of_both_forms() -> None:
    text = (Path(__file__).parents[3] / "docs" / "performance.md").read_text()
    for form in ("long", "short"):
        assert text.count(f"<!-- {form}: begin -->") == text.count(f"<!-- {form}: end -->") == 1


def test_everything_measured_is_written_as_json(tmp_path: Path) -> None:
    results = Results(figures={"single/node": Figure([2.0, 4.0])}, raw={"single": [{"rps": 1.5}]})
    write_raw(tmp_path / "new" / "raw.json", results)
    written = json.loads((tmp_path / "new" / "raw.json").read_text())
    assert written["raw"] == {"single": [{"rps": 1.5}]}
    assert written["rows"][0]["samples"] == [2.0, 4.0]
    assert written["rows"][0]["verdict"] == "pass"


HERE = {"commit": "abc", "machine": "two cores"}
TIMING = Timing("2025-11-12 10:00", seconds=60, waiting=10, repeating=5, making=20, cpu=40)


def save_piece(folder: Path, name: str, key: str, facts: dict[str, str]) -> None:
    curve = Curve(name, "x", "y", {"a": [(1, 2)]})
    save(folder, name, Results(facts=facts, figures={key: Figure([1.0, 2.0], "beside")}, curves={name: curve}), TIMING)


def test_a_form_is_put_together_from_the_pieces_that_were_measured(tmp_path: Path) -> None:
    save_piece(tmp_path, "ingest", "single/node", HERE)
    save_piece(tmp_path, "day", "day/50", HERE)
    whole, timings = gather(tmp_path, {"ingest": ("single",), "day": ("day",), "year": ("year",)}, HERE)
    assert set(whole.figures) == {"single/node", "day/50"}
    assert whole.figures["day/50"].value == 1.5
    assert set(whole.curves) == set(timings) == {"ingest", "day"}
    assert whole.reasons == {"year": "not asked for yet"}
    assert whole.facts["measured"] == "ingest 2025-11-12 10:00, day 2025-11-12 10:00"


@pytest.mark.parametrize("changed", ["commit", "machine"])
def test_a_piece_of_another_commit_or_machine_is_no_figure(tmp_path: Path, changed: str) -> None:
    save_piece(tmp_path, "ingest", "single/node", {**HERE, changed: "other"})
    whole, timings = gather(tmp_path, {"ingest": ("single", "batch")}, HERE)
    assert not whole.figures
    assert not timings
    assert whole.reasons == dict.fromkeys(("single", "batch"), f"only of another {changed}: other")


def test_an_experiment_that_is_measured_again_replaces_what_it_measured_before(tmp_path: Path) -> None:
    save_piece(tmp_path, "ingest", "single/node", HERE)
    save(tmp_path, "ingest", Results(facts=HERE, reasons={"single": "failed: no answer"}), TIMING)
    whole, _ = gather(tmp_path, {"ingest": ("single",)}, HERE)
    assert not whole.figures
    assert whole.reasons == {"single": "failed: no answer"}


def test_the_seconds_of_measuring_are_told_apart_from_waiting_repeating_and_making_sets() -> None:
    head, one, both = describe({"ingest": TIMING}).splitlines()
    assert head.split()[2:] == ["measuring", "waiting", "repeating", "making", "cpu"]
    assert one.split() == ["ingest", "25", "10", "5", "20", "40"]
    assert both.split()[1:] == one.split()[1:]


@pytest.mark.parametrize("kind", [YEAR, PLAIN])
def test_the_jobs_of_a_data_set_store_each_day_of_each_site_once(kind: Kind) -> None:
    jobs = [job for at in range(0, DAYS, 50) for job in kind.jobs(range(at, min(at + 50, DAYS)))]
    assert len(set(jobs)) == len(jobs)
    events = [json.loads(event) for job in jobs for event in kind.make(0.02, *job)]
    assert {event["site_id"] for event in events} == set(kind.sites)
    assert len({event["event_id"] for event in events}) == len(events) == pytest.approx(20_000, rel=0.1)


def test_the_days_of_plain_events_are_in_order_of_time() -> None:
    events = [json.loads(event) for event in make_plain(1, 3, 10, 12)]
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert times[0].startswith("2025-01-11")
    assert len(events) == pytest.approx(2e6 / DAYS / PLAIN_SITES, rel=0.2)


def test_a_curve_is_an_svg_with_its_lines_in_the_frame() -> None:
    root = ElementTree.fromstring(draw(Curve("a < b", "x", "y", {"one": [(1, 0), (50, 9)], "two": [(1, 3), (50, 3)]})))
    name = "{http://www.w3.org/2000/svg}"
    lines = [line.attrib["points"] for line in root.iter(f"{name}polyline")]
    assert len(lines) == 2
    for x, y in (point.split(",") for line in lines for point in line.split()):
        assert 0 < float(x) < 720
        assert 0 < float(y) < 360
    assert "a < b" in [text.text for text in root.iter(f"{name}text")]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 50, [0, 10, 20, 30, 40, 50]),
        (1, 4, [1, 1.5, 2, 2.5, 3, 3.5, 4]),
        (0, 31_000, [0, 10_000, 20_000, 30_000, 40_000]),
        (201, 620, [200, 300, 400, 500, 600, 700]),
        (2, 2, [2]),
    ],
)
def test_an_axis_has_round_numbers(low: float, high: float, ticks: list[float]) -> None:
    assert choose_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize(
    "events", [make_queue(300), make_queue(300, rich=True), make_day(0.1, 3), make_plain(1, 3, 5, 7)]
)
def test_the_traffic_is_of_events_that_the_processor_takes(events: list[str]) -> None:
    assert check_events(f"[{','.join(events)}]") == ""
    assert len({json.loads(event)["event_id"] for event in events}) == len(events)


def test_a_day_of_a_data_set_is_always_the_same_and_in_order_of_time() -> None:
    day = make_day(0.1, 3)
    assert day == make_day(0.1, 3)
    assert day != make_day(0.1, 4)
    times = [json.loads(event)["timestamp"] for event in day]
    assert times == sorted(times)
    assert len(day) == pytest.approx(0.1e6 / 365, rel=0.3)
    assert pytest.approx(3, rel=0.1) == MEAN_EVENTS
