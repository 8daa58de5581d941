"""Blocked addresses: whether a visitor's is one of them, or in one of their networks."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton

_MAPPED = bytes(10) + b"\xff\xff"
"""How an address of IPv4 begins that is written as one of IPv6."""


def compile_networks(networks: Iterable[str]) -> Callable[[str], bool] | None:
    """What tells whether an address is in any of them; None: there are none.

    Most visitors' first number is that of no network, and then their address is not even read. Otherwise it is looked
    up once for each length of networks, however many there are.
    """
    parsed = [ip_network(network) for network in networks]
    if not parsed:
        return None
    of_4 = [network for network in parsed if isinstance(network, IPv4Network)]
    is_in_4, is_in_6 = _compile(of_4), _compile([network for network in parsed if isinstance(network, IPv6Network)])
    first_numbers = {
        str(number)
        for network in of_4
        for number in range(network.network_address.packed[0], network.broadcast_address.packed[0] + 1)
    }

    def is_in(text: str) -> bool:
        try:
            if ":" not in text:
                return text[: text.find(".")] in first_numbers and is_in_4(inet_pton(AF_INET, text))
            packed = inet_pton(AF_INET6, text.partition("%")[0])  # ip_address takes ten times as long
        except (OSError, ValueError):
            return False
        return is_in_4(packed[12:]) if packed.startswith(_MAPPED) else is_in_6(packed)

    return is_in


def _compile(networks: Iterable[IPv4Network | IPv6Network]) -> Callable[[bytes], bool]:
    """What tells whether a packed address is in any of them. Lengths of whole bytes need no arithmetic."""
    of_bytes, of_masks = defaultdict[int, set[bytes]](set), defaultdict[int, set[int]](set)
    for network in networks:
        if network.prefixlen % 8 == 0:
            length = network.prefixlen // 8
            of_bytes[length].add(network.network_address.packed[:length])
        else:
            of_masks[int(network.netmask)].add(int(network.network_address))
    by_bytes, by_mask = list(of_bytes.items()), list(of_masks.items())

    def is_in(packed: bytes) -> bool:
        for length, found in by_bytes:  # a loop: any() takes twice as long
            if packed[:length] in found:
                return True
        if not by_mask:
            return False
        number = int.from_bytes(packed, "big")
        return any(number & mask in found for mask, found in by_mask)

    return is_in
