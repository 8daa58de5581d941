"""Users in PostgreSQL, their passwords, and their roles at sites."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.access.audit import note
from common.access.checks import check_site
from common.access.passwords import check_password, hash_password, is_password
from common.access.scopes import ROLES, Role
from common.errors import AlreadyExists, Fault, InvalidInput, NotFound
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.presence.presence import hold_named_sites

MOST_ROLES = 1_000
NO_SUCH_USER = "There is no such user."
_NAME = re.compile(r"[^\x00-\x20\x7f]{1,100}")


@dataclass(frozen=True)
class User:
    """A user; an admin may do everything, others what their role at a site lets them do."""

    name: str
    is_admin: bool
    created_at: datetime
    changed_at: datetime
    roles: dict[str, Role]
    """By site."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(self).items()}


class Users:
    """The users of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, actor: str, name: str, password: str, *, is_admin: bool = False, roles: Mapping[str, str] | None = None
    ) -> None:
        """A new user. Raises InvalidInput that names every fault, AlreadyExists, and as hold_named_sites does."""
        faults = [] if _NAME.fullmatch(name) else [Fault("1 to 100 characters without spaces.", "/name")]
        _check([*faults, *check_password(password)], roles)
        with self._database.transaction() as connection:
            hold_named_sites(connection, roles or ())
            if not connection.run(
                load_query(__name__, "insert_user"),
                user_name=name,
                password=hash_password(password),
                is_admin=is_admin,
            ):
                raise AlreadyExists("There is a user of this name already.")
            _write_roles(connection, name, roles or {})
            note(connection, actor, "user.make", name, {"is_admin": is_admin, "roles": dict(roles or {})})

    def change(
        self,
        actor: str,
        name: str,
        password: str | None = None,
        is_admin: bool | None = None,
        roles: Mapping[str, str] | None = None,
    ) -> None:
        """Change what is given; `roles` replaces all. Whoever is signed in as the user is no more.

        Raises InvalidInput, NotFound, Unavailable, and as hold_named_sites does.
        """
        _check(check_password(password) if password is not None else [], roles)
        with self._database.transaction() as connection:
            hold_named_sites(connection, roles or ())
            if not connection.run(
                load_query(__name__, "change_user"),
                user_name=_clean(name),
                password=None if password is None else hash_password(password),
                is_admin=is_admin,
            ):
                raise NotFound(NO_SUCH_USER)
            if roles is not None:
                _write_roles(connection, name, roles)
            connection.run(load_query(__name__, "end_sessions"), user_name=name)
            detail = {"password": password is not None, "is_admin": is_admin, "roles": roles and dict(roles)}
            note(connection, actor, "user.change", name, {key: value for key, value in detail.items() if value})

    def remove(self, actor: str, name: str) -> None:
        """Raises NotFound, Unavailable."""
        with self._database.transaction() as connection:
            if not connection.run(load_query(__name__, "delete_user"), user_name=_clean(name)):
                raise NotFound(NO_SUCH_USER)
            note(connection, actor, "user.delete", name)

    def list(self) -> list[User]:
        """All users, by name. Raises Unavailable."""
        return [User(*row) for row in self._database.run(load_query(__name__, "list_users"))]

    def find(self, name: str) -> User | None:
        """The user of this name. Raises Unavailable."""
        rows = self._database.run(load_query(__name__, "find_user"), user_name=_clean(name))
        return User(*rows[0][:-1]) if rows else None

    def sign_in(self, name: str, password: str) -> User | None:
        """The user, if this is the password; it takes as long if there is no such user. Raises Unavailable."""
        rows = self._database.run(load_query(__name__, "find_user"), user_name=_clean(name))
        is_right = is_password(password, rows[0][-1] if rows else "")
        return User(*rows[0][:-1]) if rows and is_right else None


def _clean(name: str) -> str:
    """PostgreSQL has no texts with U+0000, nor any user with one."""
    return name[:101].replace("\0", " ").encode(errors="replace").decode()


def _check(faults: list[Fault], roles: Mapping[str, str] | None) -> None:
    if len(roles or {}) > MOST_ROLES:
        faults.append(Fault(f"At most {MOST_ROLES:,} sites.", "/roles"))
    for site, role in list((roles or {}).items())[:MOST_ROLES]:
        faults += check_site(site, "/roles")
        if role not in ROLES:
            faults.append(Fault(f"One of {', '.join(ROLES)}.", "/roles"))
    if faults:
        raise InvalidInput("The user can't be saved.", tuple(faults[:20]))


def _write_roles(connection: Connection, name: str, roles: Mapping[str, str]) -> None:
    connection.run(load_query(__name__, "delete_roles"), user_name=name)
    connection.run(load_query(__name__, "insert_roles"), user_name=name, roles=json.dumps(dict(roles)))
