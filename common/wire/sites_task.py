"""What the poller asks of the processor about sites, in a batch without records, and what that answers."""

from typing import Any

from pydantic import BaseModel, ValidationError

from common.errors import InvalidInput


class SitesTask(BaseModel):
    """What the poller asks of the processor about sites, in an empty batch: an older processor ignores it.

    With none of the others: what is published of sites, unless its version is `version`. `remove`: a step of deleting
    a site.
    """

    version: str = ""
    remove: str | None = None
    is_last: bool = False
    """Nothing of the site, or of what is erased, is queued any more: do the last step."""
    erase: int | None = None
    """One step of the erasure with this id."""
    dead: list[str] = []
    """Ids of events, of dead letters that this erasure is about to delete: in place of a step, remember them."""
    expire: bool = False
    """Delete the next of what sites keep no longer."""
    restores: bool = False
    """Count the next of the filtered events that are wished back."""


class ErasureTask(BaseModel):
    """Events of a site that are being erased."""

    id: int
    site_id: str
    asked: dict[str, str]
    """See common.erasure.criteria."""


class SitesAnswer(BaseModel):
    """The processor's answer to a SitesTask."""

    version: str | None = None
    """None: it does not know such tasks."""
    document: str | None = None
    """See common.sites.document; None: as before."""
    removals: dict[str, float] = {}
    """The sites that are being deleted, with the seconds since that was asked."""
    restores: int = 0
    """Wishes to count filtered events after all that are left."""
    erasures: list[ErasureTask] = []
    """Those that are not done."""
    erased_rows: int = 0
    """Not 0: there may be more to erase in the database."""
    is_erased: bool = False
    removed_rows: int = 0
    is_removed: bool = False


def report_sites(answer: SitesAnswer) -> dict[str, Any]:
    """The processor's answer."""
    return {"batchItemFailures": [], "sites": answer.model_dump(exclude_defaults=True)}


class _SitesReport(BaseModel):
    sites: SitesAnswer = SitesAnswer()


def read_sites_answer(answer: bytes) -> SitesAnswer:
    """Raises InvalidInput for an answer that is none."""
    try:
        return _SitesReport.model_validate_json(answer).sites
    except ValidationError:
        raise InvalidInput("The processor's answer about sites can't be read.") from None
