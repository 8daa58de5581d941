"""Aliases: another tracker's id that stands for a site."""

import re

from common.errors import Fault, InvalidInput

MAX_ALIASES = 100
"""Of one site."""
FORM = "a dialect of lower-case letters and the other tracker's id, such as plausible:shop.example"


def check_alias(dialect: str, external_id: str) -> tuple[str, str]:
    """The alias, if it can be one. Raises InvalidInput, with what would be right."""
    if not re.fullmatch("[a-z][a-z0-9_-]{0,31}", dialect):
        raise InvalidInput("The alias is not valid.", (Fault(f"Should be {FORM}.", "/dialect"),))
    if not re.fullmatch(r"[^\x00-\x20\x7f\ud800-\udfff]{1,255}", external_id):
        fault = Fault("Should be 1 to 255 characters without spaces, as the other tracker sends it.", "/external_id")
        raise InvalidInput("The alias is not valid.", (fault,))
    return dialect, external_id


def parse_alias(text: str) -> tuple[str, str]:
    """`<dialect>:<external id>`. Raises InvalidInput."""
    dialect, _, external_id = text.partition(":")
    return check_alias(dialect, external_id)
