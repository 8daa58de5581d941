"""`analytics audit`."""

import json

import click

from common.settings import Settings
from infra.cli.listing import show_list
from infra.every_group import open_databases, say_failure
from infra.terminal import say


@click.command()
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1_000), help="How many changes.")
@click.option("--before", help="Those before the change of this id; with several groups, what the page before names.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def audit(settings: Settings, limit: int, before: str | None, as_json: bool) -> None:
    """Show who changed sites, keys, users and links, and when: the newest changes of all groups first."""
    from common.access.audit import Change
    from common.access.audit_pages import read_page, read_position
    from common.errors import AnalyticsError

    def tell(change: Change) -> str:
        detail = json.dumps(change.detail, ensure_ascii=False) if change.detail else ""
        id_ = f"{change.group}:{change.id}" if change.group else str(change.id)
        return f"{id_}  {change.at:%Y-%m-%d %H:%M:%S}  {change.actor}  {change.action} {change.target}  {detail}"

    with open_databases(settings) as databases:
        try:
            position = read_position(before, databases) if before else {}
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--before") from None
        page = read_page(databases, limit, position)
    for name, failure in page.failed.items():
        say_failure(name, failure)
    show_list(page.changes, as_json, tell, "No changes.")
    if page.next and settings.database_groups:
        say(f"Older ones: analytics audit --before {page.next}", err=True)
    if page.failed:
        raise AnalyticsError(f"{', '.join(page.failed)}: the database did not answer; the others did")
