"""The segments of sites in PostgreSQL."""

from common.access.audit import note
from common.errors import AlreadyExists, NotFound
from common.filters.words import is_name
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.presence.presence import hold_site
from common.segments.segment import MOST_SEGMENTS, Segment, check_segment


class Segments:
    """The segments of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, site_id: str) -> list[Segment]:
        """A site's segments by name, bytewise."""
        return read_segments(self._database, site_id)

    def put(self, actor: str, site_id: str, segment: Segment) -> Segment:
        """Make the segment, or define the one of this name anew. Raises InvalidInput, NotFound, AlreadyExists."""
        check_segment(segment)
        with self._database.transaction() as connection:
            hold_site(connection, site_id)
            connection.run(load_query(__name__, "lock_segments"), site_id=site_id)
            rows = connection.run(
                load_query(__name__, "put_segment"),
                site_id=site_id,
                name=segment.name,
                filters=segment.filters,
                most=MOST_SEGMENTS,
            )
            if not rows:
                raise AlreadyExists(f"The site has {MOST_SEGMENTS} segments already.")
            note(connection, actor, "segment.put", segment.name, {"site_id": site_id})
        return Segment(*rows[0])

    def delete(self, actor: str, site_id: str, name: str) -> None:
        """Forget the segment. Raises NotFound."""
        with self._database.transaction() as connection:
            known = is_name(name)
            if not known or not connection.run(load_query(__name__, "delete_segment"), site_id=site_id, name=name):
                raise NotFound("The site has no such segment.")
            note(connection, actor, "segment.delete", name, {"site_id": site_id})


def read_segments(source: Database | Connection, site_id: str) -> list[Segment]:
    """A site's segments by name, bytewise; with a connection, those of its transaction."""
    return [Segment(*row) for row in source.run(load_query(__name__, "list_segments"), site_id=site_id) or []]
