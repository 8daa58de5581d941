"""Which events a site's settings set aside."""

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import InvalidInput
from common.sites.document import PublishedSite, SitesDocument
from common.sites.rules import SiteRules
from functions.ingest.sites.glob import compile_glob, compile_globs
from functions.ingest.sites.judgement import SiteJudge, Sites


def judge(rules: dict[str, Any], address: str = "", host: str | None = None, **fields: Any) -> str | None:
    return SiteJudge(PublishedSite(SiteRules(**rules))).judge(fields, address, host)


@pytest.mark.parametrize(
    ("address", "is_blocked"),
    [
        ("203.0.113.9", True), ("::ffff:203.0.113.9", True), ("203.0.114.9", False), ("2001:db8::5", True),
        ("2001:db9::5", False), ("", False), ("nonsense", False), ("198.51.100.7", True), ("198.51.100.8", False),
        ("::ffff:198.51.100.7", True), ("192.0.2.130", True), ("192.0.2.127", False),
    ],
)  # fmt: skip
def test_addresses_are_blocked_by_network(address: str, is_blocked: bool) -> None:
    rules = {"blocked_addresses": ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7", "192.0.2.128/25"]}
    assert judge(rules, address) == ("blocked_address" if is_blocked else None)


def test_a_country_and_a_path_are_blocked() -> None:
    assert judge({"blocked_countries": ["DE"]}, country="DE") == "blocked_country"
    assert judge({"blocked_countries": ["DE"]}, country="FR") is None
    assert judge({"blocked_countries": ["DE"]}) is None
    assert judge({"blocked_paths": ["/admin/*"]}, path="/admin/users") == "blocked_path"
    assert judge({"blocked_paths": ["/admin/*"]}, path="/admin") is None


def test_hosts_are_blocked_or_accepted_and_an_unknown_one_is_no_stranger() -> None:
    assert judge({"blocked_hostnames": ["*.test"]}, host="shop.test") == "blocked_hostname"
    accepted = {"accepted_hostnames": ["shop.example", "*.shop.example"]}
    assert judge(accepted, host="copy.example") == "foreign_hostname"
    assert judge(accepted, host="www.shop.example") is None
    assert judge(accepted) is None


def test_a_site_that_is_deleted_or_unknown_takes_no_event() -> None:
    sites = Sites.of(SitesDocument({"gone": PublishedSite(is_removed=True)}, {}, frozenset({"gone", "blog"})))
    sites.check("blog")
    for site_id, words in (("gone", "being deleted"), ("nobody", "There is no site nobody")):
        with pytest.raises(InvalidInput) as caught:
            sites.check(site_id)
        assert caught.value.faults[0].pointer == "/site_id"
        assert words in caught.value.faults[0].detail


def test_an_alias_stands_for_its_site() -> None:
    sites = Sites.of(SitesDocument({}, {("plausible", "shop.example"): "shop"}))
    assert sites.resolve_alias("plausible", "shop.example") == "shop"
    assert sites.resolve_alias("matomo", "shop.example") is None


@given(st.text("ab*?/", max_size=8), st.text("ab/\n", max_size=12))
def test_a_glob_matches_what_its_regular_expression_does(glob: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in glob)
    assert compile_glob(glob)(text) == (re.fullmatch(expression, text, re.DOTALL) is not None)


@given(st.lists(st.text("ab*?/", min_size=1, max_size=5), max_size=4), st.text("ab/", max_size=6))
def test_many_globs_match_what_one_of_them_does(globs: list[str], text: str) -> None:
    matches = compile_globs(globs)
    assert (matches is not None and matches(text)) == any(compile_glob(glob)(text) for glob in globs)
    assert (matches is None) == (not globs)


def test_no_glob_takes_long() -> None:
    matches = compile_glob("/" + "*a" * 99)
    began = time.process_time()
    assert not matches("/" + "a" * 90 + "b" * 1_900)
    assert time.process_time() - began < 1  # a regular expression would take years
