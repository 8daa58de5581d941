"""What ingest may answer, and what the import does then."""

from io import BytesIO
from typing import Any

import pytest
from ingest_stand_in import DROP, LOG, STORE_AND_DROP, Answer, FakeTime, Import, Ingest, log_line

from common.settings import Settings
from infra.importer.run import ImportOptions, run


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_ingest_is_asked_again_when_it_says(
    import_log: Import, ingest: Ingest, fake_time: FakeTime, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    ingest.script.extend([Answer(status, headers={"Retry-After": "7"}), Answer(status, headers={"Retry-After": "40"})])
    report = import_log(log_line())
    assert (report.sent, report.accepted, report.exit_code) == (1, 1, 0)
    assert fake_time.pauses == [7, 40]
    assert f"{ingest.url}/events: answers {status}; next try in 7 s\n" in capfd.readouterr().err


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"Retry-After": "0"}])
def test_without_a_usable_retry_after_the_pauses_double_up_to_a_bound(
    import_log: Import, ingest: Ingest, fake_time: FakeTime, headers: dict[str, str]
) -> None:
    ingest.script.extend([Answer(503, headers=headers)] * 8)
    assert import_log(log_line()).accepted == 1
    assert fake_time.pauses == [0.5, 1, 2, 4, 8, 10, 10, 10]


@pytest.mark.parametrize("fault", [DROP, STORE_AND_DROP])
def test_a_connection_that_drops_half_way_loses_nothing(
    import_log: Import, ingest: Ingest, fake_time: FakeTime, fault: str
) -> None:
    ingest.script.extend([fault, fault])
    report = import_log(LOG, keep_bots=True, all_requests=True)
    assert report.accepted == report.sent == len(ingest.events) == 4_525
    assert fake_time.pauses == [0.5, 1]


def test_an_ingest_that_stays_away_ends_the_import_within_its_patience(
    settings: Settings, ingest: Ingest, fake_time: FakeTime
) -> None:
    ingest.server_close()
    options = ImportOptions("site", keep_bots=True, patience_seconds=60)
    report = run(LOG, options, settings, clock=fake_time.clock, pause=fake_time.pause)
    assert (report.exit_code, report.sent, report.accepted, report.unconfirmed) == (1, 1_000, 0, 1_000)
    assert "no connection; given up" in report.problem
    assert 40 < fake_time.now <= 60


def test_a_pause_beyond_the_patience_is_not_begun(import_log: Import, ingest: Ingest, fake_time: FakeTime) -> None:
    ingest.script.append(Answer(503, headers={"Retry-After": "3600"}))
    report = import_log(log_line())
    assert report.exit_code == 1
    assert "the next try in 3600 s would be past the 300 s to wait" in report.problem
    assert not fake_time.pauses


def test_rejected_events_are_reported_with_their_lines(import_log: Import, ingest: Ingest) -> None:
    rejected = [{"index": 1, "errors": [{"detail": "too old", "pointer": "/timestamp"}, {"detail": "odd"}]}]
    ingest.script.append(Answer(202, {"status": "partial", "accepted": 2, "rejected": rejected}))
    report = import_log(log_line(1) + b"nonsense\n" + log_line(2) + log_line(3))
    assert (report.sent, report.accepted, report.unconfirmed, report.exit_code) == (3, 2, 0, 3)
    assert report.rejected.first == [(3, "/timestamp: too old; odd")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"detail": "No event is valid.", "rejected": [{"index": 0, "errors": ["too old"]}]}, "too old"),
        ({"detail": "No event is valid."}, "No event is valid."),
    ],
)
def test_a_batch_without_a_valid_event_does_not_end_the_import(
    import_log: Import, ingest: Ingest, body: Any, reason: str
) -> None:
    if "rejected" in body:
        body["rejected"] = [{**body["rejected"][0], "index": index} for index in range(1_000)]
    ingest.script.append(Answer(422, body))
    report = import_log(b"".join(map(log_line, range(1_200))))
    assert (report.sent, report.accepted, report.rejected.count, report.exit_code) == (1_200, 200, 1_000, 3)
    assert report.rejected.first[9] == (10, reason)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(404, {"detail": "no such page"}), "answers 404: no such page"),
        (Answer(413, {"title": "Too large"}), "answers 413: Too large"),
        (Answer(500, b"<html>"), "answers 500: Internal Server Error"),
        (Answer(301, headers={"Location": "/elsewhere"}), "answers 301"),
        (Answer(200, {"status": "ok"}), "answers 200"),
        (Answer(202, b"welcome"), "does not answer as ingest does"),
        (Answer(202, {"status": "ok", "accepted": 7}), "does not answer as ingest does"),
        (Answer(202, {"accepted": 0, "rejected": [{"index": 5, "errors": []}]}), "does not answer as ingest does"),
    ],
)
def test_any_other_answer_ends_the_import_with_its_reason(
    import_log: Import, ingest: Ingest, answer: Answer, words: str
) -> None:
    ingest.script.append(answer)
    report = import_log(b"".join(map(log_line, range(1_200))))
    assert (report.exit_code, report.sent, report.accepted, ingest.bodies) == (1, 1_000, 0, [])
    assert words in report.problem


@pytest.mark.parametrize("url", ["nonsense", "http://", "ftp://127.0.0.1/"])
def test_a_url_that_is_none_is_said(settings: Settings, url: str) -> None:
    report = run(LOG, ImportOptions("site"), settings.model_copy(update={"ingest_url": url}))
    assert report.exit_code == 1
    assert "INGEST_URL" in report.problem


def test_a_password_in_the_url_of_ingest_is_not_shown(
    settings: Settings, fake_time: FakeTime, capfd: pytest.CaptureFixture[str]
) -> None:
    for url in ("http://ann:hunter2@127.0.0.1:1", "redis://ann:hunter2@127.0.0.1:1"):
        options = ImportOptions("site", patience_seconds=1)
        report = run(
            BytesIO(log_line()),
            options,
            settings.model_copy(update={"ingest_url": url}),
            clock=fake_time.clock,
            pause=fake_time.pause,
        )
        assert report.exit_code == 1
        assert "hunter2" not in report.problem + "".join(capfd.readouterr())
