"""The imports of totals of sites, in PostgreSQL."""

from common.access.audit import note
from common.errors import NotFound
from common.imports.imported import Imported, read_imported
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query


class Imports:
    """The imports of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, site_id: str) -> list[Imported]:
        """A site's imports, oldest first."""
        return read_imports(self._database, site_id)

    def remove(self, actor: str, site_id: str, import_id: str) -> None:
        """Forget an import with all its figures. Raises NotFound."""
        with self._database.transaction() as connection:
            lock_imports(connection, site_id)
            known = import_id.isascii() and import_id.isalnum()
            if not known or not connection.run(
                load_query(__name__, "delete_import"), site_id=site_id, import_id=import_id
            ):
                raise NotFound("The site has no such import.")
            note(connection, actor, "import.remove", import_id, {"site_id": site_id})


def read_imports(source: Database | Connection, site_id: str) -> list[Imported]:
    """A site's imports, oldest first; with a connection, those of its transaction."""
    return [read_imported(*row) for row in source.run(load_query(__name__, "list_imports"), site_id=site_id) or []]


def lock_imports(connection: Connection, site_id: str) -> None:
    """Wait until nobody else makes or removes an import of the site; until the transaction's end nobody will."""
    connection.run(load_query(__name__, "lock_imports"), site_id=site_id)
