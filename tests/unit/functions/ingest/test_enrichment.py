"""What is derived of an event: whose it is, what is kept of them, and what is not."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.derivation.place import Places
from common.errors import InvalidInput
from common.event import Event
from common.visitor import Salts
from functions.ingest.body import parse_event
from functions.ingest.enrichment import Enrichment, Sender
from functions.ingest.queued_event import TimestampBounds, complete, encode
from functions.ingest.speaker import ANYBODY, Speaker

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOUNDS = TimestampBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(hours=48))
PLACES = Places.open(None)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
CURL = "curl/8.5.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BROWSER = Sender("198.51.100.9", FIREFOX, "de-DE,de;q=0.9,en;q=0.8")
SERVER = Sender("198.51.100.10", "python-requests/2.32.0", "*")
UNTRACKED = Sender("198.51.100.9", FIREFOX, "de", is_not_to_be_tracked=True)
EVENT_ID = "01900000-0000-7000-8000-000000000001"
SALTS = Salts(date(2026, 3, 1), b"s" * 32)


def queue(
    sender: Sender = BROWSER,
    salts: Salts | None = SALTS,
    *,
    honours: bool = True,
    kept: frozenset[str] = frozenset(),
    speaker: Speaker = ANYBODY,
    **fields: Any,
) -> dict[str, Any]:
    """What is queued of an event, which the processor would accept."""
    defaults = {} if {"url", "path"} & fields.keys() else {"path": "/"}
    incoming = parse_event(json.dumps({"site_id": "blog", **defaults, **fields}).encode())
    enrichment = Enrichment(PLACES, sender, salts, honours, kept, speaker=speaker)
    encoded = encode(complete(incoming, NOW, EVENT_ID, BOUNDS, enrichment.derive))
    Event.model_validate_json(encoded)
    return json.loads(encoded)  # type: ignore[no-any-return]


def fault_of(**fields: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        queue(**fields)
    [fault] = caught.value.faults
    return fault.pointer, fault.detail


def test_a_url_gives_host_path_and_campaign() -> None:
    event = queue(url="https://www.example.com/pricing?utm_source=news&utm_campaign=may&x=1#top")
    assert (event["hostname"], event["path"]) == ("www.example.com", "/pricing")
    assert (event["utm_source"], event["utm_campaign"]) == ("news", "may")
    assert "url" not in event


def test_a_url_that_is_none_and_a_path_beside_a_url_are_refused() -> None:
    assert fault_of(url="pricing")[0] == "/url"
    assert fault_of(url="https://example.com/", path="/")[0] == "/path"


def test_a_referrer_gives_source_and_channel_and_loses_its_query() -> None:
    event = queue(url="https://www.example.com/", referrer="https://www.google.com/search?q=secret")
    assert (event["source"], event["channel"]) == ("Google", "search")
    assert "secret" not in json.dumps(event)
    assert queue(url="https://www.example.com/", referrer="")["channel"] == "direct"


@pytest.mark.parametrize(
    ("page", "channel"),
    [
        pytest.param("https://www.example.com", "internal", id="Origin"),
        pytest.param("https://example.com/b?q=1", "internal", id="Referer"),
        pytest.param("https://other.org", "referral", id="another site's"),
        pytest.param("null", "referral", id="an origin that is none"),
        pytest.param("", "referral", id="no header"),
    ],
)
def test_with_a_path_alone_the_request_tells_whose_page_it_was(page: str, channel: str) -> None:
    event = queue(BROWSER._replace(page=page), path="/b", referrer="https://www.example.com/a")
    assert event["channel"] == channel
    assert "hostname" not in event


def test_the_url_says_more_of_the_site_than_the_request() -> None:
    sender = BROWSER._replace(page="https://other.org")
    assert queue(sender, url="https://example.com/b", referrer="https://www.example.com/a")["channel"] == "internal"
    assert queue(sender, url="https://example.com/b", referrer="https://other.org/")["channel"] == "referral"


def test_of_an_event_without_url_and_referrer_nobody_knows_where_it_came_from() -> None:
    assert not {"channel", "source", "referrer"} & queue(path="/").keys()


def test_a_browsers_own_event_has_what_its_request_shows() -> None:
    event = queue(BROWSER)
    assert (event["browser"], event["os"], event["device"]) == ("Firefox", "Linux", "desktop")
    assert event["language"] == "de-de"


def test_a_users_event_from_a_browser_has_what_its_request_shows() -> None:
    assert queue(BROWSER, user_id="ann")["browser"] == "Firefox"


def test_a_servers_library_is_not_its_users_browser() -> None:
    assert not {"browser", "os", "device", "country", "language"} & queue(SERVER, user_id="ann").keys()


def test_what_a_server_says_of_the_visitor_stands_for_what_its_request_shows() -> None:
    event = queue(SERVER, user_id="ann", user_agent=CHROME, country="DE", language="en-GB")
    assert (event["browser"], event["country"], event["language"]) == ("Chrome", "DE", "en-gb")
    assert not {"browser", "language"} & queue(BROWSER, user_id="ann", country="DE").keys()


def test_an_address_that_a_server_gives_tells_the_country() -> None:
    assert queue(SERVER, user_id="ann", ip="217.160.0.1")["country"] == "DE"


@pytest.mark.parametrize("sender", [BROWSER, SERVER])
def test_neither_addresses_nor_user_agents_are_queued(sender: Sender) -> None:
    for fields in ({}, {"user_id": "ann"}, {"ip": "203.0.113.7", "user_agent": CHROME}):
        text = json.dumps(queue(sender, **fields))
        for secret in (sender.address, sender.user_agent, "203.0.113.7", CHROME, "Mozilla"):
            assert secret not in text


def test_a_bot_is_set_aside_unless_it_comes_with_a_user_id() -> None:
    for agent in (CURL, GOOGLEBOT):
        assert queue(Sender("198.51.100.9", agent))["filtered"] == "bot"
        assert "filtered" not in queue(Sender("198.51.100.9", agent), user_id="ann")
        assert queue(SERVER, user_agent=agent, ip="203.0.113.7")["filtered"] == "bot"
        assert "filtered" not in queue(SERVER, user_agent=agent, user_id="ann")
    assert "filtered" not in queue(BROWSER)
    assert "filtered" not in queue(SERVER, user_agent=CHROME, ip="203.0.113.7")


def test_a_visitor_without_user_id_gets_an_id_of_site_address_and_browser() -> None:
    first = queue()["visitor_id"]
    assert queue(path="/other")["visitor_id"] == first
    others = [
        queue(site_id="shop"),
        queue(Sender("198.51.100.8", FIREFOX)),
        queue(Sender(BROWSER.address, CHROME)),
        queue(salts=Salts(SALTS.day, b"t" * 32)),
    ]
    assert len({first, *(event["visitor_id"] for event in others)}) == 5


SPEAKS_FOR = [None, frozenset({"blog"}), frozenset({"shop"}), frozenset[str]()]


def test_a_server_gets_the_same_id_for_the_same_visitor_where_it_may_speak_for_the_site() -> None:
    claimed = {"ip": BROWSER.address, "user_agent": FIREFOX}
    ids = [queue(SERVER, speaker=Speaker(sites), **claimed)["visitor_id"] for sites in SPEAKS_FOR]
    assert ids[0] == ids[1] == queue()["visitor_id"]
    assert ids[2] == ids[3] != ids[0]


@pytest.mark.parametrize(
    "fields", [{"user_id": "ann"}, {"country": "DE"}, {"ip": "203.0.113.7"}, {"user_agent": CHROME}]
)
def test_no_id_is_derived_beside_a_user_id_or_from_half_of_what_it_takes(fields: dict[str, Any]) -> None:
    assert "visitor_id" not in queue(**fields)


@pytest.mark.parametrize(
    ("timestamp", "has_id"),
    [
        ("2026-02-27T23:59:59Z", False),
        ("2026-02-28T00:00:00Z", True),
        ("2026-03-01T23:59:59Z", True),
        ("2026-03-02T00:00:00Z", False),
        ("2026-03-02T00:30:00+01:00", True),
    ],
)
def test_an_event_older_than_the_salts_or_of_another_day_to_come_gets_no_id(timestamp: str, has_id: bool) -> None:
    assert ("visitor_id" in queue(timestamp=timestamp)) is has_id


def test_where_a_day_has_just_begun_the_id_of_the_day_before_comes_along() -> None:
    yesterday = queue()["visitor_id"]
    event = queue(salts=Salts(date(2026, 3, 2), b"t" * 32, SALTS.current), timestamp="2026-03-02T00:10:00Z")
    assert event["previous_visitor_id"] == yesterday != event["visitor_id"]
    assert "previous_visitor_id" not in queue()


def test_who_is_not_to_be_tracked_counts_without_any_id() -> None:
    for fields in ({}, {"user_id": "ann"}):
        event = queue(UNTRACKED, **fields)
        assert not {"user_id", "visitor_id", "previous_visitor_id"} & event.keys()
        assert event["browser"] == "Firefox"
    assert queue(UNTRACKED, honours=False, user_id="ann")["user_id"] == "ann"
    assert "visitor_id" in queue(UNTRACKED, honours=False)


def test_a_wish_in_a_servers_own_request_is_not_its_visitors() -> None:
    server = Sender(SERVER.address, SERVER.user_agent, is_not_to_be_tracked=True)
    assert queue(server, user_id="ann")["user_id"] == "ann"
    assert queue(UNTRACKED, user_id="ann", country="DE")["user_id"] == "ann"


def test_properties_become_texts_and_empty_ones_nothing() -> None:
    props = {"plan": "pro", "seats": 3, "share": 0.5, "trial": True, "none": "", "tiny": 1e-7}
    assert queue(props=props)["props"] == {
        "plan": "pro",
        "seats": "3",
        "share": "0.5",
        "trial": "true",
        "tiny": "1e-07",
    }
    assert queue(props={"plan": None, "seats": 3})["props"] == {"seats": "3"}
    assert "props" not in queue(props={"plan": None})
    assert (
        not {"props", "title", "screen", "language"} & queue(SERVER, props={}, title="", screen="", language="").keys()
    )


@pytest.mark.parametrize(
    ("given", "queued"), [("12.30", "12.30"), (12.5, "12.5"), (12, "12"), (-0.01, "-0.01"), (1e14, "100000000000000.0")]
)
def test_revenue_is_a_decimal(given: str | float, queued: str) -> None:
    revenue = {"amount": given, "currency": "EUR"}
    assert queue(revenue=revenue)["revenue"] == {"amount": queued, "currency": "EUR"}


def test_a_title_is_cut_between_characters() -> None:
    assert queue(title="é" * 400)["title"] == "é" * 250
    assert queue(title="x" + "é" * 400)["title"] == "x" + "é" * 249


@pytest.mark.parametrize(
    ("fields", "pointer", "right"),
    [
        ({"ip": "300.1.1.1"}, "/ip", "203.0.113.7"),
        ({"url": "https://example.com/\0"}, "/url", "U+0000"),
        ({"props": []}, "/props", "JSON object"),
        ({"props": {"plan": ["a"]}}, "/props/plan", "a number, true, false or null"),
        ({"props": {"plan": "é" * 501}}, "/props/plan", "1,000 bytes"),
        ({"props": {"a/b~c": "\ud800"}}, "/props/a~1b~0c", "1,000 bytes"),
        ({"props": {"a\0": "x"}}, "/props/a\0", "U+0000"),
        ({"props": {"é" * 33: "x"}}, "/props/" + "é" * 33, "64 bytes"),
        ({"props": {str(n): n for n in range(31)}}, "/props", "30 properties"),
        ({"props": {str(n): n for n in range(9_000)}}, "/props", "30 properties"),
        ({"revenue": {"amount": "1.23456", "currency": "EUR"}}, "/revenue/amount", "4 decimals"),
        ({"revenue": {"amount": "1e3", "currency": "EUR"}}, "/revenue/amount", "4 decimals"),
        ({"revenue": {"amount": True, "currency": "EUR"}}, "/revenue/amount", "4 decimals"),
        ({"revenue": {"amount": 1, "currency": "euro"}}, "/revenue/currency", '"EUR"'),
        ({"revenue": {"amount": 1, "currency": "EUX"}}, "/revenue/currency", '"EUX" is no currency'),
        ({"revenue": {"amount": 1}}, "/revenue/currency", "required"),
        ({"revenue": {"amount": 1, "currency": "EUR", "tax": 1}}, "/revenue/tax", "amount, currency"),
    ],
)
def test_a_fault_names_the_place_and_what_would_be_right(fields: dict[str, Any], pointer: str, right: str) -> None:
    where, detail = fault_of(**fields)
    assert where == pointer
    assert right in detail


TEXT = st.text(max_size=60)
URLS = st.sampled_from(
    ["https://example.com/a?utm_source=x", "http://EXAMPLE.com:80", "https://ä.example/ö?utm_term=%00"]
)


@given(
    fields=st.fixed_dictionaries(
        {},
        optional={
            "user_id": TEXT,
            "url": URLS
            | TEXT.map("https://example.com/".__add__)
            | TEXT.map("https://example.com/?utm_source=".__add__),
            "referrer": URLS | TEXT.map("https://example.org/".__add__),
            "title": TEXT,
            "language": TEXT,
            "props": st.dictionaries(TEXT, TEXT | st.booleans() | st.integers() | st.floats()),
            "revenue": st.fixed_dictionaries({"amount": st.floats() | st.integers(), "currency": st.just("EUR")}),
            "user_agent": TEXT,
            "ip": st.ip_addresses().map(str),
        },
    ),
    agent=st.sampled_from([FIREFOX, CURL, ""]) | st.text(st.characters(max_codepoint=255)),
    language=st.text(st.characters(max_codepoint=255), max_size=50),
)
def test_whatever_is_accepted_the_processor_accepts_too(fields: dict[str, Any], agent: str, language: str) -> None:
    with suppress(InvalidInput):
        queue(Sender("192.0.2.1", agent, language), **{"event_type": "visit", "path": None, **fields})


def test_the_query_of_a_path_is_not_stored_and_its_fragment_neither() -> None:
    event = queue(path="/reset?token=geheim&email=a@b.example#access_token=geheim", title="Reset?")
    assert event["path"] == "/reset"
    assert event["title"] == "Reset?"
    assert "geheim" not in json.dumps(event)
    assert queue(path="/reset#token=geheim")["path"] == "/reset"
    assert queue(path="?token=geheim")["path"] == "/"


def test_the_campaign_of_a_path_is_read_before_its_query_is_dropped() -> None:
    event = queue(path="/pricing?utm_source=news&utm_campaign=may&utm_medium=email&token=x")
    assert (event["path"], event["utm_source"], event["utm_campaign"]) == ("/pricing", "news", "may")
    assert event["channel"] == "email"
    long = queue(path=f"/pricing?x={'y' * 5_000}&utm_source=news")
    assert (long["path"], long["utm_source"]) == ("/pricing", "news")


def test_a_path_with_a_plain_query_says_nothing_of_where_the_visitor_came_from() -> None:
    assert not {"channel", "source"} & queue(path="/pricing?x=1").keys()


@pytest.mark.parametrize(
    "given", [{"path": "/search?b=2&q=a%20b&t=x&%71=c#f"}, {"url": "https://a.example/search?b=2&q=a%20b&t=x&%71=c#f"}]
)
def test_query_parameters_that_are_kept_stay_in_path_and_url_alike(given: dict[str, str]) -> None:
    assert queue(kept=frozenset({"q", "b"}), **given)["path"] == "/search?b=2&q=a%20b&%71=c"
    assert queue(kept=frozenset({"other"}), **given)["path"] == "/search"
    assert queue(kept=frozenset({"*"}), **given)["path"] == "/search?b=2&q=a%20b&t=x&%71=c"


def test_a_kept_parameter_that_is_too_long_is_cut_and_said() -> None:
    incoming = parse_event(json.dumps({"site_id": "blog", "path": f"/search?q={'é' * 2_000}"}).encode())
    enrichment = Enrichment(PLACES, BROWSER, SALTS, kept=frozenset({"q"}))
    queued = complete(incoming, NOW, EVENT_ID, BOUNDS, enrichment.derive)
    assert 1_990 < len(queued["path"].encode()) <= 2_000
    assert [(site, loss.pointer) for site, loss in enrichment.dropped] == [("blog", "/path")]


def test_a_bot_that_is_known_by_name_is_named() -> None:
    gptbot = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
    named = {"name": "GPTBot", "operator": "OpenAI", "purpose": "training"}
    assert queue(Sender("198.51.100.9", gptbot))["crawler"] == named
    assert "crawler" not in queue(Sender("198.51.100.9", CURL))
    assert "crawler" not in queue(Sender("198.51.100.9", gptbot), user_id="ann")
    assert "crawler" not in queue(BROWSER)
