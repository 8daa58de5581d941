"""`analytics sites …`: list, show, create, change, delete, and set the time zone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from common.settings import Settings
from infra.cli.access import ACTOR
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say

if TYPE_CHECKING:
    from common.sites.directory import SiteDirectory, SiteRecord

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")


@click.group(cls=ListByDefault)
def sites() -> None:
    """The sites: names, settings, time zones. A new site gets the zone in the setting TIME_ZONE."""


@sites.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, as_json: bool) -> None:
    """List the sites: id, time zone, when the figures last changed, and the name."""
    from common.sites.directory import SiteDirectory
    from infra.every_group import in_order, open_databases, read_groups

    with open_databases(settings) as databases:
        visited = read_groups(databases, lambda one: SiteDirectory(one).list(), lambda record: record.site_id)
    found = in_order(visited, lambda record: record.site_id)
    show_list(found, as_json, _tell_line, "No sites: no event has been counted yet.")
    visited.end()


@sites.command("show")
@click.argument("site")
@AS_JSON
@click.pass_obj
def show(settings: Settings, site: str, as_json: bool) -> None:
    """Show all that is set of SITE."""
    with _open(settings, site) as directory:
        _tell(directory.find(site), as_json)


@sites.command("create")
@click.argument("site")
@click.option("--name", help="What it is called.")
@click.option("--time-zone", help="Whose days count, an IANA name such as Europe/Berlin.")
@click.option("--hostname", "hostnames", multiple=True, help="A host name of its pages; may be repeated.")
@click.option("--currency", help="ISO 4217, such as EUR.")
@AS_JSON
@click.pass_obj
def create(
    settings: Settings,
    site: str,
    name: str | None,
    time_zone: str | None,
    hostnames: tuple[str, ...],
    currency: str | None,
    as_json: bool,
) -> None:
    """Make the site SITE, so that it is known before its first event."""
    from common.sites.changes import read_new_site

    given = {"name": name, "time_zone": time_zone, "hostnames": list(hostnames) or None, "currency": currency}
    content = {"site_id": site} | {key: value for key, value in given.items() if value is not None}
    with _open(settings, site) as directory:
        _tell(directory.create(ACTOR, read_new_site(content), settings.time_zone), as_json)


@sites.command("set")
@click.argument("site")
@click.argument("assignments", nargs=-1, required=True, metavar="NAME=VALUE...")
@AS_JSON
@click.pass_obj
def set_values(settings: Settings, site: str, assignments: tuple[str, ...], as_json: bool) -> None:
    """Change what is set of SITE.

    \b
    analytics sites set blog name="My blog" currency=EUR hostnames=blog.example
    analytics sites set blog blocked_addresses=203.0.113.0/24,198.51.100.7 blocked_paths='/admin/*'
    analytics sites set blog bots=count retention_days=365 is_public=true
    analytics sites set blog blocked_countries=

    A list is comma-separated; an empty value is the default. A change is in force within 10 seconds; of time_zone,
    when all figures have been rebuilt (see set-time-zone).
    """
    from infra.sites.sites import set_time_zone as apply

    content = _read_assignments(assignments)
    _change(settings, site, content, as_json, lambda: apply(settings, site, content["time_zone"]))


@sites.command("rename")
@click.argument("site")
@click.argument("name")
@AS_JSON
@click.pass_obj
def rename(settings: Settings, site: str, name: str, as_json: bool) -> None:
    """Call SITE by another NAME. Its id stays: pages send it."""
    _change(settings, site, {"name": name}, as_json)


@sites.command("pause")
@click.argument("site")
@AS_JSON
@click.pass_obj
def pause(settings: Settings, site: str, as_json: bool) -> None:
    """Set aside what comes for SITE: `analytics filtered` lists it, for the reason `paused`."""
    _change(settings, site, {"is_paused": True}, as_json)


@sites.command("resume")
@click.argument("site")
@AS_JSON
@click.pass_obj
def resume(settings: Settings, site: str, as_json: bool) -> None:
    """Count again what comes for SITE."""
    _change(settings, site, {"is_paused": False}, as_json)


@sites.command("alias")
@click.argument("site")
@click.argument("alias", metavar="DIALECT:ID")
@click.option("--remove", is_flag=True, help="Take the alias away.")
@AS_JSON
@click.pass_obj
def set_alias(settings: Settings, site: str, alias: str, remove: bool, as_json: bool) -> None:
    """Let another tracker's id stand for SITE, such as plausible:shop.example."""
    from common.sites.alias import parse_alias
    from common.sites.changes import GivenAlias, SiteChanges

    pair = parse_alias(alias)
    with _open(settings, site) as directory:
        kept = [one for one in directory.find(site).aliases if one != pair]
        wanted = kept if remove else [*kept, pair]
        aliases = [GivenAlias(dialect=dialect, external_id=external_id) for dialect, external_id in wanted]
        _tell(directory.change(ACTOR, site, SiteChanges(aliases=aliases)), as_json)


