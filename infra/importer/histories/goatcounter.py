"""GoatCounter's CSV export, version 2 (the digit before the header's first name) and 1.

https://www.goatcounter.com/help/export
"""

import re
from collections.abc import Iterator

from common.derivation.agent import read_agent
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import Draft, read_moment
from infra.importer.histories.records import Row

NEEDS = ("Session", "Bot", "Referrer", "Referrer scheme", "FirstVisit", "Date")
_TRUE = ("1", "true")
_COUNTED = ("", "0", "false")
_ORDER = ("Title", "Event", "UserAgent", "Session", "Bot", "Referrer", "Referrer scheme", "Screen size", "Location")


def read(row: Row) -> Iterator[Draft | Unparsable]:
    """The hit of a row. It has no id: a row that comes several times is several hits."""
    path = next((row[name] for name in ("2Path", "1Path", "Path") if name in row), "")
    at = read_moment(row["Date"])
    if at is None:
        yield Unparsable(f"its Date is no time: {row['Date'][:40]}")
        return
    draft = Draft("\0".join([path, row["Date"], *(row.get(name, "") for name in _ORDER)]), at, is_identity_unique=False)
    if row.get("Event", "") in _TRUE:
        draft.name = path
    else:
        draft.url = path if path.startswith(("/", "http://", "https://")) else f"/{path}"
    _read_visitor(row, draft)
    _read_origin(row["Referrer"], row["Referrer scheme"], draft)
    draft.title = row.get("Title", "")
    draft.user = row["Session"]
    draft.filtered = "" if row["Bot"] in _COUNTED else "bot"
    yield draft


def _read_visitor(row: Row, draft: Draft) -> None:
    agent = read_agent(row.get("UserAgent", ""))
    draft.browser, draft.system = agent.browser or row.get("Browser", ""), agent.os or row.get("System", "")
    draft.device = agent.device or ""
    draft.country, _, region = row.get("Location", "").partition("-")
    draft.region = row["Location"] if region else ""
    size = re.match(r"(\d+)[,x](\d+)", row.get("Screen size", ""))
    draft.screen = f"{size[1]}x{size[2]}" if size else ""


def _read_origin(referrer: str, scheme: str, draft: Draft) -> None:
    """`h`: a URL without its scheme; `g`: a name of GoatCounter's; `c`: a campaign; `o`: another URL."""
    if scheme == "c":
        draft.campaign = {"utm_source": referrer}
    elif scheme == "g":
        draft.source = referrer
    elif referrer:
        draft.referrer = referrer if "://" in referrer else f"https://{referrer}"
