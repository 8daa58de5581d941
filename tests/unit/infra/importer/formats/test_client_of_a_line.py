"""Who a line is from, whatever stands before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.importer.formats.address import NO_ADDRESS, SEVERAL_ADDRESSES
from infra.importer.formats.combined import UTF_16, Request, Unparsable, parse_line

REST = b' [17/May/2025:10:05:01 +0000] "GET /prices HTTP/1.1" 200 734 "-" "Mozilla/5.0 Firefox/140.0"'
PLAIN = b"198.51.100.23 - -" + REST
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

PREFIXES = {
    "the host that was asked for": b"shop.example.org ",
    "a duration": b"0.004 ",
    "a number": b"1337 ",
    "an absent field": b"- ",
    "an absent quoted field": b'"-" ',
    "docker logs -t": b"2025-05-17T10:05:01.123456789Z ",
    "a node's log of a container": b"2025-05-17T10:05:01.123456789Z stdout F ",
    "kubectl logs --prefix": b"[pod/shop-6f5c/web] ",
    "kubectl logs --prefix --timestamps": b"[pod/shop-6f5c/web] 2025-05-17T10:05:01.123456789Z ",
    "stern": b"shop-6f5c web ",
    "docker compose logs": b"shop-1  | ",
    "docker compose logs -t": b"shop-1  | 2025-05-17T10:05:01.123456789Z ",
    "docker compose logs, in colour": b"\x1b[36mshop-1  | \x1b[0m",
    "docker service logs": b"shop.1.q3w9@node-2    | ",
    "syslog": b"May 17 10:05:01 web nginx: ",
    "syslog on the wire": b"<190>May  7 10:05:01 web nginx: ",
    "syslog on the wire, nohostname": b"<190>May 17 10:05:01 nginx: ",
    "syslog that was relayed by an address": b"May 17 10:05:01 192.0.2.250 nginx[31]: ",
    "rsyslog": b"2025-05-17T10:05:01.123456+02:00 web nginx[31]: ",
    "RFC 5424": b"<190>1 2025-05-17T10:05:01.123Z 192.0.2.250 nginx 31 - - ",
    "RFC 5424 with data": b'<190>1 2025-05-17T10:05:01Z web nginx 31 ID7 [a@1 ip="192.0.2.9" b="\\]"] '
    + BYTE_ORDER_MARK,
    "journalctl -o short-iso": b"2025-05-17T10:05:01+0000 web nginx[31]: ",
    "journalctl -o short-precise": b"May 17 10:05:01.123456 web nginx[31]: ",
    "journalctl -o short-full": b"Sat 2025-05-17 10:05:01 UTC web nginx[31]: ",
    "journalctl -o short-unix": b"1747476301.123456 web nginx[31]: ",
    "journalctl -o short-monotonic": b"[   12.345678] web nginx[31]: ",
    "journalctl -o with-unit": b"Sat 2025-05-17 10:05:01 UTC web nginx.service[31]: ",
    "aws logs tail": b"2025-05-17T10:05:01.123000+00:00 web/shop/5f0c ",
    "NULs": b"\0" * 40,
    "a byte order mark": BYTE_ORDER_MARK,
    "syslog and the host": b"May 17 10:05:01 web nginx: shop.example.org ",
}
REFUSED = {
    "two addresses": (b"192.0.2.1 198.51.100.23 - -", SEVERAL_ADDRESSES),
    "an address for a user": (b"198.51.100.23 - 192.0.2.1", SEVERAL_ADDRESSES),
    "two public addresses in a list": (b"198.51.100.23, 192.0.2.1 - -", SEVERAL_ADDRESSES),
    "a list that begins in a private network": (b"10.0.0.7, 198.51.100.23 - -", SEVERAL_ADDRESSES),
    "a list and a proxy": (b'"198.51.100.23, 10.0.0.7" 10.0.0.8 - -', SEVERAL_ADDRESSES),
    "vhost_combined by address": (b"192.0.2.1:443 198.51.100.23 - -", SEVERAL_ADDRESSES),
    "a proxy, and its client with a port": (b"10.0.0.7 - 198.51.100.23:51234 -", SEVERAL_ADDRESSES),
    "a proxy, and a client with a port in brackets": (b"10.0.0.7 - [2001:db8::23]:51234 -", SEVERAL_ADDRESSES),
    "a proxy, and a list that is not clear": (b'10.0.0.7 - "198.51.100.23, unknown" -', SEVERAL_ADDRESSES),
    "a list that is not clear": (b"unknown, 198.51.100.23 - -", NO_ADDRESS),
    "a host and a client's name": (b"shop.example.org client.example.net - -", NO_ADDRESS),
    "a host, a dash and a client's name": (b"shop.example.org - client.example.net - -", NO_ADDRESS),
    "a name behind a number": (b"0.004 client.example.net - -", NO_ADDRESS),
    "an address and nothing of a user": (b"web 198.51.100.23 -", NO_ADDRESS),
    "the address of a relay, and a client's name": (b"at 192.0.2.1 nginx: client.example.net - -", NO_ADDRESS),
    "an address with a port": (b"198.51.100.23:51234 - -", NO_ADDRESS),
    "a Unix socket": (b"unix: - -", NO_ADDRESS),
    "a Unix socket behind a prefix": (b"shop-1  | unix: - -", NO_ADDRESS),
    "no address": (b"- - -", NO_ADDRESS),
    "a quoted dash alone": (b'"-" - -', NO_ADDRESS),
    "an unknown one": (b"unknown - -", NO_ADDRESS),
    "a duration alone": (b"0.004 - -", NO_ADDRESS),
    "no such address": (b"999.51.100.23 - -", NO_ADDRESS),
    "docker's raw stream": (b"\x01\0\0\0\0\0\0\x9a198.51.100.23 - -", NO_ADDRESS),
    "docker's JSON file": (b'{"log":"198.51.100.23 - -', NO_ADDRESS),
    "too long a head": (b"198.51.100.23 - " + b"a, " * 3_000 + b"a", NO_ADDRESS),
}


def parse(head: bytes) -> Request | Unparsable:
    return parse_line(head + REST)


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
def test_a_prefix_is_no_part_of_the_line(prefix: bytes) -> None:
    bare, found = parse_line(PLAIN), parse_line(prefix + PLAIN)
    assert isinstance(bare, Request)
    assert isinstance(found, Request)
    assert (found.address, found.line) == (bare.address, bare.line) == (b"198.51.100.23", PLAIN)


@pytest.mark.parametrize(
    "prefix", [PREFIXES["syslog"], PREFIXES["docker logs -t"], PREFIXES["docker compose logs"]], ids=str
)
def test_a_client_with_a_name_is_found_behind_a_prefix_that_is_known(prefix: bytes) -> None:
    found = parse(prefix + b"client.example.net - -")
    assert isinstance(found, Request)
    assert found.address == b"client.example.net"


@pytest.mark.parametrize(("head", "reason"), REFUSED.values(), ids=REFUSED)
def test_no_client_is_guessed_when_it_can_not_be_told(head: bytes, reason: str) -> None:
    assert parse(head) == Unparsable(reason)


@pytest.mark.parametrize(
    ("head", "address"),
    [
        (b"198.51.100.23, 10.0.0.7, 172.16.3.4 - -", b"198.51.100.23"),
        (b'"198.51.100.23, 10.0.0.7" - -', b"198.51.100.23"),
        (b"198.51.100.23,10.0.0.7 - -", b"198.51.100.23"),
        (b"2001:db8::23, fd00::1 - -", b"2001:db8::23"),
        (b"shop.example.org 198.51.100.23, 10.0.0.7 - -", b"198.51.100.23"),
        (b"[2001:db8::23] - -", b"2001:db8::23"),
        (b"198.51.100.23 198.51.100.23 - -", b"198.51.100.23"),
        (b"198.51.100.23 shop.example.org ann", b"198.51.100.23"),
        (b"shop.example.org:443 198.51.100.23 - -", b"198.51.100.23"),
        (b"198.51.100.23 shop.example.org - -", b"198.51.100.23"),
        (b"198.51.100.23 -  -", b"198.51.100.23"),
        (b"198.51.100.23 - Smith, Ann", b"198.51.100.23"),
        (b"fe80::1%eth0 - -", b"fe80::1%eth0"),
        (b"192.0.2.13.static.example.net - -", b"192.0.2.13.static.example.net"),
        (b"client.example.net - ann smith", b"client.example.net"),
        (b"localhost - -", b"localhost"),
        (b"198.51.100.xxx - -", b"198.51.100.xxx"),
    ],
)
def test_the_address_is_read_where_it_is(head: bytes, address: bytes) -> None:
    found = parse(head)
    assert isinstance(found, Request)
    assert found.address == address


@pytest.mark.parametrize(
    ("head", "host"),
    [
        (PREFIXES["the host that was asked for"], b"shop.example.org"),
        (PREFIXES["syslog and the host"], b"shop.example.org"),
        (PREFIXES["docker compose logs"], b""),
        (PREFIXES["stern"], b""),
        (PREFIXES["a duration"], b""),
    ],
)
def test_the_host_that_was_asked_for_is_told_from_other_prefixes(head: bytes, host: bytes) -> None:
    found = parse_line(head + PLAIN)
    assert isinstance(found, Request)
    assert found.host == host


def test_a_line_in_colour_is_read_to_its_end() -> None:
    assert parse_line(b"\x1b[32m" + PLAIN + b"\x1b[0m") == parse_line(PLAIN)


def test_a_log_in_utf_16_is_reported() -> None:
    assert parse_line(b"\xff\xfe" + PLAIN.decode().encode("utf-16-le")) == Unparsable(UTF_16)


@given(st.binary(max_size=60))
def test_noise_before_a_line_never_yields_an_unlogged_client(noise: bytes) -> None:
    found = parse_line(noise + b" " + PLAIN)
    assert isinstance(found, Unparsable) or b"198.51.100.23" in (found.address, *noise.split())
