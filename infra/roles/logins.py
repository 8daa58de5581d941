"""The logins of a part that has a role of its own, at the databases of further groups."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from infra.roles.provision import OWNER


def log_in_as(role: str, password: str, database_urls: Mapping[str, str]) -> str:
    """DATABASE_GROUPS for a part with this role: it logs in as that wherever the setting names the tables' owner.

    A group with another login has that one for every part.
    """
    return " ".join(f"{name}={_replace_owner(url, role, password)}" for name, url in database_urls.items())


def _replace_owner(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    if parts.username != OWNER:
        return url
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"))
