"""What the operator's tools share that go through the databases of all groups."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from common.errors import AnalyticsError, Unavailable
from common.settings import Settings

if TYPE_CHECKING:
    from common.groups.databases import Databases
    from common.postgres.database import Database

Result = TypeVar("Result")
Tell = Callable[[str, Unavailable], object]


def say_failure(name: str, error: Unavailable) -> None:
    """Say why a group is left out."""
    from infra.terminal import printable, say  # click, which a function in the cloud does not have

    say(printable(f"{name}: {error.detail} {error.reason}".rstrip()), err=True)


def mark(name: str) -> str:
    """What a line about a group begins with."""
    return f"{name}: " if name else ""


class Visited(Generic[Result]):
    """What a visit gave, by group, and why some groups gave nothing."""

    def __init__(self) -> None:
        self.results: dict[str, Result] = {}
        self.failed: dict[str, Unavailable] = {}

    def end(self) -> None:
        """Raises AnalyticsError where a group failed."""
        if self.failed:
            raise AnalyticsError(f"{', '.join(self.failed)}: the database did not answer; the others did")


def visit_groups(
    settings: Settings, work: Callable[[str, Settings], Result], tell: Tell = say_failure
) -> Visited[Result]:
    """Do the work for each group, with its name and the settings that name its database.

    One that fails is told, and the others go on. Where there is one group alone, its name is empty, and Unavailable is
    raised as ever.
    """
    from common.groups.databases import list_settings

    visited: Visited[Result] = Visited()
    groups = list_settings(settings)
    if len(groups) == 1:
        visited.results[""] = work("", settings)
        return visited
    for name, one in groups.items():
        try:
            visited.results[name] = work(name, one)
        except Unavailable as error:
            visited.failed[name] = error
            tell(name, error)
    return visited


def in_order(visited: Visited[list[Result]], key: Callable[[Result], Any], reverse: bool = False) -> list[Result]:
    """What all groups gave, in one order: that in which each group alone gives it."""
    found = [one for rows in visited.results.values() for one in rows]
    return sorted(found, key=key, reverse=reverse) if len(visited.results) > 1 else found


def read_groups(
    databases: "Databases",
    read: Callable[["Database"], list[Result]],
    find_site: Callable[[Result], str],
    tell: Tell = say_failure,
) -> Visited[list[Result]]:
    """What is read of each group, without the rows of sites that are in another: a move leaves them for a while."""
    visited: Visited[list[Result]] = Visited()
    alone = len(databases.groups) == 1
    for name, database in databases.groups.items():
        try:
            found = read(database)
            if not alone:
                found = [one for one in found if databases.find_group(find_site(one)) == name]
            visited.results[name] = found
        except Unavailable as error:
            if alone:
                raise
            visited.failed[name] = error
            tell(name, error)
    return visited


@contextmanager
def open_databases(settings: Settings) -> Iterator["Databases"]:
    """The databases of all groups, for one command."""
    from common.groups.databases import Databases

    databases = Databases.of(settings)
    try:
        yield databases
    finally:
        databases.close()


@contextmanager
def open_site(settings: Settings, site_id: str, *, changes: bool = True) -> Iterator["Database"]:
    """The database of a site, for one command. Where that `changes` it, Unavailable is raised while the site moves."""
    with open_databases(settings) as databases:
        if len(databases.groups) == 1:
            yield databases.home
            return
        from common.groups.database_of_site import DatabaseOfSite, about_site

        about_site(site_id, changes=changes)
        try:
            yield DatabaseOfSite(databases)
        finally:
            about_site(None)


@contextmanager
def open_home_and_site(settings: Settings, site_id: str) -> Iterator[tuple["Database", "Database | None"]]:
    """The database of what is of no site, and that of the site, where it is another one."""
    with open_databases(settings) as databases:
        yield databases.home, databases.find_elsewhere(site_id) if site_id else None


def as_databases(given: "Databases | Database") -> "Databases":
    """One database alone as the only group."""
    from common.groups.databases import Databases
    from common.groups.slots import HOME

    return given if isinstance(given, Databases) else Databases({HOME: given})
