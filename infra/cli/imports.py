"""`analytics imports list|remove`."""

import json

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def imports() -> None:
    """Totals that `analytics import` brought from another tracker: days before a site's own first event.

    \b
      analytics imports list blog
      analytics imports remove blog 1c5ab2d2dcf34f6a
    """


@imports.command("list")
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, site: str, as_json: bool) -> None:
    """List the imports of totals of SITE."""
    from common.imports.imports import Imports

    with open_database(settings, site) as database:
        found = Imports(database).list(site)
    show_list(found, as_json, lambda one: one.as_text(), "No imports of totals.")


@imports.command()
@click.argument("site")
@click.argument("import_id", metavar="IMPORT")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def remove(settings: Settings, site: str, import_id: str, as_json: bool) -> None:
    """Forget the import IMPORT of SITE with all its figures."""
    from common.imports.imports import Imports

    with open_database(settings, site) as database, complain():
        Imports(database).remove(ACTOR, site, import_id)
    say(json.dumps({"import_id": import_id}) if as_json else f"removed {printable(import_id)}")
