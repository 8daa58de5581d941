"""The goals of sites in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from common.access.audit import note
from common.errors import AlreadyExists, NotFound
from common.filters.words import is_name
from common.goals.goal import MOST_GOALS, Goal, check_goal
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.presence.presence import hold_site


class Goals:
    """The goals of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, site_id: str) -> list[Goal]:
        """A site's goals by name, bytewise."""
        return read_goals(self._database, site_id)

    def put(self, actor: str, site_id: str, goal: Goal) -> Goal:
        """Make the goal, or define the one of this name anew. Raises InvalidInput, NotFound, AlreadyExists."""
        check_goal(goal)
        with self._database.transaction() as connection:
            hold_site(connection, site_id)
            connection.run(load_query(__name__, "lock_goals"), site_id=site_id)
            rows = connection.run(
                load_query(__name__, "put_goal"),
                site_id=site_id,
                name=goal.name,
                event=goal.event,
                path=goal.path,
                filters=goal.filters,
                has_revenue=goal.has_revenue,
                most=MOST_GOALS,
            )
            if not rows:
                raise AlreadyExists(f"The site has {MOST_GOALS} goals already.")
            note(connection, actor, "goal.put", goal.name, {"site_id": site_id})
        return _read(rows[0])

    def delete(self, actor: str, site_id: str, name: str) -> None:
        """Forget the goal. Raises NotFound."""
        with self._database.transaction() as connection:
            known = is_name(name)
            if not known or not connection.run(load_query(__name__, "delete_goal"), site_id=site_id, name=name):
                raise NotFound("The site has no such goal.")
            note(connection, actor, "goal.delete", name, {"site_id": site_id})


def read_goals(source: Database | Connection, site_id: str) -> list[Goal]:
    """A site's goals by name, bytewise; with a connection, those of its transaction."""
    return [_read(row) for row in source.run(load_query(__name__, "list_goals"), site_id=site_id) or []]


def _read(row: Sequence[Any]) -> Goal:
    return Goal(*row)
