"""Answers what the poller asks about sites, over all groups."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from common.erasure.criteria import Criteria
from common.errors import Unavailable
from common.postgres.database import Database
from common.wire import SitesAnswer, SitesTask
from functions.process.erasing.erasing import NO_SITE
from functions.process.sites.publication import read_publication
from functions.process.sites.removal import finish, remove_some

Result = TypeVar("Result")


class SitesStore(Protocol):
    """The store of one group; its methods raise Unavailable, and return 0 where it has nothing to do any more."""

    @property
    def database(self) -> Database: ...
    def step_restores(self) -> int: ...
    def step_expiry(self) -> int: ...
    def step_erasure(self, erasure: int) -> int: ...
    def find_erasure(self, erasure: int) -> tuple[str, Criteria] | None: ...
    def erase_unnamed(self, criteria: Criteria) -> None: ...
    def forget_reports(self, site_id: str) -> None: ...
    def guard_erased(self, erasure: int, ids: Sequence[str]) -> None: ...
    def finish_erasure(self, erasure: int) -> bool: ...


def answer_sites(
    task: SitesTask, stores: Sequence[SitesStore], find: Callable[[str], SitesStore], *, rejects_unknown: bool
) -> SitesAnswer:
    """Do what is asked. `stores`: of all groups, home first; `find`: that of a site's group. Raises Unavailable."""
    databases = [store.database for store in stores]
    if task.restores:
        return SitesAnswer(restores=max(_each(stores, lambda store: store.step_restores())))
    if task.expire:
        return SitesAnswer(removed_rows=max(_each(stores, lambda store: store.step_expiry())))
    if task.erase is not None:  # ids are not given twice, so the others have nothing to do
        erasure = task.erase
        if task.dead:
            _each(stores, lambda store: store.guard_erased(erasure, task.dead))
            return SitesAnswer()
        if task.is_last:
            for site_id, criteria in filter(None, _each(stores, lambda store: store.find_erasure(erasure))):
                find(NO_SITE).erase_unnamed(criteria)
                stores[0].forget_reports(site_id)
            return SitesAnswer(is_erased=any(_each(stores, lambda store: store.finish_erasure(erasure))))
        return SitesAnswer(erased_rows=max(_each(stores, lambda store: store.step_erasure(erasure))))
    if task.remove is None:
        return read_publication(databases, task.version, rejects_unknown=rejects_unknown)
    # its mails and whoever may see it are at home: they go first, for the rest says that there is something to do
    places = list(dict.fromkeys([databases[0], find(task.remove).database]))
    if task.is_last:
        return SitesAnswer(is_removed=all(finish(database, task.remove) for database in places))
    return SitesAnswer(removed_rows=sum(remove_some(database, task.remove) for database in places))


def _each(stores: Sequence[SitesStore], step: Callable[[SitesStore], Result]) -> list[Result]:
    """What a step of each returns. One that is not available keeps no other from its step. Raises Unavailable."""
    results, failed = [], None
    for store in stores:
        try:
            results.append(step(store))
        except Unavailable as error:
            failed = error
    if failed is not None:
        raise failed
    return results
