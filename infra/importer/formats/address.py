"""Finds the field of a line that is the client's address. Pure.

A line of the combined format has `address ident user` before its time. Some formats and tools put other fields before
these, so the first field may not be the client. The address is the field that parses as one. If no field does, or
several do, we do not guess.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

from infra.importer.formats.prefix import find_prefix_end

NO_ADDRESS = "not in the combined log format"
SEVERAL_ADDRESSES = "several addresses before the time: which is the client's can't be told"

_ABSENT = b"-"
_LONGEST_HEAD_BYTES = 8_192
_FIELD = re.compile(rb"\S++(?:(?<=,)\s++\S++)*+")  # a list with commas is one field
_OCTET = rb"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rb"(?:%s\.){3}%s" % (_OCTET, _OCTET)
_PLAIN = re.compile(rb"(%s) - -" % IPV4)
_IP = re.compile(rb"[0-9A-Fa-f.:]{2,45}(?:%[\w.-]{1,15})?")
_HOST = re.compile(rb"(?!(?:unknown|unix)$)(?:[A-Za-z0-9_][\w-]{0,62}+\.)*+(?![0-9]+\.?$)[A-Za-z0-9_][\w-]{0,62}+\.?")
_HOST_AND_PORT = re.compile(rb"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}")
_PRIVATE = [ip_network(block) for block in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
    "::1", "fc00::/7", "fe80::/10",
)]  # fmt: skip

Ip = IPv4Address | IPv6Address


class Client(NamedTuple):
    """A line's client: its address, the start of the combined line, and the host logged just before it."""

    start: int
    address: bytes
    host: bytes = b""


class _Field(NamedTuple):
    start: int
    text: bytes
    ips: tuple[Ip, ...]
    """The address or the list of addresses that the field consists of; empty for any other field."""
    is_alike: bool
    """Whether the field contains any address, including one with a port or in a list with other things."""


@lru_cache(maxsize=1 << 14)  # lines of one client have the same head
def find_client(head: bytes) -> Client | str:
    """The client in `head`, the part of a line before its time, or a sentence that says why there is none."""
    if plain := _PLAIN.fullmatch(head):  # nearly all are: the rest takes ten times as long
        return Client(0, plain[1])
    if len(head) > _LONGEST_HEAD_BYTES:
        return NO_ADDRESS
    fields = _split(head)
    if len(fields) > 1 and fields[0].ips:
        return _find_first(fields)
    fields = _split(head, find_prefix_end(head))
    found = [place for place, field in enumerate(fields) if field.ips]
    if not found:
        return _find_host_name(fields)
    if _disagree(fields):
        return SEVERAL_ADDRESSES
    return _find_behind(fields, found[0])


def _split(head: bytes, start: int = 0) -> list[_Field]:
    return [_Field(match.start(), match[0], *_read_ips(match[0])) for match in _FIELD.finditer(head, start)]


def _disagree(fields: Sequence[_Field]) -> bool:
    return len({field.ips for field in fields if field.is_alike}) > 1


def _find_first(fields: Sequence[_Field]) -> Client | str:
    """The address in first place, as in the manual. Some logs have other fields after it, such as the host."""
    first, ident = fields[:2]
    if _disagree(fields):
        return SEVERAL_ADDRESSES
    if len(fields) > 4 and ident.text != _ABSENT:
        return NO_ADDRESS
    return _make_client(first)


def _find_behind(fields: Sequence[_Field], place: int) -> Client | str:
    """The address after other fields. The rest must match the manual's format, or it may not be the client's."""
    if not _is_plain(fields[place + 1 :]):
        return NO_ADDRESS
    before = fields[place - 1].text if place == 1 else b""
    if _HOST_AND_PORT.fullmatch(before):  # Apache's vhost_combined
        before = before.rpartition(b":")[0]
    return _make_client(fields[place], before if b"." in before and _HOST.fullmatch(before) else b"")


def _find_host_name(fields: Sequence[_Field]) -> Client | str:
    """A client's host name, which Apache logs with HostnameLookups on; not the host in `$host $remote_addr`."""
    if fields and _HOST.fullmatch(fields[0].text) and _is_plain(fields[1:]):
        return Client(fields[0].start, fields[0].text)
    return NO_ADDRESS


def _is_plain(after: Sequence[_Field]) -> bool:
    """Whether these fields are an absent ident and a user name, which may have several words."""
    if len(after) < 2 or after[0].text != _ABSENT:
        return False
    return len(after) == 2 or all(word.text != _ABSENT for word in after[1:])


def _make_client(field: _Field, host: bytes = b"") -> Client | str:
    """The client of a field. In a list (X-Forwarded-For) it is the first, if all others are private proxies."""
    first, *proxies = field.ips
    if proxies and (_is_private(first) or not all(map(_is_private, proxies))):
        return SEVERAL_ADDRESSES
    return Client(field.start, field.text.partition(b",")[0].strip(b'"[]'), host)


@lru_cache(maxsize=4096)
def _read_ips(field: bytes) -> tuple[tuple[Ip, ...], bool]:
    parts = [part.strip() for part in field.strip(b'"').split(b",")]
    ips = [ip for part in parts if (ip := _read_ip(part))]
    is_alike = bool(ips) or any(map(_has_port, parts))
    return tuple(ips) if len(ips) == len(parts) else (), is_alike


def _has_port(text: bytes) -> bool:
    address, _, port = text.rpartition(b":")
    return port.isdigit() and (b"." in address or address.startswith(b"[")) and _read_ip(address) is not None


def _read_ip(text: bytes) -> Ip | None:
    if text.startswith(b"[") and text.endswith(b"]"):
        text = text[1:-1]
    if not _IP.fullmatch(text):
        return None
    try:
        ip = ip_address(text.decode())
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _is_private(ip: Ip) -> bool:
    return any(ip in network for network in _PRIVATE)
