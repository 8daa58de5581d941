"""`analytics goals list|set|delete`."""

import json

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def goals() -> None:
    """What visitors of a site should do: an event, or a path that they should see.

    \b
      analytics goals list blog
      analytics goals set blog signup --event signup
      analytics goals set blog docs --path '/docs/*'
      analytics goals set blog order --event purchase --revenue
      analytics goals delete blog docs
    """


@goals.command("list")
@click.argument("site")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, site: str, as_json: bool) -> None:
    """List the goals of SITE."""
    from common.goals.goal import Goal
    from common.goals.goals import Goals

    def tell(goal: Goal) -> str:
        target = f"path {goal.path}" if goal.event is None else f"event {goal.event}"
        more = [" with filters" if goal.filters != "[]" else "", " with revenue" if goal.has_revenue else ""]
        return f"{goal.name}  {target}{''.join(more)}"

    with open_database(settings, site) as database:
        show_list(Goals(database).list(site), as_json, tell, "No goals.")


@goals.command("set")
@click.argument("site")
@click.argument("name")
@click.option("--event", help="The type of an event.")
@click.option("--path", help="A path that is viewed; * is any run of characters, ? any one.")
@click.option("--filters", default="[]", help="Conditions in JSON, as in a query: what else holds for the event.")
@click.option("--revenue", "has_revenue", is_flag=True, help="Show the revenue of its events.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def set_one(
    settings: Settings,
    site: str,
    name: str,
    event: str | None,
    path: str | None,
    filters: str,
    has_revenue: bool,
    as_json: bool,
) -> None:
    """Make the goal NAME of SITE, or define it anew. It holds for the past as well."""
    from common.goals.goal import Goal
    from common.goals.goals import Goals

    with open_database(settings, site) as database, complain():
        goal = Goals(database).put(ACTOR, site, Goal(name, event, path, filters, has_revenue))
    say(json.dumps(goal.as_dict()) if as_json else f"set {printable(name)}")


@goals.command()
@click.argument("site")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def delete(settings: Settings, site: str, name: str, as_json: bool) -> None:
    """Forget the goal NAME of SITE. No event is deleted."""
    from common.goals.goals import Goals

    with open_database(settings, site) as database, complain():
        Goals(database).delete(ACTOR, site, name)
    say(json.dumps({"name": name}) if as_json else f"deleted {printable(name)}")
