"""What `make up` says when all runs: where things are, what to do next, and with which key."""

import shlex
from pathlib import Path

from common.settings import GENERATED_ENV, Settings
from infra.local.address import bracketed
from infra.local.credentials import FIRST_PASSWORD, Endpoints

_WELCOME = """
Ready. Data is kept in {data_dir}; Ctrl-C stops everything.

  ingest   http://{host}:{ingest}/event
  stats    http://{host}:{stats}/stats
  health   http://{host}:{ingest}/readyz (stats: {stats}; on this machine alone process: {process}, poller: {poller})

Send an event:

  curl -X POST http://{host}:{ingest}/event -H "Content-Type: application/json" -d '{event}'

Read the figures of its day:

  curl {key}"http://{host}:{stats}/stats?site_id=site-abc-123&date=2025-11-12"
{more}
See all figures (an empty site shows what to put on its pages; `make demo` fills one to look at):

  http://{host}:{stats}/
"""

_WITH_KEY = """
Everybody else, and whoever changes something, shows a key (ADMIN_KEY in {noted}; more: analytics keys):

  curl -H {header} "http://{host}:{stats}/v1/stats/summary?site_id=site-abc-123&period=all"
"""

_SHOWN_ONCE = """
The user admin has the password {password} (shown this once; change it: analytics users set admin --password -)
"""

_IN_FILE = """
The password of the user admin is in {path}; delete the file once you have it.
"""

_EVENT = (
    '{"site_id":"site-abc-123","event_type":"page_view","path":"/home","user_id":"user-001",'
    '"timestamp":"2025-11-12T10:00:00Z"}'
)


def welcome(settings: Settings, endpoints: Endpoints, is_private: bool = False) -> str:
    """The welcome message. `is_private`: only the user at the terminal sees it, so it may show keys."""
    own = settings.model_copy(update={"admin_key": endpoints.admin_key})
    more = "" if own.stats_api_key or own.stats_api_key_secret_arn or _asks_here(own) else _tell_key(own, is_private)
    more += _tell_password(settings.data_dir / FIRST_PASSWORD, is_private)
    is_local = settings.listen_host in ("127.0.0.1", "0.0.0.0", "::1", "::")  # noqa: S104
    return _WELCOME.format(
        host="localhost" if is_local else bracketed(settings.listen_host),
        data_dir=settings.data_dir,
        ingest=settings.ingest_port,
        process=settings.process_port,
        stats=settings.stats_port,
        poller=settings.poller_port,
        event=_EVENT,
        key=_send_key(own, is_private),
        more=more,
    )


def _asks_here(settings: Settings) -> bool:
    """Whether stats asks for a key at this machine too."""
    is_here = settings.listen_host in ("127.0.0.1", "::1", "localhost")
    return settings.stats_without_key == "never" or bool(settings.trusted_proxies) or not is_here


def _tell_key(settings: Settings, is_private: bool) -> str:
    header = _show_header("Authorization: Bearer", settings.admin_key, "ADMIN_KEY", is_private)
    noted = settings.data_dir / GENERATED_ENV
    return _WITH_KEY.format(noted=noted, header=header, host="localhost", stats=settings.stats_port)


def _tell_password(path: Path, is_private: bool) -> str:
    """The first user's password: at a terminal it is shown once, and forgotten."""
    if not path.exists():
        return ""
    if not is_private:
        return _IN_FILE.format(path=path)
    password = path.read_text()
    path.unlink()
    return _SHOWN_ONCE.format(password=password)


def _send_key(settings: Settings, is_private: bool) -> str:
    """The curl option that a request to stats needs; empty if stats needs no key."""
    if settings.stats_api_key or settings.stats_api_key_secret_arn:
        return f"-H {_show_header('X-API-Key:', settings.stats_api_key, 'STATS_API_KEY', is_private)} "
    if not _asks_here(settings):
        return ""
    return f"-H {_show_header('Authorization: Bearer', settings.admin_key, 'ADMIN_KEY', is_private)} "


def _show_header(name: str, key: str, setting: str, is_private: bool) -> str:
    return shlex.quote(f"{name} {key}") if key and is_private else f'"{name} ${setting}"'
