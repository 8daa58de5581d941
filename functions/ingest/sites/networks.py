"""Blocked addresses: whether a visitor's is one of them, or in one of their networks."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network
from socket import AF_INET, inet_pton


def compile_networks(networks: Iterable[str]) -> Callable[[str], bool] | None:
    """What tells whether an address is in any of them; None: there are none.

    An address is looked up once for each length of networks, however many there are. Lengths of whole bytes, as most
    networks of IPv4 have, need no arithmetic.
    """
    of_bytes = defaultdict[int, set[bytes]](set)
    masks: dict[int, dict[int, set[int]]] = {4: {}, 6: {}}
    for network in map(ip_network, networks):
        if isinstance(network, IPv4Network) and network.prefixlen % 8 == 0:
            length = network.prefixlen // 8
            of_bytes[length].add(network.network_address.packed[:length])
        else:
            found = masks[network.version].setdefault(int(network.netmask), set())
            found.add(int(network.network_address))
    by_bytes, by_mask = list(of_bytes.items()), {version: list(found.items()) for version, found in masks.items()}
    others = by_mask[4]

    def is_in(text: str) -> bool:
        try:
            packed = inet_pton(AF_INET, text)  # ip_address takes ten times as long
        except (OSError, ValueError):
            address = _read(text)
            if address is None:
                return False
            if isinstance(address, IPv6Address):
                return any(int(address) & mask in found for mask, found in by_mask[6])
            packed = address.packed
        for length, known in by_bytes:  # loops: any() takes twice as long
            if packed[:length] in known:
                return True
        if others:
            number = int.from_bytes(packed, "big")
            return any(number & mask in found for mask, found in others)
        return False

    return is_in if by_bytes or others or by_mask[6] else None


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """An address that is not spelled as one of IPv4, which it may be all the same."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
