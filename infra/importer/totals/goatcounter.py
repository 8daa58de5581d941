"""GoatCounter's JSON export 1.x: JSON lines in a zip file, or unpacked.

https://www.goatcounter.com/help/export-json

It counts a page once for each visitor in eight hours: that is what stands here for page views.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from common.derivation.referral import find_referral
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import read_moment, read_text
from infra.importer.histories.records import find_names, read_lines
from infra.importer.totals.figure import Figure, clean, read_count, read_day
from infra.importer.totals.kind import Line, Member

Ids = Mapping[str, Mapping[str, Any]]
Outcome = Sequence[Figure] | Unparsable
_LISTS = ("paths", "refs", "browsers", "systems")
_KNOWN_BY = (
    {"path_id", "count"}, {"id", "path", "title"}, {"id", "ref", "ref_scheme"}, {"id", "name", "version"},
    {"country", "country_name"}, {"iso_639_3", "name"},
)  # fmt: skip
_VERSION = "1."
_NO_PLACE = ("language_stats", "size_stats", "campaign_stats")


def is_own(head: bytes) -> bool:
    """Whether a file that begins so is one of the export."""
    names = find_names(head)
    return any(needed <= names for needed in _KNOWN_BY) or b'"goatcounter_version"' in head[:1_000]


def read(members: Sequence[Member], zone: ZoneInfo) -> Iterator[Line]:
    """The lines of all statistics; the other files say what their numbers stand for."""
    by_name = {PurePath(member.name).stem: member for member in members}
    made, why = _read_info(by_name.get("info"), zone)
    if why:
        yield Line(by_name["info"].name, 0, Unparsable(why))
        return
    lists = {name: _read_list(by_name[name]) if name in by_name else {} for name in _LISTS}
    readers = _make_readers(lists, zone)
    for name, member in by_name.items():
        if name in _NO_PLACE:
            yield Line(member.name, 0, Unparsable("a table that has no place here"))
        if name not in readers:
            continue
        with member.open() as file:
            for number, row in read_lines(file.lines()):
                yield Line(member.name, number, _leave_out(readers[name](row), made) if isinstance(row, dict) else row)


def _read_info(member: Member | None, zone: ZoneInfo) -> tuple[date | None, str]:
    """The day on which the export was made, or why it is not read."""
    if member is None:
        return None, ""
    try:
        info = from_json(member.head)
        version, at = read_text(info["export_version"]), read_moment(read_text(info["created_at"]))
    except (ValueError, TypeError, KeyError):
        return None, "it does not say what it is"
    if not version.startswith(_VERSION):
        return None, f"the export's version is {version[:20]}, and {_VERSION}x is read"
    return (at.astimezone(zone).date() if at else None), ""


def _read_list(member: Member) -> dict[str, Mapping[str, Any]]:
    with member.open() as file:
        return {read_text(row.get("id")): row for _, row in read_lines(file.lines()) if isinstance(row, dict)}


def _leave_out(outcome: Outcome, made: date | None) -> Outcome:
    """Nothing of the day of the export, which was not over."""
    if made is not None and not isinstance(outcome, Unparsable) and any(one.day >= made for one in outcome):
        return Unparsable(f"the export was made on {made}, and that day was not over")
    return outcome


def _make_readers(lists: Mapping[str, Ids], zone: ZoneInfo) -> dict[str, Callable[[Mapping[str, Any]], Outcome]]:
    paths = lists["paths"]

    def read_hits(row: Mapping[str, Any]) -> Outcome:
        at, count, path = read_moment(read_text(row.get("hour"))), read_count(row.get("count")), _find(paths, row)
        if at is None or count is None or path is None:
            return _tell(row, path, "hour")
        day, name = at.astimezone(zone).date(), read_text(path.get("path"))
        if path.get("event"):
            value = clean("event_type", name)
            return [Figure("event_type", value, day, {"events": count, "visitors": count})] if value else []
        figures = [Figure("", "", day, {"page_views": count})]
        if value := clean("path", name):
            figures.append(Figure("path", value, day, {"page_views": count, "visitors": count}))
        origin = _read_origin(lists["refs"].get(read_text(row.get("ref_id")), {}))
        return figures + [Figure(name, value, day, {"page_views": count}) for name, value in origin.items()]

    def read_by(dimensions: Callable[[Mapping[str, Any]], Mapping[str, str | None]]) -> Callable[..., Outcome]:
        def read_row(row: Mapping[str, Any]) -> Outcome:
            day, count, path = read_day(row.get("day")), read_count(row.get("count")), _find(paths, row)
            if day is None or count is None or path is None:
                return _tell(row, path, "day")
            if path.get("event"):
                return Unparsable("of an event, and not of a page")
            values = dimensions(row).items()
            return [Figure(name, value, day, {"page_views": count}) for name, value in values if value]

        return read_row

    def name(of: str, key: str, dimension: str) -> Callable[[Mapping[str, Any]], Mapping[str, str | None]]:
        def find(row: Mapping[str, Any]) -> Mapping[str, str | None]:
            known = lists[of].get(read_text(row.get(key)), {})
            return {dimension: clean(dimension, read_text(known.get("name")))}

        return find

    return {
        "hit_stats": read_hits,
        "browser_stats": read_by(name("browsers", "browser_id", "browser")),
        "system_stats": read_by(name("systems", "system_id", "os")),
        "location_stats": read_by(_read_place),
    }


def _find(paths: Ids, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return paths.get(read_text(row.get("path_id")))


def _tell(row: Mapping[str, Any], path: Mapping[str, Any] | None, when: str) -> Unparsable:
    if path is None:
        return Unparsable(f"paths.jsonl has no path {read_text(row.get('path_id'))[:40]}")
    return Unparsable(f"its {when} is none, or its count is no number")


def _read_place(row: Mapping[str, Any]) -> Mapping[str, str | None]:
    location = read_text(row.get("location"))
    country, _, region = location.partition("-")
    return {"country": clean("country", country), "region": clean("region", location) if region else None}


def _read_origin(ref: Mapping[str, Any]) -> dict[str, str]:
    """`h`: a URL without its scheme; `g`: a name of GoatCounter's; `c`: a campaign; `o`: another one."""
    text, scheme = read_text(ref.get("ref")), read_text(ref.get("ref_scheme"))
    found: dict[str, str | None] = {}
    if scheme == "c":
        found = {"utm_source": clean("utm_source", text), "source": clean("source", text)}
    elif scheme == "g":
        found = {"source": clean("source", text)}
    elif text:
        referral = find_referral(text if "://" in text else f"https://{text}", None, None)
        found = {"referrer": referral.referrer, "source": referral.source}
    return {name: value for name, value in found.items() if value}
