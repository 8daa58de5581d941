"""Writes MaxMind databases as small as a test needs (the format's version 2.0)."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

_UINT16 = b"\xa2"
_PREFIXES = {str: 2 << 5, int: 6 << 5, dict: 7 << 5, list: 0}


def write_mmdb(path: Path, records: dict[str, Any], ip_version: int = 6) -> Path:
    """A database of networks and their records; `ip_version` 4 takes no IPv6 network."""
    nodes: list[list[int | None]] = [[None, None]]
    data = b""
    places: dict[tuple[int, int], int] = {}
    for network, record in records.items():
        bits = _spell(network, ip_version)
        node = 0
        for bit in bits[:-1]:
            if nodes[node][bit] is None:
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit] or 0
        places[node, bits[-1]] = len(data)
        data += _encode(record)
    for (node, bit), offset in places.items():
        nodes[node][bit] = len(nodes) + 16 + offset
    tree = b"".join((len(nodes) if child is None else child).to_bytes(3, "big") for node in nodes for child in node)
    metadata = {
        "node_count": _encode(len(nodes)), "record_size": _UINT16 + b"\x00\x18",
        "ip_version": _UINT16 + bytes([0, ip_version]),
        "database_type": _encode("Test"), "languages": _encode(["en"]), "description": _encode({"en": "Test"}),
        "binary_format_major_version": _UINT16 + b"\x00\x02", "binary_format_minor_version": _UINT16 + b"\x00\x00",
        "build_epoch": b"\x08\x02" + (1_700_000_000).to_bytes(8, "big"),
    }  # fmt: skip
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + bytes([_PREFIXES[dict] | len(metadata)]))
    with path.open("ab") as file:
        file.writelines(_encode(name) + value for name, value in metadata.items())
    return path


def _spell(network: str, ip_version: int) -> list[int]:
    parsed = ip_network(network)
    leading = "0" * 96 if parsed.version < ip_version else ""
    return [int(bit) for bit in leading + f"{int(parsed.network_address):0{parsed.max_prefixlen}b}"[: parsed.prefixlen]]


def _encode(value: Any) -> bytes:
    if isinstance(value, dict):
        content = b"".join(_encode(part) for item in value.items() for part in item)
    elif isinstance(value, list):
        content = b"".join(map(_encode, value))
    else:
        content = value.encode() if isinstance(value, str) else value.to_bytes(4, "big")
    size = len(content) if isinstance(value, str) else 4 if isinstance(value, int) else len(value)
    control = bytes([_PREFIXES[type(value)] | min(size, 29)])
    extended = b"\x04" if isinstance(value, list) else b""
    return control + extended + (bytes([size - 29]) if size >= 29 else b"") + content
