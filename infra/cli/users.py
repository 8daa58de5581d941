"""`analytics users list|add|set|remove`."""

import json
from typing import TYPE_CHECKING, Any

import click

from common.errors import NotFound
from common.settings import Settings
from infra.cli.access import ACTOR, ask_password, complain, open_database
from infra.cli.listing import ListByDefault, show_list
from infra.terminal import printable, say

if TYPE_CHECKING:
    from common.access.users import Users

AS_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")


@click.group(cls=ListByDefault)
def users() -> None:
    """Who may sign in, and what they may do with which site.

    \b
      analytics users add ada --role blog=manage --role shop=view
      analytics users set ada --password -
      analytics users set ada --admin
    """


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, as_json: bool) -> None:
    """List the users: name, and their role at each site."""
    from common.access.users import User, Users

    def tell(user: User) -> str:
        roles = ", ".join(f"{site} {role}" for site, role in user.roles.items())
        return f"{user.name}  {'admin' if user.is_admin else roles or 'no site'}"

    with open_database(settings) as database:
        show_list(Users(database).list(), as_json, tell, "No users.")


@users.command()
@click.argument("name")
@click.option("--password", help="The password, or - to type it; without this one is made and shown once.")
@click.option("--admin", "is_admin", is_flag=True, help="May do everything.")
@click.option("--role", "roles", multiple=True, help="SITE=view or SITE=manage; may be repeated.")
@AS_JSON
@click.pass_obj
def add(
    settings: Settings, name: str, password: str | None, is_admin: bool, roles: tuple[str, ...], as_json: bool
) -> None:
    """Add the user NAME."""
    from common.access.passwords import make_password
    from common.access.users import Users

    chosen = ask_password(password) or make_password()
    with open_database(settings) as database, complain():
        Users(database).add(ACTOR, name, chosen, is_admin=is_admin, roles=_read_roles(roles))
        shown = _show(Users(database), name)
    if as_json:
        say(json.dumps(shown if password else {**shown, "password": chosen}))
        return
    say(f"added {printable(name)}" + ("" if password else f", with the password {chosen} (it is not shown again)"))


@users.command("set")
@click.argument("name")
@click.option("--password", help="A new password, or - to type it.")
@click.option("--admin/--no-admin", "is_admin", default=None, help="Whether they may do everything.")
@click.option("--role", "roles", multiple=True, help="SITE=view or SITE=manage: these in place of all others.")
@click.option("--no-roles", is_flag=True, help="No role at any site.")
@AS_JSON
@click.pass_obj
def change(
    settings: Settings,
    name: str,
    password: str | None,
    is_admin: bool | None,
    roles: tuple[str, ...],
    no_roles: bool,
    as_json: bool,
) -> None:
    """Change what is given of the user NAME, who is signed out everywhere."""
    from common.access.users import Users

    given = _read_roles(roles) if roles or no_roles else None
    with open_database(settings) as database, complain():
        Users(database).change(ACTOR, name, ask_password(password), is_admin, given)
        shown = _show(Users(database), name)
    say(json.dumps(shown) if as_json else f"changed {printable(name)}")


@users.command()
@click.argument("name")
@AS_JSON
@click.pass_obj
def remove(settings: Settings, name: str, as_json: bool) -> None:
    """Remove the user NAME, who is signed out everywhere."""
    from common.access.users import Users

    with open_database(settings) as database, complain():
        Users(database).remove(ACTOR, name)
    say(json.dumps({"name": name}) if as_json else f"removed {printable(name)}")


def _show(users: "Users", name: str) -> dict[str, Any]:
    user = users.find(name)
    if user is None:  # somebody removed it meanwhile
        raise NotFound("There is no such user.")
    return user.as_dict()


def _read_roles(roles: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in roles:
        site, _, role = one.rpartition("=")
        if not site:
            raise click.BadParameter(f"expected SITE=view or SITE=manage, not {printable(one)}", param_hint="--role")
        found[site] = role
    return found