@sites.command("delete")
@click.argument("site")
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_JSON
@click.pass_obj
def delete(settings: Settings, site: str, yes: bool, as_json: bool) -> None:
    """Delete SITE with all its data: events, figures, what was set aside, dead letters, the ledger.

    From now on its events are refused. The poller and the processor delete the rest in short steps, and go on after
    an interruption; `analytics sites show` says when it is gone.
    """
    with _open(settings, site) as directory:
        directory.find(site)
        if not yes:
            click.confirm(f"Delete {printable(site)} with all its data? This can't be undone.", abort=True)
        directory.request_removal(ACTOR, site)
    say(json.dumps({"site_id": site, "is_being_deleted": True}) if as_json else f"{printable(site)} is being deleted")


@sites.command("set-time-zone")
@click.argument("site")
@click.argument("zone")
@AS_JSON
@click.pass_obj
def set_time_zone(settings: Settings, site: str, zone: str, as_json: bool) -> None:
    """Count SITE's figures, including past ones, by the days of ZONE (an IANA name such as Europe/Berlin).

    The figures are rebuilt from the events in short steps, the oldest days first. Meanwhile later days are still
    those of the old zone, and new events are counted between the steps. After an interruption, run it again.
    """
    from common.time_zone import check_time_zone
    from infra.sites.sites import set_time_zone as apply

    try:
        check_time_zone(zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ZONE") from None
    changed = apply(settings, site, zone)
    if as_json:
        say(json.dumps({"site_id": site, "time_zone": zone, "changed": changed}))
        return
    say(f"{site} has the time zone {zone}" + ("" if changed else " already"))


def _read_assignments(assignments: tuple[str, ...]) -> dict[str, Any]:
    from common.sites.rules import SiteRules

    content: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        if not separator:
            raise click.BadParameter(f"{assignment} should look like NAME=VALUE", param_hint="NAME=VALUE")
        (rules if name in SiteRules.model_fields else content)[name] = _read_value(name, text)
    return content | ({"settings": rules} if rules else {})


def _read_value(name: str, text: str) -> Any:
    if not text:
        return None
    if name.startswith(("blocked_", "accepted_", "kept_")) or name == "hostnames":
        return [part.strip() for part in text.split(",") if part.strip()]
    if name.startswith("is_"):
        return {"true": True, "false": False}.get(text.lower(), text)
    return int(text) if name == "retention_days" and text.isdecimal() else text


def _change(
    settings: Settings, site: str, content: dict[str, Any], as_json: bool, rebuild: Callable[[], object] | None = None
) -> None:
    """`rebuild`: rebuilds the figures where the time zone is another."""
    from common.sites.changes import read_changes

    with _open(settings, site) as directory:
        record = directory.change(ACTOR, site, read_changes(content))
        if rebuild is not None and "time_zone" in content:
            rebuild()
            record = directory.find(site)
        _tell(record, as_json)


@contextmanager
def _open(settings: Settings, site: str) -> "Iterator[SiteDirectory]":
    from common.errors import AnalyticsError, InvalidInput
    from common.sites.directory import SiteDirectory
    from infra.every_group import open_site

    with open_site(settings, site) as database:
        try:
            yield SiteDirectory(database)
        except InvalidInput as error:
            faults = [f"{fault.pointer.strip('/').replace('/', '.')}: {fault.detail}" for fault in error.faults]
            raise AnalyticsError("\n".join([error.detail, *faults])) from None


def _tell_line(record: "SiteRecord") -> str:
    changed = f"{record.changed_at:%Y-%m-%d %H:%M:%S %Z}" if record.changed_at else "no event yet"
    zone = record.time_zone + (f" -> {record.next_time_zone}" if record.next_time_zone else "")
    marks = [record.name] * bool(record.name) + ["public"] * record.is_public + ["paused"] * record.is_paused
    marks += ["being deleted"] * record.is_removed
    return "  ".join([record.site_id, zone, changed, *marks])


def _tell(record: "SiteRecord", as_json: bool) -> None:
    content = record.as_dict()
    if as_json:
        say(json.dumps(content))
        return
    rules = content.pop("settings")
    aliases = [f"{dialect}:{external_id}" for dialect, external_id in record.aliases]
    if (change := content.pop("time_zone_change")) is not None:
        content["time_zone"] += f" (being changed to {change['to']}; so far {change['rebuilt_until'] or 'nothing'})"
    for name, value in {**content, "aliases": aliases, **rules}.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        say(f"{name:22} {printable(str(text)) if text not in (None, '') else '-'}")
