"""For whom a request may speak: a page for its own visitor, a server with a key for its visitors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request

from common.access.key import looks_like_key, read_key
from common.errors import Unauthorized, Unavailable
from common.http.keys import read_bearer
from common.incoming_event import IncomingEvent
from common.sites.document import PublishedKey
from functions.ingest.refusal import refuse

OLD = timedelta(hours=24)
"""A page's events are younger, even those that were sent when it was online again."""

_NEEDS_KEY = "Only a key with the scope ingest for this site may say this: send it as `Authorization: Bearer <key>`."
_SAID_OF_VISITORS = ("ip", "user_agent", "country")


@dataclass(frozen=True)
class Speaker:
    """What a request may say of others than its sender."""

    sites: frozenset[str] | None = frozenset()
    """For whose visitors it may speak; None: all sites'."""
    is_strict: bool = False
    """Whether what a page is forgiven costs the event: a server can mend what it sends."""
    needs_key: bool = False
    """Whether events that speak for others without the right to are refused, rather than kept apart."""

    def may_speak(self, site_id: str) -> bool:
        """Whether what is said of a site's visitors is believed."""
        return self.sites is None or site_id in self.sites

    def check(self, incoming: IncomingEvent, timestamp: datetime, now: datetime) -> None:
        """Raises InvalidInput for an event that needs a key, where one is needed (`needs_key`)."""
        if self.may_speak(incoming.site_id):
            return
        for name in _SAID_OF_VISITORS:
            if getattr(incoming, name) is not None:
                raise refuse(f"/{name}", _NEEDS_KEY)
        if timestamp < now - OLD:
            raise refuse("/timestamp", f"It is over {OLD // timedelta(hours=1)} hours old. {_NEEDS_KEY}")


ANYBODY = Speaker()
WITHOUT_KEY = Speaker(needs_key=True)


def find_speaker(
    request: Request, keys: Mapping[str, PublishedKey] | None, now: datetime, *, needs_key: bool
) -> Speaker:
    """Who speaks. `keys`: what was published, by public id; None: nothing was yet.

    Raises Unauthorized for a key of ours that is wrong, Unavailable where that can't be known. Other credentials are
    not ours: monitoring adds its own to every request of a page.
    """
    presented = read_bearer(request) or request.headers.get("x-api-key", "")
    if not looks_like_key(presented):
        return WITHOUT_KEY if needs_key else ANYBODY
    key = read_key(presented)
    if key is None:
        raise Unauthorized("This is not a key: it was mistyped or cut, for its checksum is wrong.", "ingest")
    if keys is None:
        raise Unavailable("The keys are not known yet; send the same events again.")
    published = keys.get(key.public_id)
    is_right = published is not None and key.matches(bytes.fromhex(published.hash))
    if published is None or not is_right or (published.expires_at or now) < now:
        raise Unauthorized(
            "This is not a key for sending events; one that was made just now is known within 10 seconds.", "ingest"
        )
    return Speaker(published.sites, published.is_strict, needs_key)
