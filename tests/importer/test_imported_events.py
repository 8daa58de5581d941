"""What of a log becomes which events."""

from ingest_stand_in import GOOGLEBOT, LOG, Import, Ingest, log_line

from common.settings import Settings


def test_a_page_view_carries_what_the_contract_names(import_log: Import, ingest: Ingest) -> None:
    report = import_log(log_line(target=b"/home?token=secret"))
    assert (report.read, report.sent, report.accepted, report.exit_code) == (1, 1, 1, 0)
    [event] = ingest.events.values()
    del event["event_id"]
    assert len(event.pop("user_id")) == 32
    assert event == {
        "site_id": "site",
        "event_type": "page_view",
        "path": "/home",
        "timestamp": "2015-05-17T00:00:00+02:00",
    }


def test_no_address_and_no_user_agent_is_sent(import_log: Import, ingest: Ingest) -> None:
    import_log(LOG, keep_bots=True, all_requests=True)
    sent = b"".join(ingest.bodies)
    logged = [line.split(b'"') for line in LOG.read_bytes().splitlines()]
    assert not [fields[0] for fields in logged if fields[0].split()[0] in sent]
    assert not [fields[5] for fields in logged if fields[5] != b"-" and fields[5] in sent]


def test_batches_stay_within_the_events_of_a_request(import_log: Import, ingest: Ingest) -> None:
    assert import_log(b"".join(map(log_line, range(2_500)))).accepted == 2_500
    assert [len(batch) for batch in ingest.batches] == [1_000, 1_000, 500]


def test_batches_stay_within_the_bytes_of_a_request(import_log: Import, ingest: Ingest) -> None:
    log = b"".join(log_line(number, target=b"/" + b"a" * 1_999) for number in range(1_000))
    assert import_log(log).accepted == 1_000
    assert [len(body) > 1_040_000 for body in ingest.bodies] == [True, True, False]


def test_importing_again_sends_the_same_events(import_log: Import, ingest: Ingest) -> None:
    first = import_log(LOG)
    events = dict(ingest.events)
    second = import_log(LOG)
    assert ingest.events == events
    assert first.as_dict() == second.as_dict()


def test_a_line_that_occurs_twice_counts_twice(import_log: Import, ingest: Ingest) -> None:
    report = import_log(LOG, keep_bots=True, all_requests=True)
    assert report.accepted == len(ingest.events) == 4_525
    assert len(set(LOG.read_bytes().splitlines())) == 4_525 - 15


def test_a_log_that_grew_adds_only_its_new_lines(import_log: Import, ingest: Ingest) -> None:
    old = log_line(1) + log_line(1) + log_line(2)[:-1]
    import_log(old)
    import_log(old + b"\n" + log_line(1) + log_line(3))
    assert len(ingest.events) == 5


def test_a_last_line_that_is_cut_within_added_fields_does_not_count_twice(import_log: Import, ingest: Ingest) -> None:
    line = log_line()[:-1] + b" 0.125\n"
    import_log(line[:-3])
    import_log(line)
    assert len(ingest.events) == 1


def test_options_widen_an_earlier_import_without_counting_twice(import_log: Import, ingest: Ingest) -> None:
    log = log_line() * 2 + log_line(agent=GOOGLEBOT) * 2 + log_line(target=b"/logo.png")
    seen = []
    for options in ({}, {"keep_bots": True}, {"keep_bots": True, "all_requests": True}):
        import_log(log, **options)
        seen.append(len(ingest.events))
    assert seen == [2, 4, 5]


def test_the_query_is_part_of_the_path_when_asked_for(import_log: Import, ingest: Ingest) -> None:
    import_log(log_line(target=b"/search?q=a"), keep_query=True)
    assert [event["path"] for event in ingest.events.values()] == ["/search?q=a"]


def test_sites_share_neither_events_nor_visitors(import_log: Import, ingest: Ingest) -> None:
    for site in ("site", "site2"):
        import_log(log_line(), site_id=site)
    one, other = ingest.events.values()
    assert one["event_id"] != other["event_id"]
    assert one["user_id"] != other["user_id"]


def test_a_site_that_no_event_may_have_is_said_at_once(import_log: Import, ingest: Ingest) -> None:
    for site in ("", "s" * 65, "é" * 33, "a\0b", "a\udcff"):
        report = import_log(log_line(), site_id=site)
        assert (report.exit_code, report.sent) == (1, 0)
        assert "1 to 64 bytes" in report.problem
    assert not ingest.bodies


def test_an_unusable_key_is_said_at_once(ingest: Ingest, settings: Settings, import_log: Import) -> None:
    settings.data_dir.touch()
    report = import_log(log_line())
    assert report.exit_code == 1
    assert "visitor.key" in report.problem
    assert not ingest.bodies
