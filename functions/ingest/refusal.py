"""How ingest refuses an event that is well-formed and breaks a rule."""

from common.errors import Fault, InvalidInput


def refuse(pointer: str, detail: str) -> InvalidInput:
    """What is wrong with an event that is well-formed."""
    return InvalidInput("The event is not valid.", (Fault(detail, pointer),))
