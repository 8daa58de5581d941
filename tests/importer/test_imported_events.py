"""What of a log becomes which events."""

import re
from typing import Any

import pytest
from ingest_stand_in import GOOGLEBOT, LOG, Import, Ingest, log_line

from common.derivation.page import read_url
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
        "user_agent": "Mozilla/5.0 Firefox/26.0",
        "referrer": "",
    }


def test_no_address_is_sent(import_log: Import, ingest: Ingest) -> None:
    import_log(LOG, keep_bots=True, all_requests=True)
    sent = b"".join(ingest.bodies)
    addresses = {line.split()[0] for line in LOG.read_bytes().splitlines()}
    assert addresses & find_addresses(LOG.read_bytes())
    # a user agent may name a version, or its host, like an address
    assert not addresses & find_addresses(sent)


def find_addresses(text: bytes) -> set[bytes]:
    """What stands alone and could be an IPv4 address or a host name."""
    return set(re.findall(rb"[\w.]+", text))


def send_one(import_log: Import, ingest: Ingest, line: bytes, **options: Any) -> dict[str, str]:
    report = import_log(line, **options)
    assert report.exit_code == 0, report.as_text()
    [event] = ingest.events.values()
    return event


def test_an_address_gives_a_country(import_log: Import, ingest: Ingest) -> None:
    assert send_one(import_log, ingest, log_line(address=b"217.160.0.1"))["country"] == "DE"


@pytest.mark.parametrize("address", [b"192.0.2.7", b"::1", b"client.example"])
def test_an_address_of_nowhere_gives_none(import_log: Import, ingest: Ingest, address: bytes) -> None:
    assert "country" not in send_one(import_log, ingest, log_line(address=address))


@pytest.mark.parametrize(
    ("logged", "sent"),
    [
        (b"https://www.google.com/search?q=a", "https://www.google.com/search?q=a"),
        (b'https://example.org/\\"a\\x22', 'https://example.org/"a"'),
        (b"-", ""),
        (b"", ""),
        (b"example.org", None),
        (b"\\x00https://example.org/\xff", "https://example.org/\ufffd"),
    ],
)
def test_a_referrer_is_sent_as_the_client_sent_it(
    import_log: Import, ingest: Ingest, logged: bytes, sent: str | None
) -> None:
    assert send_one(import_log, ingest, log_line(referrer=logged)).get("referrer") == sent


def test_a_user_agent_is_sent_as_the_client_sent_it(import_log: Import, ingest: Ingest) -> None:
    assert send_one(import_log, ingest, log_line(agent=rb"a\"b\xc3\xa9"))["user_agent"] == 'a"b\u00e9'


def test_with_the_sites_host_whole_urls_are_sent(import_log: Import, ingest: Ingest) -> None:
    event = send_one(import_log, ingest, log_line(target=b"/a?utm_source=news#b"), hostname="www.example.com")
    assert event["url"] == "https://www.example.com/a?utm_source=news"
    assert "path" not in event


def test_with_the_sites_host_events_keep_their_ids_and_paths(import_log: Import, ingest: Ingest) -> None:
    import_log(LOG, all_requests=True)
    paths = {key: event["path"] for key, event in ingest.events.items()}
    import_log(LOG, all_requests=True, hostname="www.semicomplete.com")
    named = {
        key: read_url(event["url"]).path if "url" in event else event["path"] for key, event in ingest.events.items()
    }
    assert named == paths


@pytest.mark.parametrize("options", [{"hostname": "a b"}, {"hostname": "a/b"}, {"hostname": "a.b", "keep_query": True}])
def test_a_host_that_can_not_be_used_is_said_at_once(
    import_log: Import, ingest: Ingest, options: dict[str, Any]
) -> None:
    report = import_log(log_line(), **options)
    assert (report.exit_code, report.sent) == (1, 0)
    assert "host name" in report.problem


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
