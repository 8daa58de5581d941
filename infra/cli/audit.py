"""`analytics audit`."""

import json

import click

from common.settings import Settings
from infra.cli.access import open_database
from infra.cli.listing import show_list


@click.command()
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 1_000), help="How many changes.")
@click.option("--before", type=int, help="Those before the change of this id.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def audit(settings: Settings, limit: int, before: int | None, as_json: bool) -> None:
    """Show who changed sites, keys, users and links, and when: the newest changes first."""
    from common.access.audit import Change, list_changes

    def tell(change: Change) -> str:
        detail = json.dumps(change.detail, ensure_ascii=False) if change.detail else ""
        return f"{change.id}  {change.at:%Y-%m-%d %H:%M:%S}  {change.actor}  {change.action} {change.target}  {detail}"

    with open_database(settings) as database:
        show_list(list_changes(database, limit, before), as_json, tell, "No changes.")
