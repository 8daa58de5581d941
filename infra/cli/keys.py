"""`analytics keys list|make|revoke`."""

import json
from datetime import datetime

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database, parse_expiry
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def keys() -> None:
    """Keys for reading figures, sending events for others, and managing.

    \b
      analytics keys make --name importer --scope ingest
      analytics keys make --name "the shop's report" --scope stats --site shop --expires 2030-01-01
      analytics keys revoke 3fAk92Lm
    """


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, as_json: bool) -> None:
    """List the keys: id, what they may do with which sites, when they were last used (to the hour), name."""
    from common.access.keys import KeyRecord, Keys

    def tell(key: KeyRecord) -> str:
        sites = "all sites" if key.sites is None else ",".join(key.sites) or "no site"
        used = f"used {key.last_used_at:%Y-%m-%d %H:00}" if key.last_used_at else "never used"
        ends = " revoked" if key.revoked_at else f" until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else ""
        return f"{key.key_id}  {','.join(key.scopes)}  {sites}  {used}{ends}  {key.name}"

    with open_database(settings) as database:
        show_list(Keys(database).list(), as_json, tell, "No keys.")


@keys.command()
@click.option("--name", required=True, help="What it is for.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; may be repeated.")
@click.option("--site", "sites", multiple=True, help="A site that it is for; may be repeated. Default: all sites.")
@click.option("--expires", callback=parse_expiry, help="When it ends: 2030-01-31, or a time with an offset.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def make(
    settings: Settings,
    name: str,
    scopes: tuple[str, ...],
    sites: tuple[str, ...],
    expires: datetime | None,
    as_json: bool,
) -> None:
    """Make a key and show it. It is shown once: only a hash is kept.

    Scopes: ingest, stats, export, import, goals, sites, erase, admin.
    """
    from common.access.keys import Keys

    with open_database(settings) as database, complain():
        record, key = Keys(database).make(ACTOR, name, scopes, list(sites) or None, expires)
    if as_json:
        say(json.dumps({**record.as_dict(), "key": key.text}))
        return
    say(key.text)
    say("It is not shown again.", err=True)


@keys.command()
@click.argument("key_id")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def revoke(settings: Settings, key_id: str, as_json: bool) -> None:
    """Let the key KEY_ID open nothing any more. Ingest knows within 10 s, stats at once."""
    from common.access.keys import Keys

    with open_database(settings) as database, complain():
        Keys(database).revoke(ACTOR, key_id)
    say(json.dumps({"key_id": key_id}) if as_json else f"revoked {printable(key_id)}")
