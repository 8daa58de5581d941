"""`analytics funnels list|set|delete`."""

import json

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def funnels() -> None:
    """Steps that visitors of a site should take one after the other, each a list of conditions as in a query.

    \b
      analytics funnels list shop
      analytics funnels set shop checkout
        --step '[{"dimension": "path", "operator": "is", "value": "/cart"}]'
        --step '[{"dimension": "event_type", "operator": "is", "value": "purchase"}]'
      analytics funnels delete shop checkout
    """


@funnels.command("list")
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, site: str, as_json: bool) -> None:
    """List the funnels of SITE."""
    from common.funnels.funnel import Funnel
    from common.funnels.funnels import Funnels

    def tell(funnel: Funnel) -> str:
        more = " with an exclusion" if funnel.exclude != "[]" else ""
        return f"{funnel.name}  {len(json.loads(funnel.steps))} steps, {funnel.mode}, within {funnel.within}{more}"

    with open_database(settings, site) as database:
        show_list(Funnels(database).list(site), as_json, tell, "No funnels.")


@funnels.command("set")
@click.argument("site")
@click.argument("name")
@click.option("--step", "steps", multiple=True, required=True, help="Conditions in JSON; once for each step, 2 to 8.")
@click.option("--mode", default="ordered", help="ordered (the default), strict (nothing between), or any (order).")
@click.option("--within", default="visit", help="visit (the default), or a time from the first step on, such as 7d.")
@click.option("--exclude", default="[]", help="Conditions in JSON: an event that passes ends the attempt.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def set_one(
    settings: Settings,
    site: str,
    name: str,
    steps: tuple[str, ...],
    mode: str,
    within: str,
    exclude: str,
    as_json: bool,
) -> None:
    """Make the funnel NAME of SITE, or define it anew. It holds for the past as well."""
    from common.funnels.funnel import Funnel
    from common.funnels.funnels import Funnels

    with open_database(settings, site) as database, complain():
        funnel = Funnels(database).put(ACTOR, site, Funnel(name, f"[{', '.join(steps)}]", mode, within, exclude))
    say(json.dumps(funnel.as_dict()) if as_json else f"set {printable(name)}")


@funnels.command()
@click.argument("site")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def delete(settings: Settings, site: str, name: str, as_json: bool) -> None:
    """Forget the funnel NAME of SITE. No event is deleted."""
    from common.funnels.funnels import Funnels

    with open_database(settings, site) as database, complain():
        Funnels(database).delete(ACTOR, site, name)
    say(json.dumps({"name": name}) if as_json else f"deleted {printable(name)}")
