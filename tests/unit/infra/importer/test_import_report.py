import json

from infra.importer.report import ImportReport, Outcome
from infra.importer.rule import Skip


def make_report() -> ImportReport:
    report = ImportReport(read=2_020, sent=2_000, accepted=1_000)
    report.skipped.update({Skip.ASSET: 5, Skip.BOT: 3})
    for line in range(1, 13):
        report.unparsable.add(line, "not in the combined log format")
    report.rejected.add(7, "/timestamp: too old")
    return report


def test_the_text_says_what_became_of_every_line() -> None:
    lines = make_report().as_text().splitlines()
    assert lines[:7] == [
        "     2,020 lines read",
        "     2,000 events sent: 1,000 accepted, 1 rejected, 999 not confirmed",
        "              line 7: /timestamp: too old",
        "         8 lines skipped",
        "             5 asset, not a page",
        "             3 known bot",
        "        12 lines not parsed",
    ]
    assert lines[7] == "              line 1: not in the combined log format"
    assert lines[16:] == ["              line 10: not in the combined log format", "              and 2 more"]


def test_the_object_for_scripts_is_json_and_holds_the_first_ten_faults() -> None:
    figures = json.loads(json.dumps(make_report().as_dict()))
    zero = dict.fromkeys(("no_request", "method", "status", "other_host", "no_event"), 0)
    assert figures["skipped"] == {**zero, "asset": 5, "bot": 3}
    assert figures["unparsable"]["count"] == 12
    assert len(figures["unparsable"]["first"]) == 10
    assert figures["rejected"] == {"count": 1, "first": [{"line": 7, "reason": "/timestamp: too old"}]}
    assert (figures["outcome"], figures["unconfirmed"]) == ("done", 999)


def test_exit_codes_tell_the_outcomes_apart() -> None:
    no_line_parsed = ImportReport(read=1)
    no_line_parsed.unparsable.add(1, "not in the combined log format")
    codes = [
        ImportReport().exit_code,
        ImportReport(outcome=Outcome.STOPPED).exit_code,
        make_report().exit_code,
        no_line_parsed.exit_code,
        ImportReport(outcome=Outcome.INTERRUPTED).exit_code,
    ]
    assert codes == [0, 1, 3, 3, 130]


def test_the_text_ends_with_why_the_import_ended_early() -> None:
    stopped = ImportReport(outcome=Outcome.STOPPED, problem="ingest is away")
    assert stopped.as_text().endswith("\nStopped: ingest is away")
    assert "nothing counts twice" in ImportReport(outcome=Outcome.INTERRUPTED).as_text()
