"""Logs of the shapes that servers, containers and hosters write: as many views and visitors as they have, or none."""

import gzip

import pytest
from ingest_stand_in import Import, Ingest, log_line

CLIENTS = (b"192.0.2.31", b"192.0.2.32", b"192.0.2.33", b"192.0.2.31")
LINES = [log_line(number, b"/p%d" % number, address=address) for number, address in enumerate(CLIENTS)]


def count(ingest: Ingest) -> tuple[int, int]:
    """Views and visitors."""
    return len(ingest.events), len({event["user_id"] for event in ingest.events.values()})


@pytest.mark.parametrize(
    "prefix",
    [
        b"shop.example.org ",
        b"2015-05-17T10:00:00.1Z ",
        b"[pod/shop-1/web] ",
        b"shop-1  | ",
        b"May 17 00:00:00 w nginx: ",
    ],
)
def test_a_prefix_changes_neither_views_nor_visitors(import_log: Import, ingest: Ingest, prefix: bytes) -> None:
    for lines in (LINES, [prefix + line for line in LINES]):
        assert import_log(b"".join(lines)).exit_code == 0
        assert count(ingest) == (4, 3)


def test_a_log_of_several_sites_is_not_mixed_up(import_log: Import, ingest: Ingest) -> None:
    log = b"".join(b"%s.example.org:443 " % (b"shop", b"blog")[number % 2] + line for number, line in enumerate(LINES))
    report = import_log(log)
    assert (report.exit_code, report.sent) == (1, 0)
    assert "shop.example.org (2 lines), blog.example.org (2 lines)" in report.problem
    assert import_log(log, hostname="shop.example.org").accepted == 2
    assert import_log(log, all_hosts=True).accepted == 4
    assert count(ingest)[0] == 4


def test_with_the_sites_host_lines_and_targets_of_another_are_skipped(import_log: Import, ingest: Ingest) -> None:
    log = [
        b"www.shop.example " + LINES[0],
        b"blog.example " + LINES[1],
        log_line(5, b"http://proxied.example/"),
        log_line(6, b"http://shop.example/a"),
    ]
    report = import_log(b"".join(log), hostname="shop.example")
    assert [event["url"] for event in ingest.events.values()] == ["https://shop.example/p0", "https://shop.example/a"]
    assert "             2 of another host" in report.as_text()


@pytest.mark.parametrize("padding", [300, 65_536, 200_000])
def test_nuls_that_copytruncate_left_are_no_visitor(import_log: Import, ingest: Ingest, padding: int) -> None:
    report = import_log(b"\0" * padding + LINES[0] + LINES[3] + b"\0" * padding)
    assert (report.read, report.unparsable.count, count(ingest)) == (2, 0, (2, 1))


def test_a_log_in_utf_16_is_another_format(import_log: Import, ingest: Ingest) -> None:
    report = import_log(b"".join(LINES).decode().encode("utf-16"))
    assert (report.exit_code, report.sent) == (3, 0)
    assert "UTF-16" in report.as_text()


def test_absent_and_empty_agents_and_referrers_are_the_same_to_the_figures(import_log: Import, ingest: Ingest) -> None:
    import_log(log_line(1, agent=b"", referrer=b"") + log_line(2, agent=b"", referrer=b"-"))
    assert [(event["referrer"], event["user_agent"]) for event in ingest.events.values()] == [("", "")] * 2


def test_every_kind_of_address_is_a_visitor(import_log: Import, ingest: Ingest) -> None:
    addresses = [b"2001:db8::31", b"fe80::31%eth1", b"::ffff:192.0.2.31", b"192.0.2.31.dyn.example.net", b"localhost"]
    import_log(b"".join(log_line(1, address=address) for address in addresses))
    assert count(ingest) == (5, 5)


def test_packed_members_are_read_one_after_the_other(import_log: Import, ingest: Ingest) -> None:
    assert import_log(gzip.compress(LINES[0]) + gzip.compress(LINES[1] + LINES[2])).exit_code == 0
    assert count(ingest) == (3, 3)


def test_spaces_and_hosters_fields_around_the_user_change_no_visitor(import_log: Import, ingest: Ingest) -> None:
    jetty = b"".join(LINES).replace(b" - - ", b" -  -  ")
    hoster = b"".join(LINES).replace(b" - - ", b" shop.example.org ann ")
    assert import_log(jetty, site_id="jetty").exit_code == import_log(hoster, site_id="hoster").exit_code == 0
    assert count(ingest) == (8, 6)


def test_fields_after_the_agent_are_ignored(import_log: Import, ingest: Ingest) -> None:
    added = [
        b" 7 0.001 [shop-80] [] 10.0.0.7:80 5 0.001 200 9c1e",
        b' 1 "w@docker" "http://10.0.0.7" 2ms',
        b" 0.1 .",
        b' "203.0.113.9, 10.0.0.7"',
    ]
    import_log(b"".join(line[:-1] + more + b"\n" for line, more in zip(LINES, added, strict=True)))
    assert count(ingest) == (4, 3)


@pytest.mark.parametrize(
    "hostname", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "XN--BCHER-KVA.example"]
)
def test_a_host_in_another_script_is_its_punycode(import_log: Import, ingest: Ingest, hostname: str) -> None:
    assert import_log(log_line(), hostname=hostname).exit_code == 0
    assert [event["url"] for event in ingest.events.values()] == ["https://xn--bcher-kva.example/home"]


@pytest.mark.parametrize(
    "hostname", ["https://a.example", "a.example:443", "a.example/x", "a@b.example", "xn--a", "ü b"]
)
def test_a_host_that_is_not_one_alone_is_refused(import_log: Import, ingest: Ingest, hostname: str) -> None:
    report = import_log(log_line(), hostname=hostname)
    assert (report.exit_code, report.sent) == (1, 0)
    assert "one alone" in report.problem
