import pytest

from common.hosts.domain import find_domain


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("alice.github.io", "alice.github.io"),
        ("a.b.ck", "a.b.ck"),
        ("b.ck", None),
        ("a.www.ck", "www.ck"),
        ("a.city.kawasaki.jp", "city.kawasaki.jp"),
        ("x.xn--55qx5d.cn", "x.xn--55qx5d.cn"),
        ("a.b.nosuchsuffix", "b.nosuchsuffix"),
        ("localhost", None),
        ("192.0.2.7", None),
        ("2001:db8::1", None),
        ("a..com", None),
        ("", None),
    ],
)
def test_a_host_belongs_to_the_domain_that_somebody_registered(host: str, domain: str | None) -> None:
    assert find_domain(host) == domain
