"""The same page views as POST /event takes them and as other trackers' clients send them.

None has a time: an old event of ours would get no visitor's id, which others' new ones get.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from bench.turns import write_request

OURS = "page"
_AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.1"
    " Safari/605.1.15",
)
_REFERRERS = (
    "https://www.google.com/",
    "https://news.ycombinator.com/item?id={}",
    "https://chatgpt.com/",
    "https://t.co/x{}",
)


class Kind(NamedTuple):
    """A client's request: `{site}`, `{url}` and `{referrer}` are filled in, percent-encoded where it is a form."""

    path: str
    body: str
    is_form: bool = False
    site_field: str = ""
    """The header field that names the site."""


KINDS = {
    OURS: Kind("/event", '{"site_id":"{site}","event_type":"page_view","url":"{url}","referrer":"{referrer}"}'),
    "plausible": Kind("/api/event", '{"n":"pageview","d":"{site}","u":"{url}","r":"{referrer}","v":36}'),
    "umami": Kind(
        "/api/send",
        '{"type":"event","payload":{"website":"{site}","hostname":"example.com","url":"{url}","referrer":"{referrer}"}}',
    ),
    "goatcounter": Kind("/count?site={site}&p=/p/1&r={referrer}&q=%3Futm_source%3Dletter&b=0&rnd=x1", "", is_form=True),
    "posthog": Kind(
        "/e/",
        '{"api_key":"{site}","batch":[{"event":"$pageview","properties":{"$current_url":"{url}",'
        '"$referrer":"{referrer}","$lib":"web","$device_id":"d","distinct_id":"d","$is_identified":false,'
        '"$session_id":"s"}}]}',
    ),
    "matomo": Kind(
        "/matomo.php",
        "idsite={site}&rec=1&url={url}&urlref={referrer}&send_image=0&_id=0123456789abcdef",
        is_form=True,
    ),
    "snowplow": Kind(
        "/com.snowplowanalytics.snowplow/tp2",
        '{"data":[{"e":"pv","aid":"{site}","url":"{url}","refr":"{referrer}","p":"web","tv":"js-4.10.1","duid":"d"}]}',
    ),
    "openpanel": Kind(
        "/track",
        '{"type":"track","payload":{"name":"screen_view","properties":{"__path":"{url}","__referrer":"{referrer}"}}}',
        site_field="openpanel-client-id",
    ),
}


def make_requests(kind: Kind, count: int) -> Iterator[bytes]:
    """So many page views, of all kinds the same."""
    draw = random.Random(1)
    for _ in range(count):
        number = draw.randint(100, 144)
        values = {
            "site": f"site-{draw.randint(1, 20)}",
            "url": f"https://example.com/p/{min(int(draw.paretovariate(0.8)), 500)}?utm_source=letter",
            "referrer": draw.choice(_REFERRERS).format(draw.randint(1, 99_999)),
        }
        fields = {
            "User-Agent": draw.choice(_AGENTS).format(number),
            "Accept-Language": "de-DE,de;q=0.9,en;q=0.8",
            "X-Forwarded-For": ".".join(str(draw.randint(1, 223)) for _ in range(4)),
            "Origin": "https://example.com",
            "Content-Type": "application/x-www-form-urlencoded" if kind.is_form else "application/json",
        }
        if kind.site_field:
            fields[kind.site_field] = values["site"]
        if kind.is_form:
            values = {name: quote(value, safe="") for name, value in values.items()}
        path, body = (_fill(text, values) for text in (kind.path, kind.body))
        yield write_request(path, body.encode(), fields)


def _fill(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
