"""`analytics links list|make|set|revoke`."""

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
      analytics links make blog --name eu --filters '[{"dimension": "country", "operator": "is", "value": "DE"}]'
      analytics links set 3fAk92Lm --password - --expires never
      analytics links revoke 3fAk92Lm
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
@click.option("--filters", help="Conditions in JSON, as in a query: they hold for all that the link shows.")
@click.option("--password", help="Asked of whoever opens it; - to type it.")
@click.option("--embed", "origins", multiple=True, help="An origin whose pages may show it in a frame; repeatable.")
@click.option("--expires", callback=parse_expiry, help="When it ends: 2030-01-31, or a time with an offset.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def make(
    settings: Settings,
    site: str,
    name: str,
    filters: str | None,
    password: str | None,
    origins: tuple[str, ...],
    expires: datetime | None,
    as_json: bool,
) -> None:
    """Make a link to SITE's figures and show it. It is shown once: only a hash is kept."""
    from common.access.links import LinkDraft, Links

    with open_database(settings) as database, complain():
        draft = LinkDraft(
            name,
            filters=_read_filters(filters),
            password=ask_password(password),
            embed_origins=origins,
            expires_at=expires,
        )
        link, key = Links(database).make(ACTOR, site, draft)
    if as_json:
        say(json.dumps({**link.as_dict(), "token": key.text, "path": f"/share/{key.text}"}))
        return
    say(f"/share/{key.text}")
    say("Put it after the address of stats. It is not shown again.", err=True)


@links.command("set")
@click.argument("link_id")
@click.option("--name", help="Whom or what it is for.")
@click.option("--filters", help="Conditions in JSON, as in a query, in place of those that it has; []: none.")
@click.option("--password", help="Asked of whoever opens it; - to type it; '': none any more.")
@click.option("--embed", "origins", multiple=True, help="An origin whose pages may show it, in place of all others.")
@click.option("--no-embed", is_flag=True, help="No page may show it in a frame.")
@click.option("--expires", help="When it ends: 2030-01-31, or a time with an offset; never: it does not.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_context
def change(
    context: click.Context,
    link_id: str,
    name: str | None,
    filters: str | None,
    password: str | None,
    origins: tuple[str, ...],
    no_embed: bool,
    expires: str | None,
    as_json: bool,
) -> None:
    """Change what is given of the link LINK_ID. With another password, whoever opened it gives that one."""
    from common.access.links import LinkDraft, Links

    ends = None if expires == "never" else parse_expiry(context, context.command.params[0], expires)
    with open_database(context.obj) as database, complain():
        draft = LinkDraft(
            name,
            filters=_read_filters(filters),
            password=ask_password(password),
            embed_origins=origins if origins or no_embed else None,
            expires_at=ends,
            sets_expiry=expires is not None,
        )
        link = Links(database).change(ACTOR, link_id, draft)
    say(json.dumps(link.as_dict()) if as_json else f"changed {printable(link_id)}")


@links.command()
@click.argument("link_id")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def revoke(settings: Settings, link_id: str, as_json: bool) -> None:
    """Let the link LINK_ID open nothing any more."""
    from common.access.links import Links

    with open_database(settings) as database, complain():
        Links(database).revoke(ACTOR, link_id)
    say(json.dumps({"link_id": link_id}) if as_json else f"revoked {printable(link_id)}")


def _read_filters(text: str | None) -> str | None:
    """The conditions in their usual form. Raises InvalidInput that names every fault."""
    from common.errors import InvalidInput
    from common.filters.conditions import parse_filters

    if text is None:
        return None
    _, faults = parse_filters(text)
    if faults:
        raise InvalidInput("The filters are not valid.", tuple(faults[:20]))
    return json.dumps(json.loads(text))
