"""Which addresses are in which networks."""

from ipaddress import IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.ingest.sites.networks import compile_networks

NEAR = st.sampled_from(
    ["10.0.0.1", "10.0.128.1", "10.1.0.1", "11.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:db8:1::1"]
)
ADDRESSES = NEAR | st.ip_addresses().map(str)


def make_network(address: str, length: int) -> str:
    return str(ip_network((address, min(length, ip_address(address).max_prefixlen)), strict=False))


@given(st.lists(st.builds(make_network, ADDRESSES, st.integers(0, 128)), min_size=1, max_size=5), ADDRESSES)
def test_an_address_is_in_the_networks_that_the_standard_library_finds_it_in(networks: list[str], text: str) -> None:
    is_in = compile_networks(networks)
    address = ip_address(text)
    own = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    assert is_in is not None
    assert is_in(text) == any(own in ip_network(network) for network in networks)


@pytest.mark.parametrize(
    "text", ["", "10", "10.", "10.0.0", "010.0.0.1", "10.0.0.1\0", "10.0.0.1 ", "nonsense", ":", "\ud800:", "::1%"]
)
def test_what_is_no_address_is_in_no_network(text: str) -> None:
    is_in = compile_networks(["10.0.0.0/8", "2001:db8::/32"])
    assert is_in is not None
    assert not is_in(text)


def test_an_address_of_a_link_is_known_without_its_interface() -> None:
    is_in = compile_networks(["fe80::/10"])
    assert is_in is not None
    assert is_in("fe80::1%eth0")
