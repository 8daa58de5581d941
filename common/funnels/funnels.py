"""The funnels of sites in PostgreSQL."""

from common.access.audit import note
from common.errors import AlreadyExists, NotFound
from common.filters.words import is_name
from common.funnels.funnel import MOST_FUNNELS, Funnel
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_site


class Funnels:
    """The funnels of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, site_id: str) -> list[Funnel]:
        """A site's funnels by name, bytewise."""
        return [Funnel(*row) for row in self._database.run(load_query(__name__, "list_funnels"), site_id=site_id)]

    def put(self, actor: str, site_id: str, funnel: Funnel) -> Funnel:
        """Make the funnel, or define the one of this name anew. Raises InvalidInput, NotFound, AlreadyExists."""
        _ = funnel.definition  # it raises where something is wrong
        with self._database.transaction() as connection:
            hold_site(connection, site_id)
            connection.run(load_query(__name__, "lock_funnels"), site_id=site_id)
            rows = connection.run(
                load_query(__name__, "put_funnel"), site_id=site_id, most=MOST_FUNNELS, **vars(funnel)
            )
            if not rows:
                raise AlreadyExists(f"The site has {MOST_FUNNELS} funnels already.")
            note(connection, actor, "funnel.put", funnel.name, {"site_id": site_id})
        return Funnel(*rows[0])

    def delete(self, actor: str, site_id: str, name: str) -> None:
        """Forget the funnel. Raises NotFound."""
        with self._database.transaction() as connection:
            known = is_name(name)
            if not known or not connection.run(load_query(__name__, "delete_funnel"), site_id=site_id, name=name):
                raise NotFound("The site has no such funnel.")
            note(connection, actor, "funnel.delete", name, {"site_id": site_id})
