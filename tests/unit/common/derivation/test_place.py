from pathlib import Path

import pytest

from common.derivation.place import Place, Places
from tests.unit.common.derivation.mmdb import write_mmdb


@pytest.fixture(scope="module")
def places() -> Places:
    """The countries that come along."""
    return Places.open(None)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("8.8.8.8", "US"),
        ("81.2.69.142", "GB"),
        ("133.11.0.1", "JP"),
        ("2001:4860:4860::8888", "US"),
        pytest.param("2a02:8109::/64", "DE", id="a network by its first address"),
        pytest.param("::ffff:81.2.69.142", "GB", id="IPv4 in IPv6"),
        ("10.1.2.3", None),
        ("192.168.1.1", None),
        ("172.16.0.1", None),
        ("127.0.0.1", None),
        ("169.254.1.1", None),
        ("100.64.0.1", None),
        ("::1", None),
        ("fe80::1%eth0", None),
        ("fd00::1", None),
        pytest.param("139.191.138.137", None, id="a network that is registered for Europe as a whole"),
        ("nonsense", None),
        ("testclient", None),
        ("", None),
        ("8.8.8.8\0", None),
    ],
)
def test_an_address_has_a_country(places: Places, address: str, country: str | None) -> None:
    assert places.find(address) == Place(country=country)


def test_a_database_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"places .*/absent.mmdb does not exist"):
        Places.open(tmp_path / "absent.mmdb")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.mmdb").write_bytes(b"no database" * 100)
    with pytest.raises(ValueError, match=r"broken.mmdb is no readable MaxMind database"):
        Places.open(tmp_path / "broken.mmdb")
    with pytest.raises(ValueError, match=r"is no readable MaxMind database"):
        Places.open(tmp_path)


MAXMIND = {
    "country": {"iso_code": "DE", "names": {"en": "Germany"}},
    "subdivisions": [{"iso_code": "BY", "names": {"en": "Bavaria", "de": "Bayern"}}],
    "city": {"names": {"en": "Munich", "de": "München"}},
}


@pytest.mark.parametrize(
    ("record", "place"),
    [
        pytest.param(MAXMIND, Place("DE", "Bavaria", "Munich"), id="a city of MaxMind's or DB-IP's"),
        pytest.param({"country": {"iso_code": "DE"}}, Place("DE"), id="a country alone"),
        pytest.param({"registered_country": {"iso_code": "DE"}}, Place("DE"), id="where only its owner's is known"),
        pytest.param({"subdivisions": [{"iso_code": "BY"}]}, Place(None, "BY"), id="a region without a name"),
        pytest.param(
            {"country_code": "DE", "country": "Germany", "region": "Bavaria", "city": "Munich"},
            Place("DE", "Bavaria", "Munich"),
            id="a flat record of IPinfo's",
        ),
        pytest.param({"country": "DE"}, Place("DE"), id="a flat country"),
        pytest.param({"country": "Germany"}, Place(), id="a name is no code"),
        pytest.param({"country": {"names": {"en": "x"}}, "city": 7, "subdivisions": []}, Place(), id="nothing"),
        pytest.param({"city": {"names": {"en": "ü" * 80}}}, Place(city="ü" * 50), id="a long name is cut"),
        pytest.param("DE", Place(), id="no record"),
    ],
)
def test_a_database_of_ones_own_tells_what_it_has(tmp_path: Path, record: object, place: Place) -> None:
    networks = {"81.2.69.0/24": record, "2a02:8109::/32": record}
    places = Places.open(write_mmdb(tmp_path / "own.mmdb", networks))
    assert places.find("81.2.69.142") == places.find("2a02:8109::/64") == places.find("::ffff:81.2.69.1") == place
    assert places.find("8.8.8.8") == places.find("nonsense") == Place()


def test_private_addresses_are_nowhere_whatever_a_database_says(tmp_path: Path) -> None:
    places = Places.open(write_mmdb(tmp_path / "own.mmdb", {"10.0.0.0/8": MAXMIND}))
    assert places.find("10.1.2.3") == Place()


def test_an_ipv6_address_is_nowhere_in_a_database_of_ipv4(tmp_path: Path) -> None:
    places = Places.open(write_mmdb(tmp_path / "own.mmdb", {"81.2.69.0/24": MAXMIND}, ip_version=4))
    assert places.find("2a02:8109::1") == Place()
    assert places.find("81.2.69.142").city == "Munich"


def test_a_database_that_was_cut_off_answers_nothing_where_it_is_broken(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "own.mmdb", {"81.2.69.0/24": MAXMIND})
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\x42DE", b"\xff\xff\xff"))
    assert Places.open(path).find("81.2.69.142") == Place()
