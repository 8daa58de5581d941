import pytest

from common.derivation.codes import check_country, check_currency, load_countries, load_currencies


@pytest.mark.parametrize("code", ["DE", "GB", "SS", "BQ", "XK"])
def test_a_country_that_there_is_is_accepted(code: str) -> None:
    assert check_country(code) == code


@pytest.mark.parametrize("code", ["ZZ", "XX", "EU", "AP", "AN", "SU", "YU", "de", "DEU", ""])
def test_a_country_that_there_is_none_of_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=f'^"{code}" is no country; expected ISO 3166 alpha-2 .*"DE"'):
        check_country(code)


@pytest.mark.parametrize(("code", "meant"), [("UK", "GB"), ("EL", "GR")])
def test_for_a_country_that_is_often_written_otherwise_the_right_code_is_named(code: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'"{meant}"$'):
        check_country(code)


@pytest.mark.parametrize("code", ["EUR", "USD", "JPY", "SLE", "XCG", "ZWG", "CLF"])
def test_a_currency_that_there_is_is_accepted(code: str) -> None:
    assert check_currency(code) == code


def test_a_currency_that_events_of_some_years_ago_had_is_accepted() -> None:
    assert check_currency("BGN") == "BGN"


@pytest.mark.parametrize("code", ["EUX", "DEM", "BTC", "XXX", "XTS", "eur", "EURO", ""])
def test_a_currency_that_there_is_none_of_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=f'^"{code}" is no currency; expected an ISO 4217 code .*"EUR"'):
        check_currency(code)


def test_the_lists_hold_codes_alone() -> None:
    assert len(load_countries()) == 250
    assert {len(code) for code in load_countries()} == {2}
    assert 170 < len(load_currencies()) < 200
    assert {len(code) for code in load_currencies()} == {3}
    assert all(code.isascii() and code.isupper() for code in load_countries() | load_currencies())
