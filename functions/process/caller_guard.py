"""Whom the processor obeys: who has the key, and never a page in somebody's browser."""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from common.errors import Forbidden, Misdirected, OriginRefused, Unauthorized
from common.http.client_address import group
from common.http.keys import is_same, read_bearer
from common.http.wrong_keys import WrongKeys
from common.settings import Settings

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([0-9a-z._-]+))(?::[0-9]{1,5})?", re.ASCII)


class Guard:
    """Checks a request before its body is read.

    Without a key the processor is for this machine alone, so that it can be tried without any settings.
    """

    def __init__(self, key: str = "", process_url: str = "") -> None:
        """`process_url`: where the poller finds the processor; its host is a name of the processor's."""
        self._key = key
        self._wrong_keys = WrongKeys()
        self._name = (urlsplit(process_url).hostname or "").lower()

    @classmethod
    def of(cls, settings: Settings) -> "Guard":
        """As the settings say."""
        return cls(settings.process_key, settings.process_url)

    def check(self, request: Request) -> None:
        """Raises OriginRefused, Misdirected, Unauthorized, QuotaExceeded or Forbidden unless it is to be obeyed."""
        if request.headers.get("origin") is not None:
            raise OriginRefused("Only the poller sends batches: no page of a browser may.")
        self._check_host(request.headers.get("host", ""))
        if self._key:
            presented = read_bearer(request)
            if not presented:
                raise Unauthorized("Send PROCESS_KEY as `Authorization: Bearer <key>`.", realm="process")
            if not is_same(presented, self._key):
                self._wrong_keys.count(group(request.client.host if request.client else ""))
                raise Unauthorized("This is not the key: PROCESS_KEY differs.", realm="process")
        elif request.client is None or not _is_local(request.client.host):
            raise Forbidden("Without PROCESS_KEY only this machine is answered: set it here and for the poller.")

    def _check_host(self, host: str) -> None:
        """A page whose own name was made to lead here has that name as its host, and is of no other origin."""
        match = _HOST.fullmatch(host.lower())
        name = (match[1] or match[2]) if match else ""
        if name == "localhost" or _is_local(name) or (self._key and name and name == self._name):
            return
        names = "localhost or the host of PROCESS_URL" if self._key else "localhost, for PROCESS_KEY is not set"
        raise Misdirected(f"This host is not known as the processor's: it should be {names}.")


def _is_local(address: str) -> bool:
    """Whether an address is one of the loopback interface."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback
