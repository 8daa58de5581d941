"""`analytics annotations list|add|set|delete`."""

import json
from datetime import datetime

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database, parse_expiry
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def annotations() -> None:
    """Notes at a time: graphs show what happened then.

    \b
      analytics annotations list blog
      analytics annotations add blog 2025-11-12T10:00:00+01:00 'New prices'
      analytics annotations set blog 3f9a2b71c0 2025-11-12T11:00:00+01:00 'New prices, at last'
      analytics annotations delete blog 3f9a2b71c0
    """


@annotations.command("list")
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, site: str, as_json: bool) -> None:
    """List the annotations of SITE, by time."""
    from common.annotations.annotations import Annotations

    with open_database(settings, site) as database:
        found = Annotations(database).list(site)
    show_list(found, as_json, lambda one: f"{one.annotation_id}  {one.at.isoformat()}  {one.text}", "No annotations.")


@annotations.command()
@click.argument("site")
@click.argument("at", callback=parse_expiry)
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def add(settings: Settings, site: str, at: datetime, text: str, as_json: bool) -> None:
    """Note TEXT at a time (2025-11-12, or 2025-11-12T10:00:00+01:00) of SITE."""
    from common.annotations.annotations import Annotations

    with open_database(settings, site) as database, complain():
        made = Annotations(database).make(ACTOR, site, at, text)
    say(json.dumps(made.as_dict()) if as_json else f"added {made.annotation_id}")


@annotations.command("set")
@click.argument("site")
@click.argument("annotation_id")
@click.argument("at", callback=parse_expiry)
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def set_one(settings: Settings, site: str, annotation_id: str, at: datetime, text: str, as_json: bool) -> None:
    """Give the annotation ANNOTATION_ID of SITE another time and TEXT."""
    from common.annotations.annotations import Annotations

    with open_database(settings, site) as database, complain():
        changed = Annotations(database).change(ACTOR, site, annotation_id, at, text)
    say(json.dumps(changed.as_dict()) if as_json else f"set {printable(annotation_id)}")


@annotations.command()
@click.argument("site")
@click.argument("annotation_id")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def delete(settings: Settings, site: str, annotation_id: str, as_json: bool) -> None:
    """Forget the annotation ANNOTATION_ID of SITE."""
    from common.annotations.annotations import Annotations

    with open_database(settings, site) as database, complain():
        Annotations(database).delete(ACTOR, site, annotation_id)
    say(json.dumps({"annotation_id": annotation_id}) if as_json else f"deleted {printable(annotation_id)}")
