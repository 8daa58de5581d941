"""Fields that an event loses, whole or in part, because they can't be read. That is no reason to refuse the event."""

from operator import attrgetter

from common.derivation.page import Page
from common.derivation.referral import MAX_GIVEN_LENGTH, read_referrer
from common.errors import Fault
from common.event import MAX_PATH_BYTES
from common.incoming_event import IncomingEvent
from common.unreadable import Unreadable

_LENIENT = ("path", "title", "language", "screen", "country")
_read = attrgetter(*_LENIENT)
_NO_REFERRER = (
    "No URL that a browser could come from, so nobody knows where the visitor came from; expected one such as"
    ' "https://www.example.org/page".'
)
_LONG_PATH = f"The path of the URL is over {MAX_PATH_BYTES:,} bytes, so its end is cut."


def find_dropped(incoming: IncomingEvent, page: Page) -> list[Fault]:
    """Each field that loses something, and why. `page`: what the event's url says."""
    dropped: list[Fault] = []
    values = _read(incoming)
    if Unreadable in map(type, values):
        named = zip(_LENIENT, values, strict=True)
        dropped = [Fault(value.why, f"/{name}") for name, value in named if type(value) is Unreadable]
    if page.is_path_cut:
        dropped.append(Fault(_LONG_PATH, "/url"))
    if incoming.referrer and read_referrer(incoming.referrer[:MAX_GIVEN_LENGTH])[0] is None:
        dropped.append(Fault(_NO_REFERRER, "/referrer"))
    return dropped
