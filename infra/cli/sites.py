"""`analytics sites list|set-time-zone`."""

import click

from common.settings import Settings
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import say


@click.group(cls=ListByDefault)
def sites() -> None:
    """The sites that have events, and their time zones. A new site gets the zone in the setting TIME_ZONE."""


@sites.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, as_json: bool) -> None:
    """List the sites: id, time zone, and when the figures last changed."""
    from infra.sites.sites import Site, list_sites

    def tell(site: Site) -> str:
        return f"{site.site_id}  {site.time_zone}  {site.changed_at:%Y-%m-%d %H:%M:%S %Z}"

    show_list(list_sites(settings), as_json, tell, "No sites: no event has been counted yet.")


@sites.command("set-time-zone")
@click.argument("site")
@click.argument("zone")
@click.pass_obj
def set_time_zone(settings: Settings, site: str, zone: str) -> None:
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
    say(f"{site} has the time zone {zone}" + ("" if changed else " already"))
