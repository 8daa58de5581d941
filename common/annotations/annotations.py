"""The annotations of sites in PostgreSQL, and what is wrong with one."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.access.audit import note
from common.errors import AlreadyExists, Fault, InvalidInput, NotFound
from common.event import EARLIEST, LATEST
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_site

MOST_ANNOTATIONS = 500
"""Of a site."""
NO_SUCH_ANNOTATION = "The site has no such annotation."
_TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")
_ID = re.compile("[0-9a-f]{10}")


@dataclass(frozen=True)
class Annotation:
    """A note at a time."""

    annotation_id: str
    at: datetime
    text: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "at": self.at.astimezone(UTC).isoformat()}


class Annotations:
    """The annotations of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, site_id: str) -> list[Annotation]:
        """A site's annotations by time."""
        rows = self._database.run(load_query(__name__, "list_annotations"), site_id=site_id)
        return [Annotation(*row) for row in rows]

    def make(self, actor: str, site_id: str, at: datetime, text: str) -> Annotation:
        """A new annotation. Raises InvalidInput that names every fault, NotFound, AlreadyExists."""
        _check(at, text)
        with self._database.transaction() as connection:
            hold_site(connection, site_id)
            connection.run(load_query(__name__, "lock_annotations"), site_id=site_id)
            rows = connection.run(
                load_query(__name__, "insert_annotation"),
                site_id=site_id,
                annotation_id=secrets.token_hex(5),
                at=at.isoformat(),
                text=text,
                most=MOST_ANNOTATIONS,
            )
            if not rows:
                raise AlreadyExists(f"The site has {MOST_ANNOTATIONS} annotations already.")
            made = Annotation(*rows[0])
            note(connection, actor, "annotation.make", made.annotation_id, {"site_id": site_id})
        return made

    def change(self, actor: str, site_id: str, annotation_id: str, at: datetime, text: str) -> Annotation:
        """The annotation, with another time and text. Raises InvalidInput that names every fault, NotFound."""
        _check(at, text)
        if _ID.fullmatch(annotation_id) is None:
            raise NotFound(NO_SUCH_ANNOTATION)
        with self._database.transaction() as connection:
            hold_site(connection, site_id)
            rows = connection.run(
                load_query(__name__, "change_annotation"),
                site_id=site_id,
                annotation_id=annotation_id,
                at=at.isoformat(),
                text=text,
            )
            if not rows:
                raise NotFound(NO_SUCH_ANNOTATION)
            note(connection, actor, "annotation.change", annotation_id, {"site_id": site_id})
        return Annotation(*rows[0])

    def delete(self, actor: str, site_id: str, annotation_id: str) -> None:
        """Forget the annotation. Raises NotFound."""
        if _ID.fullmatch(annotation_id) is None:
            raise NotFound(NO_SUCH_ANNOTATION)
        with self._database.transaction() as connection:
            if not connection.run(
                load_query(__name__, "delete_annotation"), site_id=site_id, annotation_id=annotation_id
            ):
                raise NotFound(NO_SUCH_ANNOTATION)
            note(connection, actor, "annotation.delete", annotation_id, {"site_id": site_id})


def _check(at: datetime, text: str) -> None:
    faults = [] if EARLIEST <= at < LATEST else [Fault("A time from 1970 to 2199.", "/at")]
    if not _TEXT.fullmatch(text) or not text.strip():
        faults.append(Fault("1 to 200 characters on one line.", "/text"))
    if faults:
        raise InvalidInput("The annotation can't be saved.", tuple(faults))
