"""`analytics segments list|set|delete`."""

import json

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def segments() -> None:
    """Filters with a name, to be used in every question: segment is <name>.

    \b
      analytics segments list blog
      analytics segments set blog germans --filters '[{"dimension": "country", "operator": "is", "value": "DE"}]'
      analytics segments delete blog germans
    """


@segments.command("list")
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, site: str, as_json: bool) -> None:
    """List the segments of SITE."""
    from common.segments.segments import Segments

    with open_database(settings, site) as database:
        found = Segments(database).list(site)
    show_list(found, as_json, lambda one: f"{one.name}  {one.filters}", "No segments.")


@segments.command("set")
@click.argument("site")
@click.argument("name")
@click.option("--filters", required=True, help="Conditions in JSON, as in a query.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def set_one(settings: Settings, site: str, name: str, filters: str, as_json: bool) -> None:
    """Make the segment NAME of SITE, or define it anew."""
    from common.segments.segment import Segment
    from common.segments.segments import Segments

    with open_database(settings, site) as database, complain():
        segment = Segments(database).put(ACTOR, site, Segment(name, filters))
    say(json.dumps(segment.as_dict()) if as_json else f"set {printable(name)}")


@segments.command()
@click.argument("site")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def delete(settings: Settings, site: str, name: str, as_json: bool) -> None:
    """Forget the segment NAME of SITE. A shared link that is held to it shows nothing any more."""
    from common.segments.segments import Segments

    with open_database(settings, site) as database, complain():
        Segments(database).delete(ACTOR, site, name)
    say(json.dumps({"name": name}) if as_json else f"deleted {printable(name)}")
