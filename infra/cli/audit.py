"""`analytics audit`."""

import json

import click

from common.settings import Settings
from infra.cli.access import open_database
from infra.cli.listing import show_list
from infra.every_group import in_order, visit_groups


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

    def read(_: str, one: Settings) -> list[Change]:
        with open_database(one) as database:
            return list_changes(database, limit, before)

    visited = visit_groups(settings, read)
    found = in_order(visited, lambda change: change.at, reverse=True)[:limit]
    show_list(found, as_json, tell, "No changes.")
    visited.end()
