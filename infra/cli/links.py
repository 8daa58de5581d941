"""`analytics links list|make|revoke`."""

import json
from datetime import datetime

import click

from common.settings import Settings
from infra.cli.access import ACTOR, ask_password, complain, open_database, parse_expiry
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def links() -> None:
    """Links by which anybody who has one reads a site's figures.

    \b
      analytics links make blog --name "for the board" --expires 2030-01-01
      analytics links make blog --name docs --embed https://docs.example
      analytics links revoke 3fAk92Lm

    \b
    Links with filters, which show some of the figures only, are made over HTTP: POST /v1/links.
    """


@links.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, as_json: bool) -> None:
    """List the links: id, site, what limits them, name."""
    from common.access.links import Link, Links

    def tell(link: Link) -> str:
        limits = [
            f"until {link.expires_at:%Y-%m-%d %H:%M}" if link.expires_at else "",
            "password" if link.has_password else "",
            "filters" if link.filters != "[]" else "",
        ]
        return f"{link.link_id}  {link.site_id}  {', '.join(filter(None, limits)) or 'no limit'}  {link.name}"

    with open_database(settings) as database:
        show_list(Links(database).list(), as_json, tell, "No links.")


@links.command()
@click.argument("site")
@click.option("--name", required=True, help="Whom or what it is for.")
@click.option("--password", help="Asked of whoever opens it; - to type it.")
@click.option("--embed", "origins", multiple=True, help="An origin whose pages may show it in a frame; repeatable.")
@click.option("--expires", callback=parse_expiry, help="When it ends: 2030-01-31, or a time with an offset.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def make(
    settings: Settings,
    site: str,
    name: str,
    password: str | None,
    origins: tuple[str, ...],
    expires: datetime | None,
    as_json: bool,
) -> None:
    """Make a link to SITE's figures and show it. It is shown once: only a hash is kept."""
    from common.access.links import LinkDraft, Links

    draft = LinkDraft(name, password=ask_password(password), embed_origins=origins, expires_at=expires)
    with open_database(settings) as database, complain():
        link, key = Links(database).make(ACTOR, site, draft)
    if as_json:
        say(json.dumps({**link.as_dict(), "token": key.text, "path": f"/share/{key.text}"}))
        return
    say(f"/share/{key.text}")
    say("Put it after the address of stats. It is not shown again.", err=True)


@links.command()
@click.argument("link_id")
@click.pass_obj
def revoke(settings: Settings, link_id: str) -> None:
    """Let the link LINK_ID open nothing any more."""
    from common.access.links import Links

    with open_database(settings) as database, complain():
        Links(database).revoke(ACTOR, link_id)
    say(f"revoked {printable(link_id)}")
